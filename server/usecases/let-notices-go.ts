import type { IdentityKey } from '../domain/ids.ts'
import { lastDecision, noticeSources, type NoticeAct } from '../domain/notice.ts'
import type { RetentionDays } from '../domain/retention.ts'
import type { Notices } from '../ports/notices.ts'
import type { People } from '../ports/people.ts'
import { groupBy } from './group-by.ts'

export interface LetNoticesGoDeps {
  notices: Pick<Notices, 'toCheck' | 'checkAgain' | 'of' | 'drop'>
  people: Pick<People, 'find'>
  days: RetentionDays
}

/** How many acts went: of those who said no at last, and of all others. */
export interface NoticesGone {
  notices: number
  refusals: number
}

export type LetNoticesGo = ReturnType<typeof createLetNoticesGo>

const identitiesAtOnce = 500
const dayMs = 86_400_000
/** What belongs to a person goes with the person; whether there is one is looked at again after this. */
const personsAgainMs = 30 * dayMs

/**
 * The end of what was shown to and said by those who never became a person (C6): from the last act on, and later where
 * that was a no, which nothing else keeps in force. All acts of an identity go at once, so that no older word comes to
 * stand again.
 */
export function createLetNoticesGo({ notices, people, days }: LetNoticesGoDeps) {
  function judge(acts: readonly NoticeAct[]): { kind: keyof NoticesGone; endsAt: Date } {
    const last = Math.max(...acts.map(({ at }) => at.getTime()))
    const saidNo = noticeSources.some((source) => (lastDecision(acts, source)?.deed ?? 'agreed') !== 'agreed')
    const kind = saidNo ? 'refusals' : 'notices'
    return { kind, endsAt: new Date(last + days[kind] * dayMs) }
  }

  async function letPageGo(identities: readonly IdentityKey[], now: Date): Promise<NoticesGone> {
    const gone = { notices: 0, refusals: 0 }
    const persons = await people.find(identities)
    const alone = identities.filter((key) => !persons.has(key))
    const acts = groupBy(await notices.of(alone), ({ identity }) => identity)
    const again = [{ identities: identities.filter((key) => persons.has(key)), at: new Date(now.getTime() + personsAgainMs) }]
    const over: Record<keyof NoticesGone, IdentityKey[]> = { notices: [], refusals: [] }
    for (const [key, own] of acts) {
      const { kind, endsAt } = judge(own)
      if (endsAt <= now) over[kind].push(key)
      else again.push({ identities: [key], at: endsAt })
    }
    for (const kind of ['notices', 'refusals'] as const) if (over[kind].length > 0) gone[kind] = await notices.drop(over[kind])
    await notices.checkAgain(again.filter((one) => one.identities.length > 0))
    return gone
  }

  return async function letNoticesGo(now: Date): Promise<NoticesGone> {
    const sum = { notices: 0, refusals: 0 }
    for (;;) {
      const identities = await notices.toCheck(now, identitiesAtOnce)
      if (identities.length === 0) return sum
      const gone = await letPageGo(identities, now)
      sum.notices += gone.notices
      sum.refusals += gone.refusals
    }
  }
}

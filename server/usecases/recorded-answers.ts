import { identityKey, type AppId, type IdentityKey, type OpenId, type UnionId } from '../domain/ids.ts'
import type { Clock } from '../ports/clock.ts'
import type { Observations } from '../ports/contacts.ts'
import type { Delivery } from '../ports/inbox.ts'

export interface RecordedAnswersDeps {
  observations: Observations
  clock: Clock
}

/**
 * Tencent's answer to one question that one delivery raised; null: none was to be had. `question` names it within the
 * delivery: `order:3700…`; `about`: whose data the answer holds.
 */
export type AnswerTo = <Answer>(
  delivery: Pick<Delivery, 'channel' | 'account' | 'key'>,
  question: string,
  ask: () => Promise<Answer | null>,
  about?: (answer: Answer) => readonly IdentityKey[],
) => Promise<Answer | null>

const kind = 'answer'

/**
 * Asks once a delivery and keeps the answer, dated, before anything is made of it: handled again, after a crash or in a
 * rebuild, the same bytes make the same events (B1, B5). What was not told stays to be asked.
 */
export function createRecordedAnswers({ observations, clock }: RecordedAnswersDeps): AnswerTo {
  const known = createKnownAnswers(observations)
  return async (delivery, question, ask, about) => {
    const kept = await known(delivery, question, ask)
    if (kept !== null) return kept
    const answer = await ask()
    if (answer !== null) {
      const whose = about?.(answer) ?? []
      const key = keyOf(delivery, question)
      await observations.record([
        { key, at: clock.now(), kind, content: { answer }, ...(whose.length > 0 ? { about: whose } : {}) },
      ])
    }
    return answer
  }
}

/** The answers of back then only; nobody is asked. */
export function createKnownAnswers(observations: Pick<Observations, 'byKeys'>): AnswerTo {
  return async <Answer>(delivery: Parameters<AnswerTo>[0], question: string): Promise<Answer | null> => {
    const key = keyOf(delivery, question)
    const kept = (await observations.byKeys([key])).get(key)
    return kept ? (kept.content['answer'] as Answer) : null
  }
}

function keyOf({ channel, account, key }: Parameters<AnswerTo>[0], question: string): string {
  return `answer:${channel}:${account}:${key}:${question}`
}

/** Whose data an order or an after-sale holds. */
export function ownersIn(
  appId: AppId,
  { openId, unionId }: { openId: OpenId; unionId: UnionId | null },
): readonly IdentityKey[] {
  const openid = identityKey({ kind: 'openid', appId, openId })
  return unionId ? [openid, identityKey({ kind: 'unionid', unionId })] : [openid]
}

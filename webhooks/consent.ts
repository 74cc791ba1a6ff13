import { StoreUnavailable } from '../server/domain/errors.ts'
import type { IdentityKey } from '../server/domain/ids.ts'
import { lastShown, standingOf, type OwnEar, type NoticeAct, type NoticeBook, type Standing } from '../server/domain/notice.ts'
import type { Clock } from '../server/ports/clock.ts'
import type { Notices } from '../server/ports/notices.ts'
import type { People } from '../server/ports/people.ts'
import { within } from './within.ts'

/** What our own ears ask before they store anything, and what they note of notice and consent (C5). */
export type Consent = ReturnType<typeof createConsent>

/** The ears answer within 4 s, whatever the store does. */
const storeMs = 3_000

/** Notice and consent at our own ears, by identity. @throws StoreUnavailable */
export function createConsent(deps: {
  notices: Pick<Notices, 'note' | 'of'>
  people: Pick<People, 'find'>
  /** Whether somebody paused or was erased (C4): then nothing is stored, not even that they were asked. */
  isPaused: (key: IdentityKey) => Promise<boolean>
  book: NoticeBook
  clock: Clock
}) {
  const { notices, people, book, clock } = deps
  const inTime = <T>(work: Promise<T>) => within(storeMs, work, () => new StoreUnavailable())
  const asks = (source: OwnEar) => book.consentFirst.includes(source)

  /** Where we need not ask, only their own no counts; where we must, what the same human said under another identity too. */
  async function standing(source: OwnEar, key: IdentityKey): Promise<Standing> {
    if (await deps.isPaused(key)) return 'no'
    const person = asks(source) ? (await people.find([key])).get(key) : undefined
    const keys = person ? person.identities.map((identity) => identity.key) : [key]
    return standingOf(await notices.of(keys), source, book)
  }

  return {
    /** Whether nothing may be stored at this source before the customer has agreed. */
    asks,

    isPaused: (key: IdentityKey): Promise<boolean> => inTime(deps.isPaused(key)),

    /** The words and the version that are in use. */
    textOf: (source: OwnEar) => book.texts[source],

    standing: (source: OwnEar, key: IdentityKey): Promise<Standing> => inTime(standing(source, key)),

    /** A page of ours shows the notice: noted the first time, and what may be stored said. */
    async show(source: OwnEar, identity: IdentityKey, how: NoticeAct['how']): Promise<Standing> {
      if (await inTime(deps.isPaused(identity))) return 'no'
      const acts = await inTime(notices.of([identity]))
      const { version } = book.texts[source]
      if (lastShown(acts, source)?.version !== version) {
        await inTime(notices.note([{ identity, source, version, deed: 'shown', how, at: clock.now() }]))
      }
      return standingOf(acts, source, book)
    },

    /** Notes what was shown or decided, under the version in use. */
    async note(source: OwnEar, identity: IdentityKey, deed: NoticeAct['deed'], how: NoticeAct['how']): Promise<void> {
      if (await inTime(deps.isPaused(identity))) return
      const { version } = book.texts[source]
      return inTime(notices.note([{ identity, source, version, deed, how, at: clock.now() }]))
    },
  }
}

import type { CustomerEvent } from '../domain/event.ts'
import { identityKey, type IdentityKey } from '../domain/ids.ts'
import type { Fingerprint } from '../domain/recording.ts'
import type { Clock } from '../ports/clock.ts'
import type { Erasures } from '../ports/privacy.ts'
import type { EraseCustomer } from './erase-customer.ts'

export interface NoteUnfollowsDeps {
  erasures: Erasures
  eraseCustomer: Pick<EraseCustomer, 'later'>
  takeFingerprint: (key: IdentityKey) => Fingerprint
  /** How long somebody may come back to everything. */
  graceMs: number
  clock: Clock
}

export type NoteUnfollows = ReturnType<typeof createNoteUnfollows>

/** Who leaves the Official Account is forgotten by it after a grace (C4); who returns in time keeps everything. */
export function createNoteUnfollows({ erasures, eraseCustomer, takeFingerprint, graceMs, clock }: NoteUnfollowsDeps) {
  async function schedule({ who, at }: CustomerEvent): Promise<void> {
    const key = identityKey(who)
    const id = `unfollow-${takeFingerprint(key)}-${at.getTime()}`
    await eraseCustomer.later(key, { id, reason: 'unfollow', scope: 'identity', dueAt: new Date(at.getTime() + graceMs) })
  }

  async function withdraw({ who, at }: CustomerEvent): Promise<void> {
    for (const { id, reason, state, dueAt } of await erasures.of(takeFingerprint(identityKey(who)))) {
      const isOver = reason !== 'unfollow' || state !== 'scheduled' || dueAt.getTime() - graceMs >= at.getTime()
      if (!isOver) await erasures.save(id, { state: 'withdrawn', endedAt: clock.now(), key: null })
    }
  }

  /** In the order in which they happened; the same events again change nothing. */
  return async function noteUnfollows(events: readonly CustomerEvent[]): Promise<void> {
    const moves = events.filter(({ kind }) => kind === 'unfollowed-account' || kind === 'followed-account')
    for (const event of moves.toSorted((a, b) => a.at.getTime() - b.at.getTime())) {
      await (event.kind === 'unfollowed-account' ? schedule(event) : withdraw(event))
    }
  }
}

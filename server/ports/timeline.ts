import type { CustomerEvent, EventKind } from '../domain/event.ts'
import type { IdentityKey } from '../domain/ids.ts'

/** Everything from every source, per identity. The same key twice is one entry. */
export interface Timeline {
  /** Stores each event once; result per event, in order. */
  add(events: readonly CustomerEvent[]): Promise<readonly ('stored' | 'seen')[]>
  /** Which of these keys are stored already. */
  known(keys: readonly string[]): Promise<ReadonlySet<string>>
  /** Newest first by `at`; `before` is exclusive. */
  of(identities: readonly IdentityKey[], page: { before?: Date; limit: number }): Promise<readonly CustomerEvent[]>
  /** For each of these lists what `of` gives, as far as it happened at `from` or later; however many are asked about, one question. */
  latest(lists: readonly (readonly IdentityKey[])[], page: { from: Date; limit: number }): Promise<readonly (readonly CustomerEvent[])[]>
  /** Oldest first by (at, key), from inclusive, to inclusive. */
  between(identities: readonly IdentityKey[], from: Date, to: Date, kinds?: readonly EventKind[]): Promise<readonly CustomerEvent[]>
  byKeys(keys: readonly string[]): Promise<readonly CustomerEvent[]>
}

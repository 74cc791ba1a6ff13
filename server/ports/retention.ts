import type { PersonId } from '../domain/ids.ts'
import type { DatedKind, RetentionRun } from '../domain/retention.ts'

/** Data that have had their time (C6). */
export interface Retention {
  /** Removes up to `limit` documents of this kind that are older than `before`; how many went. Less than `limit`: no more. */
  removeOlder(kind: DatedKind, before: Date, limit: number): Promise<number>
  /** Persons who were never looked at, or are to be looked at again by now. */
  toCheck(now: Date, limit: number): Promise<readonly PersonId[]>
  /** When to look at each of these again. */
  checkAgain(list: readonly { ids: readonly PersonId[]; at: Date }[]): Promise<void>
  /** The last run that came to its end; null: none yet. */
  lastRun(): Promise<RetentionRun | null>
  noteRun(run: RetentionRun): Promise<void>
}

import type { PersonId } from '../domain/ids.ts'
import type { Memory } from '../domain/memory.ts'

/** What the rules remember of one person: one document, one write, size bounded by the rules. */
export interface Memories {
  load(ids: readonly PersonId[]): Promise<ReadonlyMap<PersonId, { version: number; memory: Memory }>>
  /** Compare-and-set on `version` (0: not there yet); returns the ids that somebody else changed meanwhile. */
  save(list: readonly { id: PersonId; version: number; memory: Memory }[]): Promise<readonly PersonId[]>
  /** Persons whose earliest running timer ends at or before `now`, earliest first. */
  due(now: Date, limit: number): Promise<readonly PersonId[]>
  /** Forgets persons that were joined into another. */
  drop(ids: readonly PersonId[]): Promise<void>
}

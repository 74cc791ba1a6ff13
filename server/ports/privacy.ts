import type { ExternalUserId, IdentityKey, PersonId } from '../domain/ids.ts'
import type { Fingerprint, Mark } from '../domain/recording.ts'

/** Who paused or was erased, known by keyed hashes alone: what keeps them from coming back. */
export interface Marks {
  find(prints: readonly Fingerprint[]): Promise<ReadonlyMap<Fingerprint, Mark>>
  /** All of one human. */
  ofGroup(group: string): Promise<readonly Mark[]>
  /** Compare-and-set until it holds; `next` may run several times. null: leave it as it is. */
  change(prints: readonly Fingerprint[], next: (mark: Mark | null, print: Fingerprint) => Mark | null): Promise<void>
}

/**
 * request: the customer's own wish. unfollow: they left the account and its grace has passed. retention: a period is
 * over. linked: found to belong to somebody who paused or was erased.
 */
export type ErasureReason = 'request' | 'unfollow' | 'retention' | 'linked'

/** person: all identities of the human. identity: this one alone, with what was derived from it. */
export type ErasureScope = 'person' | 'identity'

export type ErasureState = 'scheduled' | 'running' | 'done' | 'withdrawn'

/** An erasure as a stored job: any process goes on with it where another was killed. */
export interface Erasure {
  id: string
  reason: ErasureReason
  scope: ErasureScope
  /** Who asked: `customer`, `operator`, `system`. */
  by: string
  /** The identity it is about; emptied when it is done or withdrawn. */
  key: IdentityKey | null
  /** The same, for finding it afterwards. */
  print: Fingerprint
  state: ErasureState
  requestedAt: Date
  /** Not before then. */
  dueAt: Date
  endedAt: Date | null
  /** Whose data is to go, as it was found in the first step; emptied at the end. */
  subject: ErasureSubject | null
  /** Steps that are done. */
  steps: readonly string[]
  /** Documents and deliveries erased or emptied, by where they were. */
  erased: Readonly<Record<string, number>>
}

/** Everything under which one human, or one identity of theirs, may be stored. */
export interface ErasureSubject {
  keys: readonly IdentityKey[]
  externalUserIds: readonly ExternalUserId[]
  personIds: readonly PersonId[]
  /** Names and remarks that our own texts may hold. */
  names: readonly string[]
}

export interface Erasures {
  /** Stores it once; an existing id is left as it is. */
  add(erasure: Erasure): Promise<void>
  /** Scheduled ones that are due and running ones, earliest first. */
  due(now: Date, limit: number): Promise<readonly Erasure[]>
  save(id: string, patch: Partial<Omit<Erasure, 'id' | 'print' | 'requestedAt'>>): Promise<void>
  /** Those about this identity, newest first. */
  of(print: Fingerprint): Promise<readonly Erasure[]>
  /** Newest first. */
  list(limit: number): Promise<readonly Erasure[]>
}

/** Where something was found: a collection, a log file or an archive, and how many of its entries. */
export interface Trace {
  where: string
  count: number
}

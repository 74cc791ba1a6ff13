import type { CustomerEvent, RefundFact } from '../domain/event.ts'
import type { ExternalUserId, IdentityKey, PersonId } from '../domain/ids.ts'
import type { Payment } from '../domain/payment.ts'
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

/**
 * person: all identities of the human. identity: this one alone, with what was derived from it. events: only what this
 * identity did, with what was derived from it.
 */
export type ErasureScope = 'person' | 'identity' | 'events'

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
  /** Where the sweep is; null: not begun, or over. */
  place: SweepPlace | null
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
  /** What else the same human has and keeps; empty where all of them goes. */
  others: readonly IdentityKey[]
  othersContacts: readonly ExternalUserId[]
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

/**
 * What law obliges to keep of somebody who was erased: payments and paid orders, without anything that names the
 * customer. No view, interface or rule reads it; an operator's command lists it.
 */
export interface Locked {
  /** The same number twice is one record, as it was first, except that an amount not known then is filled in. */
  put(records: readonly LockedRecord[]): Promise<void>
  /** Adds a refund to the record of its payment; false: that payment is not locked away. */
  addRefund(refund: RefundFact): Promise<boolean>
  /** Locked away last first; whose it was is not told. */
  list(limit: number): Promise<readonly LockedEntry[]>
}

/** A record as an operator reads it. */
export interface LockedEntry extends Omit<LockedRecord, 'print'> {
  refunds: readonly { id: string; amount: number; at: Date }[]
}

export interface LockedRecord {
  /** Key of the payment's or order's event, or our number of the payment. */
  id: string
  /** Whose it was, as a keyed hash. */
  print: Fingerprint
  kind: 'payment' | 'event'
  lockedAt: Date
  content: Readonly<Record<string, unknown>>
}

/** Somebody's data wherever the store keeps it (adapters/mongo/erasing.ts is where each collection says how it erases). */
export interface Eraser {
  /** What law obliges to keep, as it is stored now. */
  kept(subject: ErasureSubject): Promise<{ payments: readonly Payment[]; events: readonly CustomerEvent[] }>
  /** Erases what an index finds, `derived` from their events first and the events last; safe to do again. */
  own(subject: ErasureSubject, scope: ErasureScope, now: Date): Promise<Readonly<Record<string, number>>>
  /**
   * Goes on through every collection of the database, `after` where it was left (null: from the beginning), and erases
   * whatever still names one of these subjects; `next` null: that was the end. `left`: what could not go yet.
   */
  sweep(subjects: readonly ErasureSubject[], after: SweepPlace | null): Promise<Swept>
  /** Identities of everybody who is stored, some hundred at a time; streamed. */
  identities(): AsyncIterable<readonly IdentityKey[]>
  /** Searches every document of every collection, bytes too; changes nothing. */
  search(texts: readonly string[]): Promise<readonly Trace[]>
}

export interface Swept {
  next: SweepPlace | null
  erased: Readonly<Record<string, number>>
  left: Readonly<Record<string, number>>
}

export interface SweepPlace {
  /** Name of the collection. */
  name: string
  /** Id of the last document seen, as text; null: none yet. */
  id: string | null
}

/** Where something was found: a collection, a log file or an archive, and how many of its entries. */
export interface Trace {
  where: string
  count: number
}

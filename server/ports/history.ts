import type { CustomerEvent } from '../domain/event.ts'
import type { IdentityKey, PersonId } from '../domain/ids.ts'
import type { Memory } from '../domain/memory.ts'
import type { Join } from '../domain/person.ts'
import type { TakenDelivery } from './inbox.ts'

/** A delivery whose consequences are stored. */
export interface HandledDelivery extends TakenDelivery {
  /** When it was handled, by the Clock: the order in which links were heard of. */
  handledAt: Date
  /** When it arrived, by machine time. */
  storedAt: Date
}

/** Identities that began one person, and the joins stored with them. */
export interface PersonNode {
  id: PersonId
  createdAt: Date
  keys: readonly IdentityKey[]
  joins: readonly Join[]
}

/** Everything at once, for rebuilding and comparing; all of it streamed. Never asked while events are handled. */
export interface History {
  /** Handled deliveries whose bytes are still there, in order of arrival or against it. */
  handled(order: 'forward' | 'backward'): AsyncIterable<HandledDelivery>
  /** How many there are. */
  countHandled(): Promise<number>
  /** Machine time of arrival of the oldest of them; null: there is none. */
  oldestBytes(): Promise<Date | null>
  /** By key; `storedAt` is machine time. */
  events(): AsyncIterable<{ event: CustomerEvent; storedAt: Date }>
  people(): AsyncIterable<PersonNode>
  memories(): AsyncIterable<{ id: PersonId; memory: Memory }>
}

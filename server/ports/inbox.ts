import type { AppId } from '../domain/ids.ts'

/** `reconciled`: what the shop's API told of facts whose callbacks we missed; its bytes are ours. */
export type ChannelName = 'reconciled' | 'official-account' | 'wecom' | 'wechat-shop' | 'mini-program' | 'wechat-pay' | 'links' | 'beacon' | 'inbound'

/** One trusted message as it arrived: decrypted bytes with receipt metadata, not interpreted. */
export interface Delivery {
  channel: ChannelName
  /** appid or corpid of the receiving account. */
  account: AppId | string
  /** Same for every resend, different for any two events; unique per channel and account. */
  key: string
  bytes: Uint8Array
  /** Clock time of receipt. */
  receivedAt: Date
}

/** A delivery taken from the inbox, with its id and how often it was tried. */
export interface TakenDelivery extends Delivery {
  id: string
  attempts: number
}

export type Outcome =
  | { id: string; outcome: 'handled' }
  /** Handled, and about somebody of whom nothing may be kept: it goes, bytes, key and all. */
  | { id: string; outcome: 'not-kept' }
  /** Trusted and read, but nothing that we use. */
  | { id: string; outcome: 'unrecognised'; reason: string }
  /** Trusted but unreadable; kept with its bytes for replay. */
  | { id: string; outcome: 'set-aside'; reason: string }
  /** Try again not before `until`; after 5 tries it shows as stuck. */
  | { id: string; outcome: 'deferred'; until: Date; reason: string }
  /** Waits for work of ours that is under way: looked at again then, and no try is used up. */
  | { id: string; outcome: 'waits'; until: Date; reason: string }

/** Events not yet handled. A delivery is durable before its promise resolves. */
export interface Inbox {
  /** Stores each delivery once; result per delivery, in order. @throws StoreUnavailable when not durable in time */
  accept(deliveries: readonly Delivery[]): Promise<readonly ('stored' | 'seen')[]>
  /** Oldest waiting first, in order of arrival; deferred ones when due. */
  take(limit: number, now: Date): Promise<readonly TakenDelivery[]>
  /** Notes what became of each. Repeating it changes nothing. */
  settle(outcomes: readonly Outcome[], now: Date): Promise<void>
  /** The arrival of the oldest that waits (due or deferred). */
  oldest(): Promise<Date | null>
  /** How many wait, and the arrival of the oldest. */
  depth(): Promise<{ waiting: number; oldest: Date | null }>
  /** Newest first, by outcome; for the operator. */
  list(state: LeftState, limit: number): Promise<readonly LeftDelivery[]>
  /** How many are left in each way. */
  left(): Promise<Readonly<Record<LeftState, number>>>
  /** One of those that are left; null when it is none of them. */
  find(id: string): Promise<(LeftDelivery & { state: LeftState }) | null>
  /** All that are left in this way, in order of arrival; streamed. */
  each(state: LeftState): AsyncIterable<LeftDelivery>
  /** Lets these wait again as if they had just arrived, in their old order. Ids of those that were left until now. */
  reopen(ids: readonly string[]): Promise<readonly string[]>
}

/** set-aside: unreadable. unrecognised: read, but nothing that we use. stuck: tried too often. */
export type LeftState = 'set-aside' | 'unrecognised' | 'stuck'

export type LeftDelivery = TakenDelivery & { reason: string }

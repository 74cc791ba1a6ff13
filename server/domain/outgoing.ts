import type { Alert } from './alert.ts'
import { isPayment } from './alert-life.ts'
import type { CustomerEvent } from './event.ts'
import type { ExternalUserId } from './ids.ts'
import { withoutPhones } from './phone.ts'

/** What other systems may be told. */
export const outgoingEvents = ['alert', 'purchase'] as const
export type OutgoingEvent = (typeof outgoingEvents)[number]

/** One piece of news for one receiver, frozen: every try sends the same bytes under the same id. */
export interface OutgoingWebhook {
  /** `webhook-id`: the same news for the same receiver is the same, for ever. */
  id: string
  /** Name of the receiver in the configuration. */
  target: string
  event: OutgoingEvent
  /** Whose news it is, so that it can be erased. */
  externalUserId: ExternalUserId
  json: string
  createdAt: Date
  /** Not tried before this moment. */
  nextTryAt: Date
  state: 'waiting' | 'delivered' | 'given-up'
  /** Each try, oldest first; `status` null: no answer, `problem` says why. */
  tries: readonly { at: Date; status: number | null; problem: string | null }[]
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** Waits after the first, second … failed try. After them one last try, 24 h after the news was made. */
export const retryWaitsMs = [5_000, minuteMs, 5 * minuteMs, 30 * minuteMs, hourMs, 2 * hourMs, 4 * hourMs, 8 * hourMs] as const
/** Nothing is tried later than this after it was made. */
export const triedForMs = 24 * hourMs

/** When to try again after `tries` failed tries; null: it was the last. */
export function nextWebhookTry(webhook: Pick<OutgoingWebhook, 'createdAt'>, tries: number, now: Date): Date | null {
  const end = webhook.createdAt.getTime() + triedForMs
  if (now.getTime() >= end) return null
  const waitMs = retryWaitsMs[tries - 1]
  return new Date(Math.min(waitMs === undefined ? end : now.getTime() + waitMs, end))
}

/** What a receiver is told about an alert: no name, no words of the evidence, no member of staff. */
export function alertNews(alert: Alert): object {
  const { key, rule, tag, title, urgency, externalUserId, at, raisedAt } = alert
  const data = { alert: key, rule, tag, title: withoutPhones(title), urgency, external_userid: externalUserId, at, raised_at: raisedAt }
  return { type: 'alert.raised', timestamp: raisedAt, data }
}

/** What a receiver is told about a purchase; null: the event is none. */
export function purchaseNews(event: CustomerEvent, externalUserId: ExternalUserId): object | null {
  if (!isPayment(event) || !('orderNo' in event)) return null
  const { kind, orderNo, amount, at, source, items } = event
  const bought = items.map(({ id, count }) => ({ id, count: count ?? 1 }))
  const data = { kind, order_no: orderNo, amount_fen: amount, items: bought, source, external_userid: externalUserId, at }
  return { type: 'purchase.made', timestamp: at, data }
}

/** Order and payment of one purchase are one piece of news; null: the event is no purchase. */
export function purchaseKey(event: CustomerEvent): string | null {
  if (!isPayment(event) || !('orderNo' in event)) return null
  return event.transactionId ?? `${event.source}:${event.orderNo}`
}

import { openStates, type Alert, type AlertState, type FeedbackAction } from './alert.ts'
import type { CustomerEvent } from './event.ts'
import { nextOpening, type OpeningHours } from './opening-hours.ts'
import { idsOf, itemsOf } from './subject.ts'

const hourMs = 60 * 60 * 1000

/** 稍后 brings an alert back after this long. */
export const laterMs = 2 * hourMs
/** An open alert expires this long after it was raised. */
export const expiryMs = 72 * hourMs
/** `undo` works this long after the feedback, so that a slow network still makes the five seconds shown. */
export const undoMs = 10_000

const feedbackStates: readonly AlertState[] = ['acted', 'snoozed', 'not-useful']

/** When an alert expires unless it is closed before. */
export function expiresAt(alert: Pick<Alert, 'raisedAt'>): Date {
  return new Date(alert.raisedAt.getTime() + expiryMs)
}

/** What a tap means for the alert; `problem`: it means nothing now. */
export type FeedbackResult =
  | { state: AlertState; dueAt: Date | null; reason: string; undoUntil: Date | null }
  | { problem: 'closed' | 'nothing-to-undo' }

/**
 * What feedback does. The last one wins; `undo` within 10 s restores the state before the last feedback.
 * `reason` of 没用 is kept in the history; the others have their own words.
 */
export function applyFeedback(
  alert: Alert,
  feedback: { action: FeedbackAction; reason?: string },
  now: Date,
  hours: OpeningHours,
): FeedbackResult {
  if (feedback.action === 'undo') return undo(alert, now, hours)
  if (!openStates.includes(alert.state) && !feedbackStates.includes(alert.state)) return { problem: 'closed' }
  const undoUntil = new Date(now.getTime() + undoMs)
  switch (feedback.action) {
    case 'following':
      return { state: 'acted', dueAt: null, reason: 'following', undoUntil }
    case 'later':
      return { state: 'snoozed', dueAt: comesBackAt(now, hours), reason: 'later', undoUntil }
    case 'not-useful':
      return { state: 'not-useful', dueAt: null, reason: feedback.reason?.trim() || 'not-useful', undoUntil }
  }
}

/** When 稍后, tapped at `at`, brings the alert back: after two hours, or at the opening after that. */
function comesBackAt(at: Date, hours: OpeningHours): Date {
  return nextOpening(new Date(at.getTime() + laterMs), hours)
}

function undo(alert: Alert, now: Date, hours: OpeningHours): FeedbackResult {
  const last = alert.history.at(-1)
  const previous = alert.history.at(-2)
  const isFeedback = last !== undefined && last.state === alert.state && feedbackStates.includes(last.state)
  if (!isFeedback || !previous || last.reason === 'undo') return { problem: 'nothing-to-undo' }
  if (now.getTime() - last.at.getTime() > undoMs) return { problem: 'nothing-to-undo' }
  const dueAt = previous.state === 'snoozed' ? comesBackAt(previous.at, hours) : null
  return { state: waitsAs(alert, previous.state), dueAt, reason: 'undo', undoUntil: null }
}

/** How an alert waits when it is planned anew: what was held for a time asks again, what rings with others only stays. */
export function waitsAs(alert: Pick<Alert, 'rings'>, state: AlertState): AlertState {
  if (state !== 'held' && state !== 'queued') return state
  return alert.rings ? 'queued' : 'held'
}

/**
 * Whether a snoozed alert should still come back: not after 72 h, not when the customer has ordered or taken out what
 * it is about, nor when a follow it tells of was taken back (and the reverse). `since`: events after the alert's `at`.
 */
export function laterStillRelevant(alert: Alert, since: readonly CustomerEvent[], now: Date): boolean {
  if (expiresAt(alert) <= now) return false
  return !since.some((event) => event.at >= alert.at && !alert.eventKeys.includes(event.key) && settles(alert, event))
}

/** What a customer does to pay, wherever. */
export const paymentKinds = ['order-paid', 'paid', 'bought-in-store'] as const satisfies readonly CustomerEvent['kind'][]
const payments: ReadonlySet<CustomerEvent['kind']> = new Set<CustomerEvent['kind']>(paymentKinds)

/** Money that came or went: what law obliges to keep also of who was erased (C4). */
export const moneyKinds = [...paymentKinds, 'refunded', 'returned-in-store'] as const satisfies readonly CustomerEvent['kind'][]

/** Whether the customer has just paid for something, wherever. */
export function isPayment(event: CustomerEvent): boolean {
  return payments.has(event.kind)
}

/** Rules about what was bought already: buying the same again does not settle them. */
const aboutOrders: ReadonlySet<string> = new Set(['order-paid', 'refund-asked'])

/** Whether this payment closes the alert: it is about something bought, and not about the payment itself. */
export function isPaidBy(alert: Pick<Alert, 'rule' | 'at' | 'items' | 'eventKeys'>, event: CustomerEvent): boolean {
  if (!payments.has(event.kind) || event.at < alert.at || alert.eventKeys.includes(event.key)) return false
  // The payment of an order does not take back the news that the order was paid.
  if (aboutOrders.has(alert.rule)) return false
  return itemsOf(event).flatMap(idsOf).some((id) => alert.items.includes(id))
}

function settles(alert: Alert, event: CustomerEvent): boolean {
  switch (event.kind) {
    case 'followed-account':
      return alert.rule === 'unfollowed'
    case 'unfollowed-account':
      return alert.rule === 'followed'
    case 'order':
    case 'order-created':
    case 'order-paid':
    case 'paid':
    case 'bought-in-store':
    case 'remove-from-cart':
      return !aboutOrders.has(alert.rule) && itemsOf(event).flatMap(idsOf).some((id) => alert.items.includes(id))
    case 'refunded':
    case 'refund-closed':
      return alert.rule === 'refund-asked' && event.orderNo === alert.subject
    default:
      return false
  }
}

import type { CustomerEvent } from './event.ts'
import { subjectOf } from './subject.ts'

const bought: ReadonlySet<CustomerEvent['kind']> = new Set<CustomerEvent['kind']>(['order-paid', 'bought-in-store'])

/**
 * Without the payments whose order is there too: order and payment of one purchase are one entry, and the order tells
 * more. They are one when they share the payment's number (transaction_id) or the merchant's own (out_trade_no).
 */
export function withoutTwins(events: readonly CustomerEvent[]): readonly CustomerEvent[] {
  if (!events.some(({ kind }) => kind === 'paid')) return events
  const ordered = new Set(events.filter(({ kind }) => bought.has(kind)).flatMap(numbersOf))
  return events.filter((event) => event.kind !== 'paid' || !numbersOf(event).some((number) => ordered.has(number)))
}

/** Every number by which a purchase goes. */
export function numbersOf(event: CustomerEvent): readonly string[] {
  const { object, aliases } = subjectOf(event)
  return object === null ? aliases : [object, ...aliases]
}

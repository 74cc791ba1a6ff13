import type { CustomerEvent, EvidenceSource, Item, OrderKind } from './event.ts'
import { numbersOf } from './purchase.ts'

/** Where a purchase stands. */
export type OrderState =
  | 'unpaid'
  | 'paid'
  | 'shipped'
  | 'received'
  | 'cancelled'
  | 'refund-asked'
  | 'refund-failed'
  | 'partly-refunded'
  | 'refunded'
  | 'returned'

/** One purchase, whatever told of it: order and payment of it are one. Money in fen. */
export interface Order {
  /** The number by which its source knows it. */
  no: string
  state: OrderState
  /** When it was first heard of. */
  at: Date
  paidAt: Date | null
  /** null: nobody told. */
  amount: number | null
  /** What went back. */
  refunded: number
  items: readonly Item[]
  source: EvidenceSource
  refunds: readonly OrderRefund[]
}

/** One thing that happened on the way back of money or goods. */
export interface OrderRefund {
  kind: 'asked' | 'closed' | 'done' | 'failed' | 'returned' | 'complained'
  at: Date
  amount: number | null
}

type OrderEvent = CustomerEvent & { kind: OrderKind }

const isOrder = (event: CustomerEvent): event is OrderEvent => 'orderNo' in event && event.kind !== 'asked-about-order'

const paying: ReadonlySet<OrderKind> = new Set<OrderKind>(['order-paid', 'paid', 'bought-in-store'])

const wayBack: Partial<Readonly<Record<OrderKind, OrderRefund['kind']>>> = {
  'refund-asked': 'asked',
  'refund-closed': 'closed',
  refunded: 'done',
  'refund-failed': 'failed',
  'returned-in-store': 'returned',
  complained: 'complained',
}

/**
 * A customer's purchases, newest first, from all that was told about them, in any order. What shares a number, the
 * order's or the payment's, is one purchase.
 */
export function ordersOf(events: readonly CustomerEvent[]): readonly Order[] {
  const groups = grouped(events.filter(isOrder))
  return groups.map(orderOf).toSorted((a, b) => b.at.getTime() - a.at.getTime() || (a.no < b.no ? -1 : 1))
}

function grouped(events: readonly OrderEvent[]): OrderEvent[][] {
  const groupOf = new Map<string, OrderEvent[]>()
  for (const event of events) {
    const numbers = numbersOf(event)
    const found = [...new Set(numbers.flatMap((number) => groupOf.get(number) ?? []).map((one) => groupOf.get(one.orderNo)))]
    const merged = [...new Set([...found.flatMap((group) => group ?? []), event])]
    for (const number of merged.flatMap(numbersOf)) groupOf.set(number, merged)
  }
  return [...new Set(groupOf.values())]
}

function orderOf(group: readonly OrderEvent[]): Order {
  const events = group.toSorted((a, b) => a.at.getTime() - b.at.getTime() || (a.key < b.key ? -1 : 1))
  const first = events[0] as OrderEvent
  const paid = events.find(({ kind }) => paying.has(kind))
  // The shop's or mall's own word on an order tells more than the payment of it.
  const teller = events.find(({ kind }) => kind === 'order-paid' || kind === 'bought-in-store' || kind === 'order-created') ?? paid ?? first
  const refunds = events.flatMap(refundOf)
  const refunded = givenBack(events)
  const amount = [teller, ...events.filter(({ kind }) => wayBack[kind] === undefined)].find((event) => event.amount !== null)?.amount ?? null
  return {
    no: teller.orderNo,
    state: stateOf(events, refunded, amount),
    at: first.at,
    paidAt: paid?.at ?? null,
    amount,
    refunded,
    items: events.map(({ items }) => items).reduce((most, items) => (items.length > most.length ? items : most), teller.items),
    source: teller.source,
    refunds,
  }
}

/** Money that went back. Shop and WeChat Pay may both tell of one refund: the fuller account counts, never both. */
function givenBack(events: readonly OrderEvent[]): number {
  const bySource = new Map<EvidenceSource, number>()
  for (const { kind, amount, source } of events) {
    if (kind === 'refunded' || kind === 'returned-in-store') bySource.set(source, (bySource.get(source) ?? 0) + Math.abs(amount ?? 0))
  }
  return Math.max(0, ...bySource.values())
}

function refundOf({ kind, at, amount }: OrderEvent): OrderRefund[] {
  const step = wayBack[kind]
  return step ? [{ kind: step, at, amount: amount === null ? null : Math.abs(amount) }] : []
}

function stateOf(events: readonly OrderEvent[], refunded: number, amount: number | null): OrderState {
  const has = (...kinds: OrderKind[]) => events.some(({ kind }) => kinds.includes(kind))
  if (refunded > 0 || has('refunded')) return amount !== null && refunded < amount ? 'partly-refunded' : has('refunded') ? 'refunded' : 'returned'
  if (has('returned-in-store')) return 'returned'
  const last = events.findLast(({ kind }) => kind === 'refund-asked' || kind === 'refund-closed' || kind === 'refund-failed')
  if (last?.kind === 'refund-asked') return 'refund-asked'
  if (last?.kind === 'refund-failed') return 'refund-failed'
  if (has('order-cancelled')) return 'cancelled'
  if (has('order-received', 'order-settled')) return 'received'
  if (has('order-delivered')) return 'shipped'
  return has('order-paid', 'paid', 'bought-in-store') ? 'paid' : 'unpaid'
}

/** What the customer spent and kept: paid, less what went back. */
export function spentOf(orders: readonly Order[]): { fen: number; count: number; last: Order | null } {
  const paid = orders.filter(({ paidAt, amount }) => paidAt !== null && amount !== null)
  const kept = paid.filter(({ amount, refunded }) => (amount ?? 0) > refunded)
  return { fen: paid.reduce((sum, { amount, refunded }) => sum + (amount ?? 0) - refunded, 0), count: kept.length, last: kept[0] ?? null }
}

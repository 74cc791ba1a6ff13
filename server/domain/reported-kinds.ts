import type { ItemKind, OrderKind } from './event.ts'

/** Kinds with an order number, an amount and items that another system may report. */
export const reportedOrderKinds = [
  'order-created',
  'order-paid',
  'order-cancelled',
  'order-delivered',
  'order-settled',
  'bought-in-store',
  'returned-in-store',
] as const satisfies readonly OrderKind[]

/** Kinds about one item, or about none, that another system may report: those of the beacon. */
export const reportedItemKinds = [
  'view-item',
  'favourite-item',
  'add-to-cart',
  'remove-from-cart',
  'checkout',
  'order',
  'search',
  'claim-coupon',
  'view-page',
  'share',
] as const satisfies readonly ItemKind[]

export type ReportedOrderKind = (typeof reportedOrderKinds)[number]
export type ReportedKind = ReportedOrderKind | (typeof reportedItemKinds)[number]

const mayBeAboutNothing: ReadonlySet<ReportedKind> = new Set<ReportedKind>(['order', 'checkout', 'search', 'claim-coupon', 'view-page', 'share'])

/** Whether events of this kind carry an order number. */
export function isReportedOrder(kind: ReportedKind): kind is ReportedOrderKind {
  return reportedOrderKinds.some((known) => known === kind)
}

/** Whether events of this kind must name an item. */
export function needsItem(kind: ReportedKind): boolean {
  return !isReportedOrder(kind) && !mayBeAboutNothing.has(kind)
}

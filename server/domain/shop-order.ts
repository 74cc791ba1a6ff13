import type { AfterSaleWish, CustomerEvent, Item, LinkFact, OrderKind } from './event.ts'
import type { AppId, Fen, OpenId, StaffId, UnionId } from './ids.ts'

/** A shop order as order/get knows it: what has happened to it so far can be read from it. */
export interface OrderState {
  appId: AppId
  orderNo: string
  openId: OpenId
  unionId: UnionId | null
  status: number
  /** null: the shop tells neither a total nor what the lines cost. */
  amount: Fen | null
  transactionId: string | null
  items: readonly Item[]
  createdAt: Date
  updatedAt: Date
  paidAt: Date | null
  shippedAt: Date | null
  receivedAt: Date | null
  /** Members whose forwarding brought it. */
  creditedTo: readonly StaffId[]
}

/** An application after the sale as getaftersaleorder knows it. */
export interface AfterSaleState extends AfterSaleWish {
  orderNo: string
  openId: OpenId
  unionId: UnionId | null
  status: string
  amount: Fen | null
  createdAt: Date
  updatedAt: Date
}

/**
 * One fact for each step of an order, whoever tells it: a callback, its resend, or reconciliation, in any order.
 * The shop's callbacks carry no id of their own.
 */
export function shopOrderKey(appId: AppId | string, orderNo: string, kind: OrderKind): string {
  return `wechat-shop:${appId}:order:${orderNo}:${kind}`
}

/** One application after the sale, whatever its state; the steps append their kind. */
export function afterSaleKey(appId: AppId | string, no: string): string {
  return `wechat-shop:${appId}:after-sale:${no}`
}

/** 21 partly sent, 30 all sent (doc/store, getorder). 100 may be a thing that is never sent. */
const sent: ReadonlySet<number> = new Set([21, 30])
const done = 100
/** After all was given back, oversold, or unpaid (doc/store, getorder). */
const cancelled: ReadonlySet<number> = new Set([200, 190, 250])

/** Everything that must have happened to an order in this state, as far as the shop tells. */
export function eventsOfOrder(order: OrderState): CustomerEvent[] {
  const { status, createdAt, updatedAt, paidAt } = order
  const shippedAt = order.shippedAt ?? (sent.has(status) ? updatedAt : null)
  const receivedAt = order.receivedAt ?? (status === done ? updatedAt : null)
  const steps: readonly (readonly [OrderKind, Date | null])[] = [
    ['order-created', createdAt],
    ['order-paid', paidAt],
    ['order-delivered', shippedAt],
    ['order-received', receivedAt],
    ['order-cancelled', cancelled.has(status) ? updatedAt : null],
  ]
  return steps.flatMap(([kind, at]) => (at ? [orderEvent(order, kind, at)] : []))
}

function orderEvent(order: OrderState, kind: OrderKind, at: Date): CustomerEvent {
  const { appId, orderNo, openId } = order
  const key = shopOrderKey(appId, orderNo, kind)
  return { key, at, who: { kind: 'openid', appId, openId }, source: 'wechat-shop', kind, orderNo, ...detailsOf(order) }
}

/** What an order tells of any event about it. */
export function detailsOf({ amount, items, transactionId, creditedTo }: OrderDetails) {
  return {
    amount,
    items,
    ...(transactionId ? { transactionId } : {}),
    ...(creditedTo.length > 0 ? { creditedTo } : {}),
  }
}

type OrderDetails = Pick<OrderState, 'amount' | 'items' | 'transactionId' | 'creditedTo'>

/** The buyer's openid and unionid are one customer, by the shop's own answer. */
export function linkOfOwner(state: OrderState | AfterSaleState, appId: AppId, key: string): LinkFact[] {
  const { unionId, openId, createdAt } = state
  if (unionId === null) return []
  return [
    {
      key: `${key}:unionid`,
      at: createdAt,
      a: { kind: 'openid', appId, openId },
      b: { kind: 'unionid', unionId },
      evidence: { by: 'order', appId },
    },
  ]
}

/** Money given back. Every other state, those that we do not know included, is an application under way. */
const refunded: ReadonlySet<string> = new Set(['MERCHANT_REFUND_SUCCESS', 'MERCHANT_RETURN_SUCCESS'])
const failed: ReadonlySet<string> = new Set(['PLATFORM_REFUND_FAIL', 'MERCHANT_REFUND_RETRY_FAIL'])
/** USER_CANCELD is spelled so (doc/store, getaftersaleorder). */
const closed: ReadonlySet<string> = new Set(['USER_CANCELD', 'RETURN_CLOSED', 'MERCHANT_FAIL'])

/** What an application's state tells: it was asked for, and how it ended if it has. `items`: what it is about. */
export function eventsOfAfterSale(afterSale: AfterSaleState, appId: AppId, items: readonly Item[]): CustomerEvent[] {
  const { no, type, reason, orderNo, openId, status, amount, createdAt, updatedAt } = afterSale
  const event = (kind: OrderKind, at: Date): CustomerEvent => ({
    key: `${afterSaleKey(appId, no)}:${kind}`,
    at,
    who: { kind: 'openid', appId, openId },
    source: 'wechat-shop',
    kind,
    orderNo,
    amount,
    items,
    afterSale: { no, type, reason },
  })
  const end = endOf(status)
  return [event('refund-asked', createdAt), ...(end ? [event(end, updatedAt)] : [])]
}

function endOf(status: string): 'refunded' | 'refund-failed' | 'refund-closed' | null {
  if (refunded.has(status)) return 'refunded'
  if (failed.has(status)) return 'refund-failed'
  return closed.has(status) ? 'refund-closed' : null
}

/** Of an order's items those that the application is about, by product or sku; an unnamed one stands by its id alone. */
export function itemsAskedBack(items: readonly Item[], asked: { productId: string | null; skuId: string | null }): readonly Item[] {
  const { productId, skuId } = asked
  if (productId === null && skuId === null) return items
  const ofSku = items.filter((item) => skuId !== null && [item.id, ...(item.aliases ?? [])].includes(skuId))
  const found = ofSku.length > 0 ? ofSku : items.filter(({ id }) => id === productId)
  return found.length > 0 || productId === null ? found : [{ id: productId }]
}

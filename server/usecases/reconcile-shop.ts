import { TencentRefused } from '../domain/errors.ts'
import type { CustomerEvent, Item } from '../domain/event.ts'
import type { AppId } from '../domain/ids.ts'
import { refusalKind } from '../domain/refusal.ts'
import { itemsAskedBack, type AfterSaleState, type OrderState } from '../domain/shop-order.ts'
import type { Clock } from '../ports/clock.ts'
import type { HighWater } from '../ports/high-water.ts'
import type { ShopOrder } from '../ports/identities.ts'
import type { Delivery, Inbox } from '../ports/inbox.ts'
import type { Log } from '../ports/log.ts'
import type { Shop } from '../ports/shop.ts'
import type { Timeline } from '../ports/timeline.ts'
import type { CreditMembers } from './credit-members.ts'
import { inParallel } from './in-parallel.ts'
import { readList } from './read-list.ts'

/** What the shop told of one order or after-sale. */
export type Snapshot =
  | { what: 'order'; order: OrderState }
  | { what: 'after-sale'; appId: AppId; items: readonly Item[]; afterSale: AfterSaleState }

export interface ReconcileShopDeps {
  shop: Shop | null
  timeline: Timeline
  inbox: Pick<Inbox, 'accept'>
  highWater: HighWater
  creditMembers: CreditMembers
  /** The events of a snapshot, by the keys that callbacks of the same facts have. */
  eventsOf: (snapshot: Snapshot) => readonly CustomerEvent[]
  toDelivery: (snapshot: Snapshot, at: Date) => Delivery
  clock: Clock
  log: Log
}

/** How much was looked at, and how many had steps that we had not heard of. */
export interface Reconciled {
  orders: number
  afterSales: number
  repaired: number
}

export type ReconcileShop = ReturnType<typeof createReconcileShop>

const hourMs = 3600_000
const dayMs = 24 * hourMs
const overlapMs = 10 * 60_000
const readsAtOnce = 8

/**
 * Makes good what callbacks did not tell: the platform gives up after 3.6 h, we may be away longer. Whatever changed
 * since the last run is read; facts that the timeline lacks go through the inbox like callbacks, under the same keys, so
 * that neither a callback before nor one after makes them two (A3, B2). Coupons, talks and sharers have no such list.
 *
 * @throws TencentUnreachable, and TencentRefused when it may pass: the next run goes on from where this one stopped
 */
export function createReconcileShop(deps: ReconcileShopDeps) {
  const { timeline, inbox, highWater, creditMembers, eventsOf, toDelivery, clock, log } = deps

  /** Those whose facts are not all on the timeline. */
  async function missing(snapshots: readonly Snapshot[]): Promise<Snapshot[]> {
    const keysOf = (one: Snapshot) => eventsOf(one).map(({ key }) => key)
    const known = await timeline.known(snapshots.flatMap(keysOf))
    return snapshots.filter((one) => keysOf(one).some((key) => !known.has(key)))
  }

  async function repair(snapshots: readonly Snapshot[], count: Reconciled): Promise<void> {
    if (snapshots.length === 0) return
    const open = await missing(snapshots)
    if (open.length === 0) return
    const results = await inbox.accept(open.map((one) => toDelivery(one, clock.now())))
    count.repaired += results.filter((result) => result === 'stored').length
  }

  async function takeOrders(shop: Shop, numbers: readonly string[], count: Reconciled): Promise<void> {
    const read = await inParallel(readsAtOnce, numbers, (number) => shop.read(number))
    const orders = read.filter((order) => order !== null)
    count.orders += orders.length
    const states = await inParallel(readsAtOnce, orders, async (order) => stateOf(order, await creditMembers(order)))
    await repair(states.map((order): Snapshot => ({ what: 'order', order })), count)
    await takeAfterSales(shop, orders.flatMap(({ afterSaleNos }) => afterSaleNos), count, orders)
  }

  async function takeAfterSales(
    shop: Shop,
    numbers: readonly string[],
    count: Reconciled,
    orders: readonly ShopOrder[] = [],
  ): Promise<void> {
    const itemsOf = new Map(orders.map(({ orderNo, items }) => [orderNo, items]))
    const snapshots = await inParallel(readsAtOnce, [...new Set(numbers)], async (number): Promise<Snapshot[]> => {
      const afterSale = await shop.readAfterSale(number)
      if (!afterSale) return []
      const items = itemsOf.get(afterSale.orderNo) ?? (await shop.read(afterSale.orderNo))?.items ?? []
      return [{ what: 'after-sale', appId: shop.appId, items: itemsAskedBack(items, afterSale), afterSale }]
    })
    count.afterSales += snapshots.flat().length
    await repair(snapshots.flat(), count)
  }

  async function readAll(shop: Shop, count: Reconciled): Promise<void> {
    const now = clock.now()
    const base = { highWater, overlapMs, firstMs: dayMs }
    await readList(
      {
        ...base,
        name: `shop-orders:${shop.appId}`,
        longestMs: 7 * dayMs,
        page: shop.changedOrders,
        take: (numbers) => takeOrders(shop, numbers, count),
      },
      now,
    )
    await readList(
      {
        ...base,
        name: `shop-after-sales:${shop.appId}`,
        longestMs: dayMs,
        page: shop.newAfterSales,
        take: (numbers) => takeAfterSales(shop, numbers, count),
      },
      now,
    )
  }

  return async function reconcileShop(): Promise<Reconciled> {
    const count = { orders: 0, afterSales: 0, repaired: 0 }
    if (deps.shop === null) return count
    try {
      await readAll(deps.shop, count)
    } catch (error) {
      if (!(error instanceof TencentRefused) || refusalKind(error.errcode) === 'retry-later') throw error
      log.error({ api: error.api, errcode: error.errcode }, 'the shop does not let us reconcile')
    }
    log.info(count, 'shop reconciled')
    return count
  }
}

function stateOf(order: ShopOrder, creditedTo: OrderState['creditedTo']): OrderState {
  const { appId, orderNo, openId, unionId, status, amount, transactionId, items } = order
  const { createdAt, updatedAt, paidAt, shippedAt, receivedAt } = order
  const times = { createdAt, updatedAt, paidAt, shippedAt, receivedAt }
  return { appId, orderNo, openId, unionId, status, amount, transactionId, items, ...times, creditedTo }
}

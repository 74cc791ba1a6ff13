import { TencentRefused, TencentUnreachable } from '../domain/errors.ts'
import type { CustomerEvent, Fact } from '../domain/event.ts'
import { refusalKind } from '../domain/refusal.ts'
import { detailsOf } from '../domain/shop-order.ts'
import type { Log } from '../ports/log.ts'
import type { StaffId } from '../domain/ids.ts'
import type { ShopOrder } from '../ports/identities.ts'
import type { TakenDelivery } from '../ports/inbox.ts'
import type { Shop } from '../ports/shop.ts'
import type { CreditMembers } from './credit-members.ts'
import { isLastTry, type Deferred, type Reading } from './deferral.ts'
import { inParallel } from './in-parallel.ts'
import { ownersIn, type AnswerTo } from './recorded-answers.ts'

export type CompleteOrders = ReturnType<typeof createCompleteOrders>

const readsAtOnce = 8

/** The shop's callbacks carry only an order's number: who, what and how much are read from the shop (A3). */
export function createCompleteOrders(deps: { shop: Shop | null; creditMembers: CreditMembers; answerTo: AnswerTo; log: Log }) {
  const { shop, creditMembers, answerTo, log } = deps

  /** Once the shop has left one question of a batch open, the others are not asked: none waits for it again. */
  let silent: TencentUnreachable | null = null

  /** null: not to be had, for a reason that waiting will not mend. @throws TencentUnreachable, TencentRefused (worth waiting) */
  async function read(orderNo: string): Promise<ShopOrder | null> {
    if (silent) throw silent
    try {
      return (await shop?.read(orderNo)) ?? null
    } catch (error) {
      if (!(error instanceof TencentRefused) || refusalKind(error.errcode) !== 'permanent') throw error
      log.warn({ api: error.api, errcode: error.errcode }, 'order could not be read')
      return null
    }
  }

  async function creditedTo(delivery: TakenDelivery, order: ShopOrder): Promise<readonly StaffId[]> {
    if (order.credit === null) return []
    return (await answerTo(delivery, `credit:${order.orderNo}`, () => creditMembers(order))) ?? []
  }

  async function completeFact(delivery: TakenDelivery, fact: Fact): Promise<readonly Fact[]> {
    if (fact.about !== 'customer' || !('orderNo' in fact.event) || fact.event.source !== 'wechat-shop') return [fact]
    // Reconciliation has read the order already.
    if (fact.event.amount !== null) return [fact]
    const { orderNo } = fact.event
    const order = await answerTo(delivery, `order:${orderNo}`, () => read(orderNo), (told) => ownersIn(told.appId, told))
    if (!order) return [fact]
    const event = { ...fact.event, ...detailsOf({ ...order, creditedTo: await creditedTo(delivery, order) }) }
    return [{ about: 'customer', event }, ...linkOf(event, order)]
  }

  /** The same readings with their orders filled in; a silent shop defers that delivery only. */
  return async function completeOrders(readings: readonly Reading[], deferred: Deferred): Promise<Reading[]> {
    silent = null
    return inParallel(readsAtOnce, readings, async (reading) => {
      try {
        const facts = await Promise.all(reading.facts.map((fact) => completeFact(reading.delivery, fact)))
        return { ...reading, facts: facts.flat() }
      } catch (error) {
        if (!(error instanceof TencentUnreachable) && !(error instanceof TencentRefused)) throw error
        if (error instanceof TencentUnreachable) silent = error
        if (isLastTry(reading.delivery)) log.warn({ api: error.api }, 'order handled without its details')
        else deferred.set(reading.delivery.id, error.message)
        return reading
      }
    })
  }
}

/** order/get names the unionid of whoever owns the order, where the shop is bound to an Open Platform account. */
function linkOf(event: CustomerEvent, order: ShopOrder): Fact[] {
  const isBuyer = event.who.kind === 'openid' && event.who.openId === order.openId
  if (!isBuyer || order.unionId === null) return []
  const link = {
    key: `${event.key}:unionid`,
    at: event.at,
    a: event.who,
    b: { kind: 'unionid' as const, unionId: order.unionId },
    evidence: { by: 'order' as const, appId: order.appId },
  }
  return [{ about: 'link', link }]
}

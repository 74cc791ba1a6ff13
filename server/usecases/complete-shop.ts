import { TencentRefused, TencentUnreachable } from '../domain/errors.ts'
import type { CouponFact, CustomerEvent, Fact, LinkFact, ShopReport } from '../domain/event.ts'
import { refusalKind } from '../domain/refusal.ts'
import { eventsOfAfterSale, itemsAskedBack, linkOfOwner, shopOrderKey } from '../domain/shop-order.ts'
import type { Log } from '../ports/log.ts'
import type { TakenDelivery } from '../ports/inbox.ts'
import type { Shop } from '../ports/shop.ts'
import type { Timeline } from '../ports/timeline.ts'
import { isLastTry, type Deferred, type Reading } from './deferral.ts'
import { inParallel } from './in-parallel.ts'
import { ownersIn, type AnswerTo } from './recorded-answers.ts'

export type CompleteShop = ReturnType<typeof createCompleteShop>

type Asked = Pick<Shop, 'read' | 'readAfterSale' | 'couponOwner' | 'item'>

const readsAtOnce = 8

/**
 * Finds out from the shop whose after-sale or complaint it is, which product a card shows and who holds a coupon (A3).
 * A silent or busy shop defers that delivery only; in the end an after-sale is told by what we know of its order.
 */
export function createCompleteShop(deps: { shop: Shop | null; answerTo: AnswerTo; timeline: Pick<Timeline, 'byKeys'>; log: Log }) {
  const { answerTo, timeline, log } = deps

  /** The shop as this delivery has asked it, now or before; what is not to be had for good is null. */
  function askedFor(delivery: TakenDelivery): Asked | null {
    const { shop } = deps
    if (!shop) return null
    const { appId } = shop
    return {
      read: (no) => answerTo(delivery, `order:${no}`, () => unlessRefused(shop.read(no)), (told) => ownersIn(appId, told)),
      readAfterSale: (no) =>
        answerTo(delivery, `after-sale:${no}`, () => unlessRefused(shop.readAfterSale(no)), (told) => ownersIn(appId, told)),
      couponOwner: ({ couponNo, openId }) => {
        const ask = () => unlessRefused(shop.couponOwner({ couponNo, openId }))
        return answerTo(delivery, `coupon:${couponNo}`, ask, (unionId) => ownersIn(appId, { openId, unionId }))
      },
      item: (id) => answerTo(delivery, `item:${id}`, () => unlessRefused(shop.item(id))),
    }
  }

  /** What is not to be had for good is null. @throws TencentUnreachable, TencentRefused (worth waiting) */
  async function unlessRefused<Answer>(asking: Promise<Answer>): Promise<Answer | null> {
    try {
      return await asking
    } catch (error) {
      if (!(error instanceof TencentRefused) || refusalKind(error.errcode) === 'retry-later') throw error
      log.warn({ api: error.api, errcode: error.errcode }, 'the shop does not tell')
      return null
    }
  }

  async function afterSaleFacts(ask: Asked, report: ShopReport & { afterSaleNo: string }): Promise<readonly Fact[] | null> {
    const afterSale = await ask.readAfterSale(report.afterSaleNo)
    if (!afterSale) return null
    const order = await ask.read(afterSale.orderNo)
    const events = eventsOfAfterSale(afterSale, report.appId, itemsAskedBack(order?.items ?? [], afterSale))
    return [...events.map(toFact), ...linkOfOwner(afterSale, report.appId, report.key).map(toLink)]
  }

  async function complaintFacts(ask: Asked, report: ShopReport): Promise<readonly Fact[] | null> {
    const order = await ask.read(report.orderNo)
    if (!order) return null
    const { appId, openId, items, orderNo } = order
    const { key, at } = report
    const who = { kind: 'openid', appId, openId } as const
    const event: CustomerEvent = { key, at, who, source: 'wechat-shop', kind: 'complained', orderNo, amount: null, items }
    return [toFact(event), ...linkOfOwner({ ...order, creditedTo: [] }, appId, key).map(toLink)]
  }

  /** What can be told without the shop: the order's owner is whoever its earlier steps named. */
  async function factsFromMemory({ key, at, kind, appId, orderNo }: ShopReport): Promise<readonly Fact[]> {
    const steps = (['order-created', 'order-paid'] as const).map((step) => shopOrderKey(appId, orderNo, step))
    const known = (await timeline.byKeys(steps)).at(-1)
    if (!known || !('items' in known)) return []
    const { who, items } = known
    const told = kind === 'complaint' ? ({ key, kind: 'complained' } as const) : ({ key: `${key}:refund-asked`, kind: 'refund-asked' } as const)
    return [toFact({ ...told, at, who, source: 'wechat-shop', orderNo, amount: null, items })]
  }

  async function reportFacts(shop: Asked | null, report: ShopReport): Promise<readonly Fact[]> {
    const { kind, afterSaleNo } = report
    const isAfterSale = kind === 'after-sale' && afterSaleNo !== null
    const told = shop && (await (isAfterSale ? afterSaleFacts(shop, { ...report, afterSaleNo }) : complaintFacts(shop, report)))
    if (told) return told
    const remembered = await factsFromMemory(report)
    return remembered.length > 0 ? remembered : [{ about: 'nothing', reason: `${kind} of an order that the shop does not tell about` }]
  }

  async function couponFacts(shop: Asked | null, { key, at, who, couponNo }: CouponFact): Promise<readonly Fact[]> {
    const unionId = await shop?.couponOwner({ couponNo, openId: who.openId })
    if (!unionId) return []
    return [toLink({ key, at, a: who, b: { kind: 'unionid', unionId }, evidence: { by: 'coupon', appId: who.appId } })]
  }

  /** A card of a product carries its number only. */
  async function namedItem(shop: Asked | null, event: CustomerEvent): Promise<CustomerEvent> {
    if (event.kind !== 'asked-about-item' || event.item === null || shop === null) return event
    const item = await shop.item(event.item.id)
    return item ? { ...event, item } : event
  }

  async function completeFact(shop: Asked | null, fact: Fact): Promise<readonly Fact[]> {
    if (fact.about === 'shop-order') return reportFacts(shop, fact.report)
    if (fact.about === 'coupon') return couponFacts(shop, fact.coupon)
    if (fact.about !== 'customer') return [fact]
    const event = await namedItem(shop, fact.event)
    return [event === fact.event ? fact : toFact(event)]
  }

  /** The last try went wrong too. An after-sale of an order that we never heard of stays undone, and shows as stuck. */
  async function withoutAnswer(fact: Fact): Promise<readonly Fact[] | null> {
    if (fact.about === 'coupon') return []
    if (fact.about !== 'shop-order') return [fact]
    const remembered = await factsFromMemory(fact.report)
    return remembered.length > 0 ? remembered : null
  }

  async function complete(reading: Reading, deferred: Deferred): Promise<Reading> {
    try {
      const asked = askedFor(reading.delivery)
      const facts = await Promise.all(reading.facts.map((fact) => completeFact(asked, fact)))
      return { ...reading, facts: facts.flat() }
    } catch (error) {
      if (!(error instanceof TencentUnreachable) && !(error instanceof TencentRefused)) throw error
      const rest = isLastTry(reading.delivery) ? await Promise.all(reading.facts.map(withoutAnswer)) : null
      const facts = rest?.every((one) => one !== null) ? rest.flat() : null
      if (facts) log.warn({ api: error.api }, 'handled without what the shop would tell')
      else deferred.set(reading.delivery.id, error.message)
      return facts ? { ...reading, facts } : reading
    }
  }

  /** The same readings with what the shop tells about them. */
  return async function completeShop(readings: readonly Reading[], deferred: Deferred): Promise<Reading[]> {
    return inParallel(readsAtOnce, readings, async (reading) => (deferred.has(reading.delivery.id) ? reading : complete(reading, deferred)))
  }
}

function toFact(event: CustomerEvent): Fact {
  return { about: 'customer', event }
}

function toLink(link: LinkFact): Fact {
  return { about: 'link', link }
}

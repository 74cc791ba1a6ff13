import { afterAll, beforeAll, expect, test } from 'vitest'
import { showLocked } from '../../server/commands/privacy-locked.ts'
import type { IdentityKey } from '../../server/domain/ids.ts'
import { lookAt } from '../support/look.ts'
import { coat, coatByOuterId, coatInShop, inMall, scarf, scarfInShop } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'

let brand: TestBrand
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00' })
})
afterAll(async () => {
  await brand.close()
})

async function friends(name: string) {
  const mei = brand.tencent.staff(`mei-of-${name}`, { name: '小梅' })
  const customer = brand.tencent.customer(name, { name: '林小姐' })
  await mei.adds(customer)
  await brand.passes(1)
  return { mei, customer }
}

test('A3 E1: an order paid rings with what and how much, read by order/get; its other steps are the timeline', async () => {
  const { mei, customer } = await friends('lin')
  const { orderNo } = await customer.orders([coatInShop, { ...scarfInShop, count: 2 }])
  await brand.passes(1)
  await customer.pays(orderNo, { deliveries: 2 })
  await brand.passes(60)
  await customer.isSent(orderNo)
  await brand.passes(60)
  await customer.isSettled(orderNo)
  await brand.settle()

  expect(mei.titles).toHaveLength(1)
  expect(mei.phone[0]?.title).toContain('林小姐')
  expect(JSON.stringify(mei.phone[0])).toContain('3,797')
  const timeline = await lookAt(brand, customer).timeline()
  expect(timeline.map(({ kind }) => kind)).toEqual([
    'became-contact', 'order-created', 'order-paid', 'order-delivered', 'order-settled',
  ])
  const paid = timeline.find(({ kind }) => kind === 'order-paid')
  expect(paid).toMatchObject({ orderNo, amount: 379_700, items: [{ id: coat.id }, { title: scarf.title, count: 2 }] })
})

test('A3: a cancelled order is told on the timeline and rings nobody', async () => {
  const { mei, customer } = await friends('zhou')
  const { orderNo } = await customer.orders([coatInShop])
  await brand.passes(5)
  await customer.cancels(orderNo)
  await brand.settle()
  expect(mei.titles).toEqual([])
  expect((await lookAt(brand, customer).timeline()).map(({ kind }) => kind)).toContain('order-cancelled')
})

test('A3 B1: while the shop is silent the order waits; then it rings with its amount', async () => {
  const { mei, customer } = await friends('wu')
  brand.tencent.weather.failNext(502, { api: 'channels/ec/order/get', times: 2 })
  const { orderNo } = await customer.orders([scarfInShop])
  await customer.pays(orderNo)
  await brand.settle()
  expect(mei.titles).toEqual([])
  brand.tencent.weather.comeBack()
  await brand.passes(1)
  expect(mei.titles).toHaveLength(1)
  expect(JSON.stringify(mei.phone[0])).toContain('399')
})

test('A3: an order that the shop does not know (100002), or never tells about, still rings, without a made-up amount', async () => {
  const { mei, customer } = await friends('xu')
  const first = await customer.orders([scarfInShop], { deliveries: 0 })
  brand.tencent.weather.refuseNext(100002, { api: 'channels/ec/order/get' })
  await customer.pays(first.orderNo)
  await brand.settle()
  // Nobody knows the buyer yet: the shop's openid has no unionid of its own.
  expect(mei.titles).toEqual([])

  await brand.passes(1)
  const second = await customer.orders([scarfInShop])
  await brand.settle()
  await brand.passes(1)
  brand.tencent.weather.failNext(502, { api: 'channels/ec/order/get', times: 50 })
  await customer.pays(second.orderNo)
  for (let minute = 0; minute < 8; minute += 1) await brand.passes(1)
  brand.tencent.weather.comeBack()
  const paid = (await lookAt(brand, customer).timeline()).filter(({ kind }) => kind === 'order-paid')
  expect(paid).toHaveLength(2)
  expect(paid[1]).toMatchObject({ amount: null, items: [] })
  expect(mei.titles.at(-1)).toContain('林小姐')
})

test('E1: paying in the shop ends the basket timer, by any of the item’s ids, and closes its open alerts', async () => {
  const { mei, customer } = await friends('qian')
  const does = inMall(brand.clock, customer)
  await does('add-to-cart', coat)
  await does('add-to-cart', scarf)
  await brand.settle()
  expect(mei.titles).toHaveLength(2)
  await brand.passes(30)
  const { orderNo } = await customer.orders([coatByOuterId], { deliveries: 0 })
  await customer.pays(orderNo)
  await brand.settle()
  await brand.passes(100)

  const alerts = await lookAt(brand, customer).alerts()
  expect(alerts.filter(({ rule }) => rule === 'basket-not-ordered').map(({ subject }) => subject)).toEqual([scarf.id])
  const added = alerts.filter(({ rule }) => rule === 'added-to-basket')
  expect(added.map(({ subject, state }) => [subject, state]).toSorted()).toEqual([[coat.id, 'retracted'], [scarf.id, 'sent']])
  expect(mei.phone.find(({ title }) => title.includes(coat.title))?.replacedBy).toBe('已付款，不用跟进了')
  expect(brand.tencent.problems).toEqual([])
})

/** Lines of `npm run privacy -- locked` with this number. */
async function lockedUnder(number: string): Promise<string[]> {
  let text = ''
  await showLocked({ locked: brand.server.stores.locked, write: (part) => (text += part) }, 200)
  return text.split('\n').filter((line) => line.includes(` ${number}`))
}

/** 林小姐, who has ordered, has not paid yet, and will have herself erased. */
async function beforeErasure(name: string) {
  const mei = brand.tencent.staff(`mei-of-${name}`, { name: '小梅' })
  const lin = brand.tencent.customer(name, { name: '林小姐' })
  await mei.adds(lin)
  await lin.follows()
  const { orderNo } = await lin.orders([coatInShop, scarfInShop])
  await brand.passes(1)
  const names = [lin.externalUserId, lin.unionId, ...Object.values(lin.openIds)].filter((id): id is string => typeof id === 'string')
  return {
    mei,
    lin,
    orderNo,
    erases: () => brand.server.useCases.eraseCustomer.erase(`external:${lin.externalUserId}` as IdentityKey, 'request', 'person', 'customer'),
    traces: () => brand.server.stores.eraser.search(names),
  }
}

test('C4 A3: an order that was open at the erasure and is paid after it is locked away with its amount, however silent the shop, and with what is given back', async () => {
  const { mei, lin, orderNo, erases, traces } = await beforeErasure('lin-pays-late')
  await erases()
  await brand.settle()
  const rung = mei.phone.length
  brand.clock.move(60_000)
  brand.tencent.weather.failNext(502, { api: 'channels/ec/order/get', times: 2 })
  await lin.pays(orderNo)
  await brand.settle()
  expect(await lockedUnder(orderNo)).toEqual([])
  brand.tencent.weather.comeBack()
  await brand.passes(1)
  expect(await lockedUnder(orderNo)).toEqual([expect.stringMatching(/wechat-shop order-paid  3398.00/)])
  const { no } = await lin.asksForRefund(orderNo)
  await lin.refundBecomes(no, 'MERCHANT_REFUND_SUCCESS', { deliveries: 2 })
  await brand.passes(1)
  expect((await lockedUnder(orderNo)).toSorted()).toEqual([expect.stringMatching(/order-paid  3398.00/), expect.stringMatching(/wechat-shop refunded  \d+.00/)])
  expect(await traces()).toEqual([])
  expect(mei.phone).toHaveLength(rung)
})

test('C4 A3: who was erased, pays, and follows again before we have read either, has the payment locked away and begins with the follow alone', async () => {
  const { lin, orderNo, erases } = await beforeErasure('lin-follows-again')
  await erases()
  await brand.settle()
  brand.clock.move(60_000)
  await lin.pays(orderNo)
  brand.clock.move(60_000)
  await lin.follows()
  await brand.settle()
  expect(await lockedUnder(orderNo)).toEqual([expect.stringContaining('order-paid  3398.00')])
  expect((await lookAt(brand, lin).timeline()).map(({ kind }) => kind)).toEqual(['followed-account'])
})

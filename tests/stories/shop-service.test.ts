import { afterAll, beforeAll, expect, test } from 'vitest'
import { staffId } from '../../server/domain/ids.ts'
import { lookAt } from '../support/look.ts'
import { coatInShop, scarfInShop } from '../support/mall.ts'
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
  await brand.settle()
  return { mei, customer }
}

async function bought(name: string) {
  const both = await friends(name)
  const { orderNo } = await both.customer.orders([coatInShop, scarfInShop])
  await both.customer.pays(orderNo)
  await brand.passes(1)
  return { ...both, orderNo }
}

const afterSale = 'channels/ec/aftersale/getaftersaleorder'

test('A3 E1: a refund asked for rings with what, how much and why, once, although the callback names the platform', async () => {
  const { mei, customer, orderNo } = await bought('lin')
  const { no, statuses } = await customer.asksForRefund(orderNo, { type: 'RETURN', reason: '尺码不合适', deliveries: 3 })
  await brand.settle()
  expect(statuses).toEqual([200, 200, 200])
  expect(mei.titles.filter((title) => title.includes('申请退货退款'))).toHaveLength(1)
  expect(mei.titles.at(-1)).toContain('羊绒大衣')

  await brand.passes(30)
  await customer.refundBecomes(no, 'USER_WAIT_RETURN')
  await brand.passes(30)
  await customer.refundBecomes(no, 'MERCHANT_REFUND_SUCCESS')
  await brand.settle()
  const timeline = await lookAt(brand, customer).timeline()
  const steps = timeline.filter((event) => 'afterSale' in event)
  expect(steps.map(({ kind }) => kind)).toEqual(['refund-asked', 'refunded'])
  expect(steps[0]).toMatchObject({ orderNo, amount: 339_800, afterSale: { no, type: 'return', reason: '尺码不合适' } })
  expect(mei.titles.filter((title) => title.includes('申请'))).toHaveLength(1)
  expect(brand.tencent.problems).toEqual([])
})

test('A3: an application withdrawn is closed on the timeline; buying the same again does not close the alert about it', async () => {
  const { customer, orderNo } = await bought('zhou')
  const { no } = await customer.asksForRefund(orderNo)
  await brand.passes(1)
  const again = await customer.orders([coatInShop])
  await customer.pays(again.orderNo)
  await brand.settle()
  const alert = (await lookAt(brand, customer).alerts()).find(({ rule }) => rule === 'refund-asked')
  expect(alert?.state).toBe('sent')
  await customer.refundBecomes(no, 'USER_CANCELD')
  await brand.settle()
  expect((await lookAt(brand, customer).timeline()).map(({ kind }) => kind)).toContain('refund-closed')
})

test('A3 B1: while the shop is silent about an after-sale it waits, and rings when the shop speaks again', async () => {
  const { mei, customer, orderNo } = await bought('wu')
  brand.tencent.weather.failNext(502, { api: afterSale, times: 2 })
  await customer.asksForRefund(orderNo)
  await brand.settle()
  expect(mei.titles.some((title) => title.includes('申请退款'))).toBe(false)
  brand.tencent.weather.comeBack()
  await brand.passes(1)
  expect(mei.titles.at(-1)).toContain('申请退款 ¥3,398')
})

test('A3: called too often (45009) it waits as well; refused for good, or silent too long, it rings with what we know', async () => {
  const { mei, customer, orderNo } = await bought('xu')
  brand.tencent.weather.refuseNext(45009, { api: afterSale })
  const { no } = await customer.asksForRefund(orderNo)
  await brand.settle()
  expect(mei.titles.some((title) => title.includes('申请退款'))).toBe(false)
  await brand.passes(1)
  expect(mei.titles.at(-1)).toContain('申请退款 ¥3,398')

  const other = await bought('qian')
  brand.tencent.weather.refuseNext(48001, { api: afterSale })
  await other.customer.asksForRefund(other.orderNo)
  await brand.settle()
  expect(other.mei.titles.at(-1)).toContain('申请退款')
  expect(other.mei.titles.at(-1)).not.toContain('¥')

  const third = await bought('sun')
  brand.tencent.weather.failNext(502, { api: afterSale, times: 50 })
  await third.customer.asksForRefund(third.orderNo)
  for (let minute = 0; minute < 8; minute += 1) await brand.passes(1)
  brand.tencent.weather.comeBack()
  expect(third.mei.titles.at(-1)).toContain('申请退款')
  await customer.refundBecomes(no, 'MERCHANT_REFUND_SUCCESS')
  await brand.settle()
})

test('A3: an after-sale of an order nobody knows is kept with its reason, and names nobody', async () => {
  const before = (await brand.server.stores.inbox.list('unrecognised', 50)).length
  const { customer } = await friends('li')
  const { orderNo } = await customer.orders([coatInShop], { deliveries: 0 })
  brand.tencent.weather.refuseNext(100002, { api: afterSale })
  await customer.asksForRefund(orderNo)
  await brand.settle()
  const kept = await brand.server.stores.inbox.list('unrecognised', 50)
  expect(kept.length).toBe(before + 1)
  expect(kept[0]?.reason).toContain('after-sale')
  expect(await lookAt(brand, customer).timeline()).toMatchObject([{ kind: 'became-contact' }])
})

test('A3 E1: a complaint rings like a refund asked for', async () => {
  const { mei, customer, orderNo } = await bought('zhao')
  await customer.complains(orderNo)
  await brand.settle()
  expect(mei.titles.at(-1)).toContain('申请了平台介入，羊绒大衣')
})

test('A3 E1: a card of a product in customer service is a question about it, at once and once; a price asked there is one', async () => {
  const { mei, customer } = await friends('feng')
  await customer.takesCoupon()
  await brand.settle()
  await customer.asksInShop(coatInShop)
  await brand.settle()
  expect(mei.titles).toEqual([expect.stringContaining('在小店客服问了羊绒大衣')])
  await customer.asksInShop(coatInShop)
  await brand.settle()
  expect(mei.titles).toHaveLength(1)
  await customer.asksInShop('这件多少钱')
  await brand.settle()
  expect(mei.titles.at(-1)).toContain('在小店客服问「这件多少钱」')
  const { orderNo } = await customer.orders([scarfInShop])
  await customer.asksInShop({ orderNo })
  await brand.settle()
  expect(mei.titles.at(-1)).toContain('在小店客服问了订单，羊毛围巾')
})

test('A3 C1: a coupon taken tells whose openid it is, before there is any order', async () => {
  const { customer } = await friends('chen')
  const { couponNo } = await customer.takesCoupon({ format: 'xml' })
  await brand.settle()
  const look = lookAt(brand, customer)
  expect(await look.persons()).toHaveLength(1)
  const { orderNo } = await customer.orders([coatInShop])
  await customer.usesCoupon(couponNo, orderNo)
  await customer.losesCoupon((await customer.takesCoupon()).couponNo)
  await customer.sharesForShop(true)
  await customer.sharesForShop(false)
  await brand.settle()
  expect((await look.timeline()).map(({ kind }) => kind).toSorted()).toEqual([
    'became-contact', 'became-sharer', 'claim-coupon', 'claim-coupon', 'coupon-expired', 'left-sharers', 'order-created', 'used-coupon',
  ])
})

test('A3: a silent coupon API never keeps the coupon from the timeline', async () => {
  const { customer } = await friends('wei')
  brand.tencent.weather.failNext(502, { api: 'channels/ec/coupon/get_user_coupon', times: 50 })
  await customer.takesCoupon()
  for (let minute = 0; minute < 8; minute += 1) await brand.passes(1)
  brand.tencent.weather.comeBack()
  expect((await lookAt(brand, customer).timeline()).map(({ kind }) => kind)).toContain('claim-coupon')
})

test('A3: an order that a member’s forwarding brought is credited to her, by the shop’s own name for her', async () => {
  const { mei, customer } = await friends('jiang')
  await brand.server.useCases.syncContacts()
  const { orderNo } = await customer.orders([coatInShop], { forwardedBy: mei.userid })
  await brand.settle()
  const created = (await lookAt(brand, customer).timeline()).find(({ kind }) => kind === 'order-created')
  expect(created).toMatchObject({ orderNo, creditedTo: [staffId(mei.userid)] })
  expect(brand.tencent.problems).toEqual([])
})

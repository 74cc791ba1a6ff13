import { afterEach, expect, test, vi } from 'vitest'
import { StoreUnavailable, TencentRefused, TencentUnreachable } from '../../server/domain/errors.ts'
import { lookAt } from '../support/look.ts'
import { coatInShop, scarfInShop } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'

let brand: TestBrand
afterEach(() => brand.close())

const missed = { deliveries: 0 }
const day = 24 * 60
const orderList = 'channels/ec/order/list/get'
const reconcile = async () => {
  const count = await brand.server.useCases.reconcileShop()
  await brand.settle()
  return count
}

async function opened(at = '2026-03-02T10:00') {
  brand = await openBrand({ at })
  await brand.server.useCases.reconcileShop()
  const mei = brand.tencent.staff('mei', { name: '小梅' })
  const lin = brand.tencent.customer('lin', { name: '林小姐' })
  await mei.adds(lin)
  await brand.passes(1)
  const look = lookAt(brand, lin)
  return { mei, lin, kinds: async () => (await look.timeline()).map(({ kind }) => kind), look }
}

test('A3 B2: an outage longer than the platform’s retries is repaired, and what arrives late after all changes nothing', async () => {
  const { mei, lin, kinds, look } = await opened()
  const { orderNo } = await lin.orders([coatInShop], missed)
  await brand.passes(5)
  await lin.pays(orderNo, missed)
  await brand.passes(300)
  await lin.isSent(orderNo, missed)
  await brand.passes(60)

  expect(await reconcile()).toMatchObject({ orders: 1, repaired: 1 })
  const whole = ['became-contact', 'order-created', 'order-paid', 'order-delivered']
  expect(await kinds()).toEqual(whole)
  const paid = (await look.timeline()).find(({ kind }) => kind === 'order-paid')
  expect(paid).toMatchObject({ orderNo, amount: 299_900, items: [{ id: coatInShop.productId, title: coatInShop.title }] })
  const alerts = await look.alerts()
  expect(alerts.map(({ rule }) => rule)).toEqual(['order-paid'])
  // More than two hours old: it rings nobody by itself.
  expect(mei.titles).toEqual([])

  for (const letter of brand.tencent.letters.filter(({ channel }) => channel === 'wechat-shop')) {
    expect(await brand.tencent.delivers(letter)).toBe(200)
  }
  await brand.settle()
  expect(await kinds()).toEqual(whole)
  expect((await look.alerts()).map(({ key }) => key)).toEqual(alerts.map(({ key }) => key))
  expect(await reconcile()).toMatchObject({ repaired: 0 })
  expect(brand.tencent.problems).toEqual([])
})

test('A3: what callbacks told already is not told again, and a step missed in between is added', async () => {
  const { mei, lin, kinds } = await opened()
  const { orderNo } = await lin.orders([coatInShop])
  await brand.passes(1)
  await lin.pays(orderNo)
  await brand.passes(1)
  expect(mei.titles).toHaveLength(1)
  expect(await reconcile()).toMatchObject({ orders: 1, repaired: 0 })

  await brand.passes(30)
  await lin.isSent(orderNo, missed)
  await brand.passes(30)
  await lin.confirms(orderNo, missed)
  expect(await reconcile()).toMatchObject({ repaired: 1 })
  expect(await kinds()).toEqual(['became-contact', 'order-created', 'order-paid', 'order-delivered', 'order-received'])
  expect(mei.titles).toHaveLength(1)
})

test('A3 E1: a refund asked for while nobody heard is found, by its order and by the list of after-sales; so is its end', async () => {
  const { mei, lin, kinds } = await opened()
  const { orderNo } = await lin.orders([coatInShop])
  await brand.passes(1)
  await lin.pays(orderNo)
  await brand.passes(1)
  await brand.passes(3 * day)
  await reconcile()
  const { no } = await lin.asksForRefund(orderNo, missed)
  await brand.passes(10)
  expect(await reconcile()).toMatchObject({ repaired: 1 })
  expect(mei.titles.at(-1)).toContain('申请退款 ¥2,999，羊绒大衣')
  await brand.passes(2 * day)
  await lin.refundBecomes(no, 'MERCHANT_REFUND_SUCCESS', missed)
  await brand.passes(10)
  await reconcile()
  expect(await kinds()).toEqual(['became-contact', 'order-created', 'order-paid', 'refund-asked', 'refunded'])
  expect((await lookAt(brand, lin).alerts()).filter(({ rule }) => rule === 'refund-asked')).toHaveLength(1)
  await lin.refundBecomes(no, 'MERCHANT_REFUND_SUCCESS')
  await brand.settle()
  expect(await kinds()).toHaveLength(5)
  expect(brand.tencent.problems).toEqual([])
})

test('A3: three weeks and more than a page are read in ranges that the shop allows', async () => {
  const { lin, kinds } = await opened()
  for (let week = 0; week < 3; week += 1) {
    for (let order = 0; order < 5; order += 1) await lin.orders([scarfInShop], missed)
    brand.clock.move(7 * day * 60_000)
  }
  for (let order = 0; order < 105; order += 1) await lin.orders([scarfInShop], missed)
  expect(await reconcile()).toMatchObject({ orders: 120, repaired: 120 })
  expect((await kinds()).filter((kind) => kind === 'order-created')).toHaveLength(120)
  expect(brand.tencent.problems).toEqual([])
})

test('A3: a run that is cut short goes on where it stopped, in another process too', async () => {
  const { lin, kinds } = await opened()
  for (let order = 0; order < 130; order += 1) await lin.orders([scarfInShop], missed)
  await brand.passes(60)
  const { highWater } = brand.server.stores
  const reads = () => brand.tencent.calls.filter(({ api, status }) => api === 'channels/ec/order/get' && status === 200).length
  // The mark moved past the first page; then the process dies.
  const put = vi.spyOn(highWater, 'put').mockImplementationOnce(async (name, mark) => {
    put.mockRestore()
    await highWater.put(name, mark)
    throw new StoreUnavailable()
  })
  await expect(brand.server.useCases.reconcileShop()).rejects.toThrow(StoreUnavailable)
  expect(reads()).toBe(100)
  const other = await brand.another()
  await other.useCases.reconcileShop()
  await brand.settle()
  expect(reads()).toBe(130)
  expect((await kinds()).filter((kind) => kind === 'order-created')).toHaveLength(130)
})

test.each([
  ['silent', () => brand.tencent.weather.failNext(502, { api: orderList }), TencentUnreachable],
  ['busy (45009)', () => brand.tencent.weather.refuseNext(45009, { api: orderList }), TencentRefused],
])('A3: a shop that is %s is asked again by the next run, and nothing is lost', async (_, weather, error) => {
  const { lin, kinds } = await opened()
  await lin.orders([coatInShop], missed)
  await brand.passes(60)
  weather()
  await expect(brand.server.useCases.reconcileShop()).rejects.toThrow(error)
  await brand.passes(60)
  await reconcile()
  expect(await kinds()).toEqual(['became-contact', 'order-created'])
})

test('A3: a shop that gives us no right to its lists is told to the operator, and stops nothing', async () => {
  await opened()
  await brand.passes(60)
  brand.tencent.weather.refuseNext(48001, { api: orderList })
  expect(await brand.server.useCases.reconcileShop()).toEqual({ orders: 0, afterSales: 0, repaired: 0 })
  expect(brand.log.text()).toContain('the shop does not let us reconcile')
})

test('A3: a cursor that lost its meaning is given up, and the range is read from its beginning', async () => {
  const { lin, kinds } = await opened()
  for (let order = 0; order < 5; order += 1) await lin.orders([scarfInShop], missed)
  await brand.passes(60)
  const { highWater } = brand.server.stores
  const name = `shop-orders:${brand.tencent.brand.shop.appId}`
  const mark = await highWater.get(name)
  await highWater.put(name, { upTo: mark?.upTo ?? new Date(0), underWay: { to: brand.clock.now(), cursor: 'of-another-year' } })
  await reconcile()
  expect((await kinds()).filter((kind) => kind === 'order-created')).toHaveLength(5)
  expect(await highWater.get(name)).toEqual({ upTo: brand.clock.now(), underWay: null })
})

test('A3 B1: after an outage of our store the shop is asked at once', async () => {
  brand = await openBrand({ at: '2026-03-02T10:00', loops: true })
  const { server, tencent, clock } = brand
  const lin = tencent.customer('lin')
  const asked = () => tencent.calls.filter(({ api }) => api === orderList).length
  await vi.waitFor(() => expect(asked()).toBeGreaterThan(0), 30_000)
  await vi.waitFor(async () => expect(await server.stores.highWater.get(`shop-after-sales:${tencent.brand.shop.appId}`)).not.toBeNull(), 30_000)
  clock.move(5 * 3600_000)
  await lin.orders([coatInShop], missed)
  clock.move(60_000)
  const away = vi.spyOn(server.stores.inbox, 'oldest').mockRejectedValueOnce(new StoreUnavailable())
  const kinds = async () => (await lookAt(brand, lin).timeline()).map(({ kind }) => kind)
  await vi.waitFor(async () => expect(await kinds()).toEqual(['order-created']), 30_000)
  away.mockRestore()
})

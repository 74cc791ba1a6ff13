import mongoose from 'mongoose'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Channel } from '../fake-tencent/post.ts'
import { lookAt } from '../support/look.ts'
import { coatInShop } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'
import { payload, postPayload } from '../support/sealed-fixture.ts'

let brand: TestBrand
let store: mongoose.Connection
/** Everybody of this file, made and read from WeCom once. */
let pairs: Pair[]
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00' })
  await brand.server.useCases.refreshPlatformKeys()
  pairs = []
  for (let number = 1; number <= 14; number += 1) pairs.push(await newPair(number))
  await brand.server.useCases.syncContacts()
  store = await mongoose.createConnection(String(brand.env['MONGODB_URI'])).asPromise()
})
afterEach(() => expect(brand.tencent.problems).toEqual([]))
afterAll(async () => {
  await store.close()
  await brand.close()
})

const hour = 3600_000
const stored = () => store.collection('inbox').countDocuments({})

type Pair = Awaited<ReturnType<typeof newPair>>

/** 小梅 and somebody whom she has; and the ids that stand in for those of the samples. */
async function newPair(number: number) {
  const { tencent, clock } = brand
  const mei = tencent.staff(`mei${number}`, { name: '小梅' })
  const lin = tencent.customer(`lin${number}`, { name: '林小姐' })
  await mei.adds(lin, { deliveries: 0, at: new Date(clock.now().getTime() - 24 * hour) })
  await lin.follows({ deliveries: 0 })
  const values = (more: Readonly<Record<string, string>> = {}) => ({
    openid: lin.openIds.account,
    corpId: tencent.brand.corpId,
    time: String(Math.floor(clock.now().getTime() / 1000)),
    msgId: `245000000000${10_000 + number}`,
    ...more,
  })
  return { number, mei, lin, values, look: lookAt(brand, lin) }
}

/** A pair of whom nothing has been told yet. */
function meiAndSomebody(): Pair {
  const pair = pairs.shift()
  if (!pair) throw new Error('nobody is left: make more of them')
  return pair
}

/** Each payload is posted and acked; how many of them the inbox took for something new. */
async function taken(channel: Channel, ...contents: readonly string[]): Promise<number> {
  const before = await stored()
  for (const content of contents) expect(await postPayload(brand, channel, content)).toBe(200)
  await brand.settle()
  return (await stored()) - before
}

const account = 'official-account' as const

test.each([
  ['follows and is scanned', ['subscribe-scene.xml', 'scan.xml'], ['followed-account', 'scanned-code']],
  ['is located and taps a menu', ['location-event.xml', 'click.xml'], ['tapped-menu']],
  ['taps a menu and opens a link', ['click.xml', 'view.xml'], ['opened-menu-link', 'tapped-menu']],
  ['taps and writes', ['click.xml', 'text.xml'], ['sent-message', 'tapped-menu']],
])('B2: somebody %s in one second: two events, each once though all come three times', async (_, files, kinds) => {
  const { values, look } = meiAndSomebody()
  const contents = files.map((file) => payload(`official-account/${file}`, values()))
  expect(await taken(account, ...contents, ...contents, ...contents.toReversed())).toBe(2)
  expect((await look.timeline()).map(({ kind }) => kind).toSorted()).toEqual(kinds)
})

test('B2: two menus tapped in one second are two taps', async () => {
  const { values, look } = meiAndSomebody()
  const tap = (menu: string) => payload('official-account/click.xml', values(), { MENU_PROMO: menu })
  expect(await taken(account, tap('MENU_PROMO'), tap('MENU_STORE'), tap('MENU_PROMO'), tap('MENU_STORE'))).toBe(2)
  const menus = (await look.timeline()).map((event) => (event.kind === 'tapped-menu' ? event.menuKey : ''))
  expect(menus.toSorted()).toEqual(['MENU_PROMO', 'MENU_STORE'])
})

test('B2: a text resent with its MsgId is one, whatever else differs; the same words under another MsgId are two', async () => {
  const { number, values, look, mei } = meiAndSomebody()
  const text = (more = {}, file = 'text.xml') => payload(`official-account/${file}`, values(more))
  const again = { time: String(Number(values().time) + 5) }
  const second = { msgId: `246000000000${10_000 + number}` }
  expect(await taken(account, text(), text(again), text({}, 'text.json'), text(again, 'text.json'))).toBe(1)
  expect(await taken(account, text(second), text(second))).toBe(1)
  expect(await look.timeline()).toHaveLength(2)
  expect(mei.titles).toHaveLength(2)
})

test('B2: WeCom calls everybody "sys": customers, members and changes of one second are all told apart', async () => {
  const [one, other] = [meiAndSomebody(), meiAndSomebody()]
  const told = (file: string, { mei, lin }: typeof one) =>
    payload(`wecom/${file}.xml`, one.values(), { ZhangSan: mei.userid, wmCUSTOMER0001: lin.externalUserId })
  await other.mei.adds(one.lin, { deliveries: 0 })
  const contents = [
    told('add-external-contact', one),
    told('add-external-contact', other),
    told('add-external-contact', { ...one, mei: other.mei }),
    told('edit-external-contact', one),
    told('edit-external-contact', other),
  ]
  expect(await taken('wecom', ...contents, ...contents.toReversed(), ...contents)).toBe(5)
  expect((await one.look.timeline()).map(({ kind }) => kind).toSorted()).toEqual(['became-contact', 'became-contact', 'edited-contact'])
  expect((await other.look.timeline()).map(({ kind }) => kind).toSorted()).toEqual(['became-contact', 'edited-contact'])
})

test('B2 A3: an application after the sale is told at each of its steps, however often each is sent', async () => {
  const { lin, values, look, mei } = meiAndSomebody()
  const { orderNo } = await lin.orders([coatInShop])
  await lin.pays(orderNo)
  const { no } = await lin.asksForRefund(orderNo, { deliveries: 0 })
  const step = (status: string, form: 'xml' | 'json') =>
    payload(`wechat-shop/aftersale.${form}`, { ...values(), orderId: orderNo }, { '2000000000000000001': no, MERCHANT_PROCESSING: status })
  expect(await taken('wechat-shop', step('MERCHANT_PROCESSING', 'json'), step('MERCHANT_PROCESSING', 'json'))).toBe(1)
  await lin.refundBecomes(no, 'MERCHANT_REFUND_SUCCESS', { deliveries: 0 })
  const done = step('MERCHANT_REFUND_SUCCESS', 'json')
  expect(await taken('wechat-shop', done, step('MERCHANT_PROCESSING', 'json'), done, step('MERCHANT_REFUND_SUCCESS', 'xml'))).toBe(2)
  const kinds = (await look.timeline()).map(({ kind }) => kind)
  expect(kinds.filter((kind) => /refund/.test(kind)).toSorted()).toEqual(['refund-asked', 'refunded'])
  expect(mei.titles.filter((title) => /退/.test(title))).toHaveLength(1)
})

test('B2 A3: an order’s step told as XML and as JSON is one fact and one alert', async () => {
  const { lin, values, look, mei } = meiAndSomebody()
  const { orderNo } = await lin.orders([coatInShop], { deliveries: 0 })
  const told = (step: 'new' | 'pay', form: 'xml' | 'json') =>
    payload(`wechat-shop/order-${step}.${form}`, { ...values(), orderId: orderNo }, {
      oBuyer: lin.openIds.shop,
      ...(step === 'pay' ? { '1767225660': values().time } : {}),
    })
  await taken('wechat-shop', told('new', 'xml'), told('new', 'json'))
  await lin.pays(orderNo, { deliveries: 0 })
  await taken('wechat-shop', told('pay', 'json'), told('pay', 'xml'), told('new', 'json'))
  expect((await look.timeline()).map(({ kind }) => kind).toSorted()).toEqual(['order-created', 'order-paid'])
  expect(mei.titles).toHaveLength(1)
})

test('B2 A4: a payment that is notified twice under different ids is one payment', async () => {
  const { number, lin, look, mei } = meiAndSomebody()
  await lin.startsMallSession()
  const sale = `MALL-${number}`
  await lin.paysInMall(sale, 12_900)
  const before = await stored()
  expect([await brand.tencent.pay.tells(sale), await brand.tencent.pay.tells(sale)]).toEqual([[200], [200]])
  await brand.settle()
  expect((await stored()) - before).toBeLessThanOrEqual(1)
  expect((await look.timeline()).map(({ kind }) => kind)).toEqual(['paid'])
  expect(mei.titles).toHaveLength(1)
})

test('B2: what comes again after 3.6 hours, after a day and after a week is known; what is new by then is not dropped', async () => {
  const { lin, values, look, mei } = meiAndSomebody()
  const { orderNo } = await lin.orders([coatInShop], { deliveries: 0 })
  const order = payload('wechat-shop/order-new.json', { ...values(), orderId: orderNo }, { oBuyer: lin.openIds.shop })
  const sent = { tap: payload('official-account/click.xml', values()), text: payload('official-account/text.xml', values()) }
  expect(await taken(account, sent.tap, sent.text)).toBe(2)
  expect(await taken('wechat-shop', order)).toBe(1)
  for (const [index, hours] of [3.6, 24, 7 * 24].entries()) {
    brand.clock.move(hours * hour)
    expect(await taken(account, sent.text, sent.tap)).toBe(0)
    expect(await taken('wechat-shop', order)).toBe(0)
    expect(await taken(account, payload('official-account/click.xml', values()))).toBe(1)
    expect((await look.timeline()).filter(({ kind }) => kind === 'tapped-menu')).toHaveLength(index + 2)
  }
  expect(mei.titles).toHaveLength(1)
})

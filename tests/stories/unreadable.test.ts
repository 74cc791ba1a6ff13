import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { lookAt } from '../support/look.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'

let brand: TestBrand
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00' })
})
afterEach(() => vi.restoreAllMocks())
afterAll(() => brand.close())

const inboxOf = () => brand.server.stores.inbox

test('B4 A1: what is trusted but cannot be read is set aside with its bytes, and holds nobody up', async () => {
  const mei = brand.tencent.staff('mei', { name: '小梅' })
  const lin = brand.tencent.customer('lin', { name: '林小姐' })
  await mei.adds(lin)
  await brand.settle()
  const { orderNo } = await lin.orders([{ productId: '1', title: '羊毛围巾', price: 39_900 }], { deliveries: 0 })
  const whole = brand.tencent.letters.at(-1)
  const { order_info: _lost, ...rest } = whole?.fields ?? {}
  expect(await brand.tencent.sends('wechat-shop', rest)).toEqual([200])
  await lin.follows()
  await brand.settle()

  expect(mei.titles).toEqual(['林小姐 刚关注了公众号'])
  const [aside] = await inboxOf().list('set-aside', 10)
  expect(aside?.reason).toContain('order_info')
  expect(new TextDecoder().decode(aside?.bytes)).toContain('channels_ec_order_new')
  expect(new TextDecoder().decode(aside?.bytes)).not.toContain(orderNo)
  expect(brand.log.text()).not.toContain(lin.openIds.shop)
})

test('B4 A1: a message of a kind that we do not use is acked and kept as unrecognised', async () => {
  const xu = brand.tencent.customer('xu')
  await xu.taps('BOOK_VISIT', { deliveries: 0 })
  const letter = brand.tencent.letters.at(-1)
  const fields = { ...letter?.fields, Event: 'SOMETHING_OF_NEXT_YEAR' }
  expect(await brand.tencent.sends('official-account', fields)).toEqual([200])
  await brand.settle()
  const kept = await inboxOf().list('unrecognised', 10)
  expect(kept.map(({ channel }) => channel)).toEqual(['official-account'])
  expect(await lookAt(brand, xu).timeline()).toEqual([])
})

test('B4: an event on which we fail stays in the inbox, shows as stuck after five tries, and holds nobody up', async () => {
  const zhou = brand.tencent.customer('zhou')
  const wu = brand.tencent.customer('wu')
  const { timeline } = brand.server.stores
  const add = timeline.add.bind(timeline)
  vi.spyOn(timeline, 'add').mockImplementation(async (events) => {
    if (events.some(({ who }) => who.kind === 'openid' && who.openId === zhou.openIds.account)) throw new TypeError('a bug')
    return add(events)
  })
  await zhou.writes('你好')
  await wu.writes('你好')
  await brand.settle()
  expect(await lookAt(brand, wu).timeline()).toHaveLength(1)
  expect((await inboxOf().depth()).waiting).toBe(1)
  for (let tries = 0; tries < 5; tries += 1) await brand.passes(11)
  const stuck = await inboxOf().list('stuck', 10)
  expect(stuck).toHaveLength(1)
  expect(stuck[0]).toMatchObject({ channel: 'official-account', attempts: 5 })
  expect((await inboxOf().depth()).waiting).toBe(0)
})

test('B2 A2: WeCom names everybody sys; different customers and members in one second are different events', async () => {
  const members = ['an', 'bo'].map((id) => brand.tencent.staff(id))
  const customers = ['qian', 'sun', 'he'].map((id) => brand.tencent.customer(id))
  for (const member of members) for (const customer of customers) await member.adds(customer, { deliveries: 2 })
  await brand.settle()
  for (const customer of customers) {
    const look = lookAt(brand, customer)
    expect((await look.timeline()).filter(({ kind }) => kind === 'became-contact')).toHaveLength(2)
    expect((await look.contact())?.follows).toHaveLength(2)
  }
  expect(brand.tencent.problems).toEqual([])
})

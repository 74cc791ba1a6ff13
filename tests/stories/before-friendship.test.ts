import { afterAll, beforeAll, expect, test } from 'vitest'
import { lookAt } from '../support/look.ts'
import { articleOf } from '../support/article.ts'
import { coat, inMall, scarf } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'

let brand: TestBrand
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00' })
})
afterAll(() => brand.close())

function people(name: string) {
  const mei = brand.tencent.staff(`mei-of-${name}`, { name: '小梅' })
  const customer = brand.tencent.customer(name, { name: '林小姐' })
  return { mei, customer, does: inMall(brand.clock, customer), look: lookAt(brand, customer) }
}

test('C2: what happened before the friendship is one briefing at its beginning, once, and no alerts', async () => {
  const { mei, customer, does, look } = people('lin')
  await customer.follows()
  await customer.writes('这件多少钱')
  await does('add-to-cart', coat)
  await brand.passes(10)
  await does('add-to-cart', scarf)
  await brand.passes(10)
  expect(mei.titles).toEqual([])

  await mei.adds(customer, { deliveries: 2 })
  await brand.settle()
  expect(mei.titles).toEqual(['林小姐 刚加上的客户，之前在公众号问过「这件多少钱」'])
  const [letter] = brand.tencent.letters.slice(-1)
  if (letter) await brand.tencent.delivers(letter)
  await brand.passes(1)
  expect(mei.titles).toHaveLength(1)
  expect(await look.persons()).toHaveLength(1)

  // The timers of the time before go on: their end is news of its own.
  await brand.passes(110)
  expect((await look.alerts()).filter(({ rule }) => rule === 'basket-not-ordered')).toHaveLength(2)
})

test('C2: with nothing to tell there is no message', async () => {
  const { mei, customer } = people('zhou')
  await mei.adds(customer)
  await brand.settle()
  expect(mei.titles).toEqual([])
})

test('C1: a contact known from the synchronisation is recognised as soon as the customer appears', async () => {
  const { mei, customer, look } = people('wu')
  await mei.adds(customer, { deliveries: 0, at: new Date('2025-06-01') })
  await brand.server.useCases.syncContacts()
  await customer.follows()
  await brand.settle()
  expect(mei.titles).toEqual(['林小姐 刚关注了公众号'])
  expect(await look.persons()).toHaveLength(1)
})

test('C1: somebody who reads without following is known by openid only, and recognised when they follow', async () => {
  const { mei, customer, look } = people('xu')
  await mei.adds(customer)
  await brand.settle()
  const article = await articleOf(brand, mei)
  for (let time = 0; time < 3; time += 1) {
    await customer.opens(article)
    await brand.passes(2)
  }
  expect(mei.titles).toEqual([])
  expect(await look.persons()).toHaveLength(2)

  await customer.follows()
  await brand.settle()
  expect(await look.persons()).toHaveLength(1)
  expect(mei.titles).toHaveLength(1)
  expect(mei.titles[0]).toContain('刚认出来的客户')
  const article3 = (await look.signals()).find(({ rule }) => rule === 'article-read-again')
  expect(article3?.standing).toBe(true)
})

test('C1: a tap on 用微信身份阅读 tells who reads, without following', async () => {
  const { mei, customer, look } = people('qian')
  await mei.adds(customer)
  await brand.settle()
  const article = await articleOf(brand, mei)
  const page = await customer.opens(article)
  await brand.settle()
  expect(await look.persons()).toHaveLength(2)
  const tap = /href="([^"]+\/identify[^"]*)"/.exec(page.html)?.[1]?.replaceAll('&amp;', '&')
  expect(tap).toBeDefined()
  const seen = await customer.opens(new URL(tap ?? '', brand.url).href)
  expect(seen.status).toBe(200)
  await brand.settle()
  expect(await look.persons()).toHaveLength(1)
  expect((await look.timeline()).filter(({ kind }) => kind === 'opened-content')).toHaveLength(1)
})

test('C1: wx.login tells the unionid: a mall visitor is the contact from the first row on', async () => {
  const { mei, customer, does, look } = people('sun')
  await mei.adds(customer)
  await brand.settle()
  await does('add-to-cart', coat)
  await brand.settle()
  expect(mei.titles).toHaveLength(1)
  const [person] = await look.persons()
  expect(person?.identities.map(({ evidence }) => evidence?.by)).toContain('code2session')
})

test('C1 B1: while user/info is away the event goes on; the link is owed, settled later, and told in one briefing', async () => {
  const { mei, customer, look } = people('he')
  await mei.adds(customer)
  await brand.settle()
  brand.tencent.weather.failNext(502, { api: 'user/info', times: 10 })
  await customer.follows()
  await customer.writes('多少钱')
  await brand.settle()
  expect(mei.titles).toEqual([])
  expect((await look.timeline()).map(({ kind }) => kind)).toContain('followed-account')
  brand.tencent.weather.comeBack()
  await brand.passes(30)
  expect(await look.persons()).toHaveLength(1)
  expect(mei.titles).toEqual(['林小姐 刚认出来的客户，之前在公众号问过「多少钱」'])
  await brand.passes(60)
  expect(mei.titles).toHaveLength(1)
})

test('C2: a link found after eight days tells nobody about what is older than seven', async () => {
  const { mei, customer, look } = people('gao')
  await mei.adds(customer)
  brand.tencent.weather.openPlatformBound(false)
  await customer.follows()
  await customer.writes('多少钱')
  await brand.settle()
  await brand.passes(8 * 24 * 60)
  brand.tencent.weather.openPlatformBound(true)
  await brand.server.useCases.syncContacts()
  await brand.passes(24 * 60)
  expect(await look.persons()).toHaveLength(1)
  expect(mei.titles).toEqual([])
  expect(brand.tencent.problems).toEqual([])
})

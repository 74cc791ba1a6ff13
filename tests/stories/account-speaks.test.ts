import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OpenId } from '../../server/domain/ids.ts'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import { lookAt } from '../support/look.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'

let brand: TestBrand
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00' })
})
afterAll(() => brand.close())

/** 小梅 and one customer of hers whom the account knows. */
async function friends(name: string) {
  const mei = brand.tencent.staff(`mei-of-${name}`, { name: '小梅' })
  const customer = brand.tencent.customer(name, { name: '林小姐' })
  await customer.follows()
  await brand.settle()
  brand.clock.move(60_000)
  await mei.adds(customer)
  await brand.settle()
  const before = mei.titles.length
  return { mei, customer, news: () => mei.titles.slice(before) }
}

test('A1 E1: following and leaving the account each ring, with a menu tap between them on the timeline', async () => {
  const { customer, news } = await friends('lin')

  brand.clock.move(60_000)
  await customer.unfollows()
  brand.clock.move(60_000)
  await customer.follows({ scene: 'shop-window' })
  brand.clock.move(60_000)
  await customer.taps('BOOK_VISIT')
  await brand.settle()

  expect(news()).toEqual(['林小姐 取消关注了公众号', '林小姐 刚关注了公众号'])
  const kinds = (await lookAt(brand, customer).timeline()).map(({ kind }) => kind)
  expect(kinds).toEqual(['followed-account', 'became-contact', 'unfollowed-account', 'followed-account', 'tapped-menu'])
})

test('A2 A10: an unfollow that arrives after the follow that came later leaves the index of followers right', async () => {
  const { customer, news } = await friends('qin')
  const follower = () => followerOf(customer)
  brand.clock.move(60_000)
  await customer.unfollows({ deliveries: 0 })
  const late = brand.tencent.letters.findLast(({ channel }) => channel === 'official-account')!
  brand.clock.move(60_000)
  await customer.follows()
  await brand.settle()
  const before = await follower()
  expect(before).toMatchObject({ follows: true, toldAt: brand.clock.now() })

  await brand.tencent.delivers(late)
  await brand.settle()
  expect(await follower()).toEqual(before)
  const kinds = (await lookAt(brand, customer).timeline()).map(({ kind }) => kind)
  expect(kinds).toEqual(['followed-account', 'became-contact', 'unfollowed-account', 'followed-account'])
  expect(news().length).toBeGreaterThan(0)
  brand.clock.move(60_000)
  await customer.unfollows()
  await brand.settle()
  expect((await follower())?.follows).toBe(false)
})

/** Whether our index has the customer as a follower, and since when by the platform's word. */
async function followerOf(customer: CustomerActor) {
  const openId = customer.openIds.account as OpenId
  return (await brand.server.stores.followers.many([openId])).get(openId)
}

test('A10 A2: a follow within the second in which an unfollow was found in the list is heard, and told once', async () => {
  const { customer } = await friends('bai')
  const { clock, settle, server } = brand
  await server.useCases.synchronise()
  clock.move(86_400_000)
  await customer.unfollows({ deliveries: 0 })
  clock.move(600)
  await server.useCases.synchronise()
  await settle()
  expect((await followerOf(customer))?.follows).toBe(false)
  clock.move(200)
  await customer.follows()
  await settle()
  expect((await followerOf(customer))?.follows).toBe(true)
  clock.move(86_400_000 - 800)
  await server.useCases.synchronise()
  await settle()
  const kinds = (await lookAt(brand, customer).timeline()).map(({ kind }) => kind)
  expect(kinds.filter((kind) => kind === 'followed-account')).toHaveLength(2)
})

test('A10 A2: what user/info answers about a follower leaves when they last were told of, so that nothing older counts', async () => {
  const { clock, settle, tencent } = brand
  const customer = tencent.customer('gu')
  const later = async (act: Promise<unknown>) => {
    await act
    await settle()
    clock.move(3600_000)
  }
  tencent.weather.goDown({ api: 'user/info' })
  await later(customer.follows())
  await later(customer.unfollows({ deliveries: 0 }))
  const late = tencent.letters.findLast(({ channel }) => channel === 'official-account')!
  await later(customer.follows({ deliveries: 0 }))
  await later(customer.unfollows())
  const toldAt = (await followerOf(customer))?.toldAt
  await later(customer.follows({ deliveries: 0 }))
  tencent.weather.comeBack()
  await later(customer.taps('BOOK_VISIT'))
  expect(await followerOf(customer)).toMatchObject({ follows: true, toldAt })
  await later(tencent.delivers(late))
  expect((await followerOf(customer))?.follows).toBe(true)
})

test('A1 E1 E4: a question for the price rings each time, in whatever width it is written; small talk does not', async () => {
  const { customer, news } = await friends('zhou')
  const asks = ['这件多少钱？', '大 衣 价 格', 'Ｈｏｗ　ｍｕｃｈ is it', '今天天气真好', '好的']
  for (const text of asks) {
    brand.clock.move(30_000)
    await customer.writes(text)
  }
  await customer.sendsImage()
  await brand.settle()
  expect(news()).toHaveLength(3)
  expect(news().every((title) => title.startsWith('林小姐'))).toBe(true)
  expect((await lookAt(brand, customer).timeline()).filter(({ kind }) => kind === 'sent-message')).toHaveLength(6)
})

test('A1 B2: what Tencent sends three times rings once; two taps in one second are two', async () => {
  const { customer, news } = await friends('wu')
  expect(await customer.writes('多少钱', { deliveries: 3 })).toEqual([200, 200, 200])
  await customer.taps('BOOK_VISIT')
  await customer.taps('NEW_COATS')
  await brand.settle()
  expect(news()).toHaveLength(1)
  const taps = (await lookAt(brand, customer).timeline()).filter(({ kind }) => kind === 'tapped-menu')
  expect(taps).toHaveLength(2)
})

test('A1 B2: a resend hours and days later changes nothing', async () => {
  const { mei, customer } = await friends('xu')
  await customer.writes('怎么卖')
  const letter = brand.tencent.letters.at(-1)
  await brand.settle()
  const before = { titles: mei.titles.length, timeline: await lookAt(brand, customer).timeline() }
  for (const hours of [5, 24, 6 * 24]) {
    brand.clock.move(hours * 3600_000)
    expect(letter && (await brand.tencent.delivers(letter))).toBe(200)
    await brand.settle()
  }
  expect(mei.titles).toHaveLength(before.titles)
  expect(await lookAt(brand, customer).timeline()).toEqual(before.timeline)
  expect(brand.tencent.problems).toEqual([])
})

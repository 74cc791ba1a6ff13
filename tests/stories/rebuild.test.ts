import mongoose from 'mongoose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import type { StaffActor } from '../fake-tencent/staff.ts'
import { articleOf } from '../support/article.ts'
import { mallJoin } from '../support/linking.ts'
import { coat, coats, coatInShop, inMall, scarf } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'
import { differencesOf, runsRebuild, verifies } from '../support/rebuild.ts'

let brand: TestBrand
let mei: StaffActor
let lin: CustomerActor
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00' })
  mei = brand.tencent.staff('mei', { name: '小梅' })
  lin = brand.tencent.customer('lin', { name: '林小姐' })
})
afterAll(() => brand.close())

/** The seed scenario and more: before and after friendship, links, shares, mall, shop with after-sale, menu, chat. */
async function playsEverything(): Promise<void> {
  const { tencent, clock, settle, passes } = brand
  const zhou = tencent.customer('zhou')
  const does = inMall(clock, lin)
  await does('view-item', coat)
  await settle()
  await zhou.follows()
  await mei.adds(lin)
  await settle()
  await lin.follows()
  await lin.taps('预约到店')
  await lin.writes('这件多少钱')
  await passes(1)
  const article = await articleOf(brand, mei)
  for (let visit = 0; visit < 3; visit += 1) {
    const seen = await lin.opens(article)
    const share = /property="og:url" content="(?<url>[^"]+)"/.exec(seen.html)?.groups?.url
    if (share) await zhou.opens(share)
    await passes(2)
  }
  for (const each of coats) await does('view-item', each)
  await does('add-to-cart', coat)
  await does('add-to-cart', scarf)
  await passes(125)
  const { orderNo } = await lin.orders([coatInShop])
  await lin.pays(orderNo)
  await passes(1)
  await lin.unfollows()
  await brand.server.useCases.syncContacts()
  await brand.server.useCases.reconcileShop()
  await settle()
}

test('B5: after a day of everything, links, timelines, memory and signals are what bytes and observations say, twice', async () => {
  await playsEverything()
  const report = await verifies(brand)
  expect(differencesOf(report)).toEqual([])
  expect(report).toMatchObject({ equal: true, code: 0, waiting: 0, unreadable: 0, verifiableFrom: null, given: { events: 0, joins: 0 } })
  for (const { kind, count } of report.kinds) expect(count, kind).toBeGreaterThan(0)
  expect(brand.tencent.problems).toEqual([])
})

test('B5: what arrives late and in another order is found the same', async () => {
  const late = { deliveries: 0 }
  const from = brand.tencent.letters.length
  await lin.follows(late)
  brand.clock.move(60_000)
  await lin.writes('羊绒大衣多少钱', late)
  brand.clock.move(60_000)
  const { orderNo } = await lin.orders([coatInShop], late)
  brand.clock.move(60_000)
  await lin.pays(orderNo, late)
  brand.clock.move(60_000)
  await lin.unfollows(late)
  for (const letter of brand.tencent.letters.slice(from).toReversed()) {
    await brand.tencent.delivers(letter)
    await brand.settle()
  }
  await brand.passes(30)
  expect(differencesOf(await verifies(brand))).toEqual([])
})

test('B5 C1: an undone join is undone in the rebuild too, and made to stand again it stands', async () => {
  const { id } = await mallJoin(brand, lin)
  await brand.server.useCases.undoJoin.undo(id)
  await brand.passes(1)
  await inMall(brand.clock, lin)('add-to-cart', scarf)
  await lin.startsMallSession()
  await brand.passes(10)
  const undone = await verifies(brand)
  expect(differencesOf(undone)).toEqual([])
  await brand.server.useCases.undoJoin.redo(id)
  await brand.passes(1)
  const again = await verifies(brand)
  expect(differencesOf(again)).toEqual([])
  expect(again.kinds[0]?.hashes.live).not.toBe(undone.kinds[0]?.hashes.live)
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ConfigInvalid } from '../../server/domain/errors.ts'
import { usualDays } from '../../server/domain/retention.ts'
import { showPeriods } from '../../server/commands/privacy-periods.ts'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import { articleOf } from '../support/article.ts'
import { everythingStored } from '../support/everything-stored.ts'
import { lookAt } from '../support/look.ts'
import { coat, coatInShop, inMall } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'

let brand: TestBrand
let lin: CustomerActor
let zhou: CustomerActor
let article: string
const dayMs = 86_400_000

beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00' })
  const mei = brand.tencent.staff('mei', { name: '小梅' })
  lin = brand.tencent.customer('lin', { name: '林小姐' })
  zhou = brand.tencent.customer('zhou', { name: '周女士' })
  article = await articleOf(brand, mei)
  await mei.adds(lin)
  await lin.follows()
  for (const customer of [lin, zhou]) {
    await customer.opens(article)
    await inMall(brand.clock, customer)('view-item', coat)
  }
  await brand.settle()
})
afterAll(async () => {
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

/** A night with the daily job, and whatever it asks the worker to do. */
async function night() {
  const run = await brand.server.useCases.enforceRetention()
  await brand.settle()
  return run
}

const stored = () => everythingStored(String(brand.env['MONGODB_URI']))
const kindsOf = async (customer: CustomerActor) => (await lookAt(brand, customer).timeline()).map(({ kind }) => kind)

test('C6: before its time nothing goes', async () => {
  brand.clock.move(89 * dayMs)
  expect((await night()).removed.strangers).toBe(0)
  expect(await kindsOf(zhou)).toEqual(['opened-content', 'view-item'])
})

test('C6: somebody who is active begins their ninety days anew', async () => {
  const wu = brand.tencent.customer('wu')
  await wu.opens(article)
  await brand.settle()
  await zhou.opens(article)
  await brand.settle()
  brand.clock.move(2 * dayMs)
  await night()
  expect((await lookAt(brand, zhou).persons()).length).toBeGreaterThan(0)
  expect((await lookAt(brand, wu).persons()).length).toBe(1)
})

test('C6: 91 days after her last visit 周女士, whom no salesperson has, is gone from every collection; 林小姐 stays', async () => {
  brand.clock.move(91 * dayMs)
  const { removed } = await night()
  expect(removed.strangers).toBeGreaterThan(0)
  expect(await lookAt(brand, zhou).persons()).toEqual([])
  const all = await stored()
  for (const id of [zhou.openIds.account, zhou.openIds.miniProgram, String(zhou.unionId)]) expect(all).not.toContain(id)
  expect(await kindsOf(lin)).toEqual(expect.arrayContaining(['became-contact', 'opened-content', 'view-item']))
  expect(await lookAt(brand, lin).contact()).not.toBeNull()
})

test('C6: who has gone may come back, and is somebody new', async () => {
  brand.clock.move(1000)
  await zhou.opens(article)
  await brand.settle()
  expect(await kindsOf(zhou)).toEqual(['opened-content'])
})

test('C6: raw messages, alerts and the timeline go by their own periods; purchases stay three years, and then go too', async () => {
  const { orderNo } = await lin.orders([coatInShop])
  await lin.pays(orderNo)
  await brand.settle()
  brand.clock.move(91 * dayMs)
  expect((await night()).removed['inbox-handled']).toBeGreaterThan(0)
  brand.clock.move((usualDays.events - 90) * dayMs)
  const later = await night()
  expect(later.removed.events).toBeGreaterThan(0)
  expect(later.removed.alerts).toBeGreaterThan(0)
  expect(new Set(await kindsOf(lin))).toEqual(new Set(['order-created', 'order-paid']))
  brand.clock.move((usualDays.purchases - usualDays.events) * dayMs)
  expect((await night()).removed.purchases).toBeGreaterThan(0)
  expect(await kindsOf(lin)).toEqual([])
  expect(await lookAt(brand, lin).contact()).not.toBeNull()
})

test('C6: the salesperson’s part ends: ninety days later the customer is gone as well', async () => {
  const chen = brand.tencent.customer('chen')
  const mei = brand.tencent.staff('mei')
  await mei.adds(chen)
  await brand.settle()
  await night()
  await mei.removes(chen)
  await brand.settle()
  brand.clock.move(80 * dayMs)
  await night()
  expect(await lookAt(brand, chen).contact()).not.toBeNull()
  brand.clock.move(11 * dayMs)
  await night()
  expect(await lookAt(brand, chen).contact()).toBeNull()
  expect(await stored()).not.toContain(chen.externalUserId)
})

test('C6: the operator reads each kind with its period and what the last run removed', async () => {
  const { at } = await night()
  let text = ''
  const { retention } = brand.server.stores
  await showPeriods({ retention, days: usualDays, write: (part) => (text += part) })
  expect(text).toContain(`last run ${at.toISOString().slice(0, 19)}Z`)
  expect(text).toMatch(/strangers +90 d +\d+/)
  expect(text).toMatch(/purchases +1095 d +0/)
  expect(text).toContain('people without a salesperson')
  expect(text).toContain('with the person')
})

test('C6: a period outside its bounds, or shorter than the rules look back, stops the start and is named', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'periods-'))
  const path = join(folder, 'retention.json')
  writeFileSync(path, JSON.stringify({ purchases: 30, strangers: 7 }))
  await expect(openBrand({ env: { RETENTION_FILE: path } })).rejects.toThrow('retention.json purchases: must be whole days from 1095 to 3650')
  writeFileSync(path, JSON.stringify({ strangers: 7 }))
  await expect(openBrand({ env: { RETENTION_FILE: path } })).rejects.toThrow(ConfigInvalid)
  rmSync(folder, { recursive: true })
})

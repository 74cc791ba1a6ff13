import mongoose from 'mongoose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { identityKey, type ExternalUserId, type IdentityKey } from '../../server/domain/ids.ts'
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
  expect(report).toMatchObject({
    equal: true,
    code: 0,
    waiting: 0,
    unreadable: 0,
    verifiableFrom: null,
    given: { events: 0, joins: 0 },
  })
  expect(report.kinds.filter(({ count }) => count === 0)).toEqual([])
  expect(brand.tencent.problems).toEqual([])
})

test('B5 C1: what arrives late is found the same; an undone join is undone in the rebuild too, and made to stand again it stands', async () => {
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

/** Changes documents behind the product's back. */
async function tampers(work: (connection: mongoose.Connection) => Promise<unknown>): Promise<void> {
  const connection = await mongoose.createConnection(String(brand.env['MONGODB_URI'])).asPromise()
  await work(connection)
  await connection.close()
}

const contactOf = (customer: CustomerActor): IdentityKey =>
  identityKey({ kind: 'external', externalUserId: customer.externalUserId as ExternalUserId })

test('B5: an event that was changed, removed or made up is found and named without anybody’s data', async () => {
  let before: mongoose.mongo.BSON.Document[] = []
  await tampers(async (connection) => {
    const timeline = connection.collection('timeline')
    const found = await Promise.all(['sent-message', 'order-paid'].map((kind) => timeline.findOne({ kind })))
    before = found.filter((one) => one !== null)
    await timeline.updateOne({ _id: before[0]?.['_id'] }, { $set: { 'body.text': '不要了' } })
    await timeline.deleteOne({ _id: before[1]?.['_id'] })
    await timeline.insertOne({ ...before[0], _id: 'made-up' as never })
  })
  const { said, code } = await runsRebuild(brand, '--verify')
  expect(code).toBe(1)
  const named = [
    'different: sent-message from official-account',
    'extra: sent-message from official-account',
    'missing: order-paid from wechat-shop',
    'NOT equal',
  ]
  for (const words of named) expect(said).toContain(words)
  for (const personal of ['不要了', '多少钱', '林小姐', lin.externalUserId, ...Object.values(lin.openIds)])
    expect(said).not.toContain(personal)
  await tampers(async (connection) => {
    await connection.collection('timeline').deleteMany({ _id: { $in: ['made-up', before[0]?.['_id']] as never[] } })
    await connection.collection('timeline').insertMany(before as never[])
  })
})

test('B5: memory and signals that were lost or made up are found, and npm run rebuild puts them right without ringing', async () => {
  await lin.startsMallSession()
  await inMall(brand.clock, lin)('add-to-cart', { ...scarf, id: 'a-fresh-scarf' })
  await brand.passes(1)
  const rung = mei.titles.length
  await tampers(async (connection) => {
    const signals = connection.collection('signals')
    const lost = await signals.findOne({ standing: true })
    await signals.deleteOne({ _id: lost?._id as never })
    await signals.insertOne({ ...lost, _id: 'price-asked||made-up', causeKey: 'made-up' } as never)
    await connection.collection('memories').deleteMany({})
  })
  const broken = differencesOf(await verifies(brand)).join('\n')
  for (const word of ['memory', 'missing memory of a human', 'signals', 'missing signal of', 'extra signal of'])
    expect(broken).toContain(word)
  const { said, code } = await runsRebuild(brand)
  expect([said, code]).toEqual([expect.stringContaining('1 signals put back, 1 taken back'), 0])
  expect(differencesOf(await verifies(brand))).toEqual([])
  await brand.settle()
  expect(mei.titles).toHaveLength(rung)
  // The timer that was put back fires as if it had never been away.
  await brand.passes(125)
  expect(mei.titles.length).toBe(rung + 1)
})

test('B5 C4: of who paused or was erased nothing comes back', async () => {
  const chen = brand.tencent.customer('chen', { name: '陈小姐' })
  await mei.adds(chen)
  await chen.follows()
  await brand.passes(1)
  const { pauseCustomer, eraseCustomer } = brand.server.useCases
  await pauseCustomer.pause(contactOf(lin), brand.clock.now(), 'customer')
  await brand.passes(1)
  await lin.writes('还在吗')
  await eraseCustomer.erase(contactOf(chen), 'request', 'person', 'customer')
  await brand.passes(2)
  expect(differencesOf(await verifies(brand))).toEqual([])
})

test('B5: of a time whose bytes are gone what was stored is taken as it is, and the report says from when on it can tell', async () => {
  await tampers((connection) =>
    connection.collection('inbox').updateMany({}, { $set: { storedAt: new Date('2026-03-02T02:00:00Z') } }),
  )
  await tampers((connection) =>
    connection.collection('timeline').updateMany({}, { $set: { storedAt: new Date('2025-11-02T02:00:00Z') } }),
  )
  await tampers((connection) => connection.collection('inbox').deleteMany({ channel: 'official-account' }))
  const report = await verifies(brand)
  expect(report.verifiableFrom).toBe('2026-03-03T02:00:00.000Z')
  expect(report.given.events).toBeGreaterThan(0)
  expect(report.kinds.find(({ kind }) => kind === 'timeline')).toMatchObject({ equal: true })
  await expect(runsRebuild(brand, '--nonsense')).rejects.toThrow('npm run rebuild')
})

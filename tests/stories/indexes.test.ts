import mongoose, { type mongo } from 'mongoose'
import { expect, test } from 'vitest'
import { articleOf } from '../support/article.ts'
import { coat, coats, coatInShop, inMall, scarf } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'
import { signedIn } from '../support/page.ts'

/** A question as one of our commands put it. */
interface Query {
  collection: string
  filter: mongo.Document
  sort: mongo.Document
}

function queriesOf({ command }: mongo.CommandStartedEvent): readonly Query[] {
  const asked = (collection: unknown, filter: unknown, sort: unknown = {}): Query[] => [
    { collection: String(collection), filter: (filter ?? {}) as mongo.Document, sort: (sort ?? {}) as mongo.Document },
  ]
  if (command.find) return asked(command.find, command.filter, command.sort)
  if (command.count) return asked(command.count, command.query)
  if (command.findAndModify) return asked(command.findAndModify, command.query, command.sort)
  if (command.distinct) return asked(command.distinct, command.query)
  if (command.aggregate) return asked(command.aggregate, command.pipeline[0]?.$match)
  const writes: readonly mongo.Document[] = command.updates ?? command.deletes ?? []
  return writes.flatMap(({ q }) => asked(command.update ?? command.delete, q))
}

/** The seed scenario and everything around it: links, shares, mall, shop, taps, pages, time, a member who leaves. */
async function playEverything(brand: TestBrand): Promise<void> {
  const { tencent, clock, settle, passes } = brand
  const mei = tencent.staff('mei', { name: '小梅' })
  const anna = tencent.staff('anna')
  const lin = tencent.customer('lin', { name: '林小姐' })
  const zhou = tencent.customer('zhou')
  await zhou.follows()
  await mei.adds(lin)
  await settle()
  await lin.follows()
  await lin.taps('预约到店')
  await lin.writes('这件多少钱')
  await settle()
  expect(mei.phone.length).toBeGreaterThan(0)

  const article = await articleOf(brand, mei)
  for (let visit = 0; visit < 3; visit += 1) {
    const seen = await lin.opens(article)
    const share = /property="og:url" content="(?<url>[^"]+)"/.exec(seen.html)?.groups?.url
    if (share) await zhou.opens(share)
    await passes(2)
  }
  const does = inMall(clock, lin)
  for (const each of coats) await does('view-item', each)
  await does('add-to-cart', coat)
  await does('add-to-cart', scarf)
  await passes(125)
  const { orderNo } = await lin.orders([coatInShop])
  await settle()
  await lin.pays(orderNo)
  await settle()

  await mei.taps('稍后')
  await settle()
  const page = await signedIn(brand, mei)
  for (const path of [`/api/customers/${lin.externalUserId}`, '/api/alerts', '/api/content', '/api/session']) {
    expect([path, (await page.get(path)).status]).toEqual([path, 200])
  }
  await passes(125)
  await mei.taps('跟进中')
  await settle()
  await mei.handsOver(lin, anna)
  await anna.adds(zhou)
  await settle()
  await lin.unfollows()
  await brand.server.useCases.syncContacts()
  await passes(80 * 60)
}

test('I2: the seed scenario through the whole server asks nothing that no index answers', async () => {
  const queries: Query[] = []
  const brand = await openBrand({ server: { onCommand: (command) => void queries.push(...queriesOf(command)) } })
  await playEverything(brand)

  const connection = await mongoose.createConnection(String(brand.env['MONGODB_URI'])).asPromise()
  const different = new Map(queries.map((query) => [shapeOf(query), query]))
  const scans: string[] = []
  for (const [shape, { collection, filter, sort }] of different) {
    const plan = await connection.collection(collection).find(filter, { sort }).explain('queryPlanner')
    const winning = JSON.stringify(plan.queryPlanner.winningPlan)
    expect(winning).toContain('"stage"')
    if (winning.includes('COLLSCAN')) scans.push(shape)
  }
  await connection.close()
  expect(scans).toEqual([])
  expect(different.size).toBeGreaterThan(50)
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

/** The question without its values: collection, fields, operators and order. */
function shapeOf({ collection, filter, sort }: Query): string {
  const plain = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.length > 0 && typeof value[0] === 'object' ? value.map(plain) : '[]'
    if (typeof value !== 'object' || value === null || value instanceof Date || '_bsontype' in value) return '?'
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]))
  }
  return `${collection} ${JSON.stringify({ filter: plain(filter), sort })}`
}

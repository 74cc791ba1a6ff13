import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { loadConfig } from '../../config/load.ts'
import { searchFiles } from '../../server/adapters/files/search-files.ts'
import { privacy } from '../../server/commands/privacy.ts'
import { composePrivacyCommands } from '../../server/compose-privacy.ts'
import { StoreUnavailable } from '../../server/domain/errors.ts'
import { identityKey, type AppId, type ExternalUserId, type OpenId } from '../../server/domain/ids.ts'
import type { CustomerView } from '../../server/http/contract.ts'
import type { Contact } from '../../server/domain/person.ts'
import { createProveErased } from '../../server/usecases/prove-erased.ts'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import type { StaffActor } from '../fake-tencent/staff.ts'
import { articleOf } from '../support/article.ts'
import { connector, inboundEnv, message, secrets } from '../support/connector.ts'
import { everythingStored } from '../support/everything-stored.ts'
import { lookAt } from '../support/look.ts'
import { coat, coatInShop, inMall, scarf } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'
import { signedIn, type Page } from '../support/page.ts'

let brand: TestBrand
let mei: StaffActor
let page: Page
let article: string
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00', env: inboundEnv })
  mei = brand.tencent.staff('mei', { name: '小梅' })
  page = await signedIn(brand, mei)
  article = await articleOf(brand, mei)
})
afterAll(async () => {
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

const stored = () => everythingStored(brand.env['MONGODB_URI'] ?? '')
const contactKey = (customer: CustomerActor) => identityKey({ kind: 'external', externalUserId: customer.externalUserId as ExternalUserId })
const erp = (...input: Parameters<ReturnType<typeof connector>>) => connector(brand, 'erp', secrets.INBOUND_ERP_SECRET)(...input)

/** Everything by which the platforms and we name this customer. */
const namesOf = (customer: CustomerActor) =>
  [customer.externalUserId, customer.unionId, ...Object.values(customer.openIds)].filter((id): id is string => typeof id === 'string')

/** Where any of their names is, by the very search that `npm run privacy -- prove` makes. */
const traces = (customer: CustomerActor) => brand.server.stores.eraser.search(namesOf(customer))

/** The operator's command beside the running server. */
async function runs(...args: string[]): Promise<{ clean: boolean; text: string }> {
  const config = loadConfig(brand.env)
  const { stores } = brand.server
  const commands = composePrivacyCommands({ config, stores, clock: brand.clock, log: brand.log })
  const proveErased = createProveErased({ ...stores, files: searchFiles() })
  const written: string[] = []
  const write = (text: string) => void written.push(text)
  const clean = await privacy(args, { ...commands, ...stores, proveErased, days: config.retention, book: config.notices, identitySecret: config.identitySecret, paths: [], clock: brand.clock, write })
  return { clean, text: written.join('') }
}

/** Somebody who did a little of everything. */
async function active(id: string, name: string): Promise<CustomerActor> {
  const customer = brand.tencent.customer(id, { name })
  await customer.follows()
  await mei.adds(customer)
  await brand.passes(1)
  await customer.taps('预约到店')
  await customer.opens(article)
  await inMall(brand.clock, customer)('add-to-cart', coat)
  await inMall(brand.clock, customer)('view-item', scarf)
  await customer.orders([coatInShop])
  await brand.passes(1)
  return customer
}

test('C4: what was erased is nowhere, somebody else’s is untouched, and neither sync, replay, import nor a colleague brings it back', async () => {
  const lin = await active('linlin-erased-2026', '林暮雪')
  const wu = await active('wu-stays-2026', '吴小姐')
  const before = { timeline: await lookAt(brand, wu).timeline(), alerts: await lookAt(brand, wu).alerts(), persons: await lookAt(brand, wu).persons() }
  await erp(message('erp-orders.json', { order: 'E-1-paid', time: brand.clock.now().toISOString(), unionid: String(lin.unionId) }))
  // Trusted, but not to be read: it rests in the store until somebody looks.
  const unreadable = { ToUserName: 'gh_mirashop', FromUserName: lin.openIds.shop, CreateTime: 1, MsgType: 'event', Event: 'channels_ec_order_new' }
  expect(await brand.tencent.sends('wechat-shop', unreadable)).toEqual([200])
  await brand.passes(1)
  expect(await runs('prove', contactKey(lin))).toMatchObject({ clean: false })
  expect((await traces(lin)).map(({ where }) => where)).toEqual(expect.arrayContaining(['contacts', 'inbox', 'people', 'timeline']))
  expect(await stored()).toContain('林暮雪')

  const id = await brand.server.useCases.eraseCustomer.erase(contactKey(lin), 'request', 'person', 'customer')
  await brand.settle()
  expect(await traces(lin)).toEqual([])
  for (const name of [contactKey(lin), `unionid:${lin.unionId}`, `openid:${brand.tencent.brand.account.appId}:${lin.openIds.account}`]) {
    expect(await runs('prove', name)).toEqual({ clean: true, text: '0 found (1 id looked for)\n' })
  }
  expect(await stored()).not.toContain('林暮雪')
  // What law obliges to keep is locked away, and names nobody.
  expect((await brand.server.stores.eraser.search(['E-1-paid'])).map(({ where }) => where)).toContain('locked')
  expect(brand.log.text()).not.toMatch(new RegExp(namesOf(lin).join('|')))
  const [request] = (await brand.server.stores.erasures.list(10)).filter((one) => one.id === id)
  expect(request).toMatchObject({ state: 'done', key: null, subject: null })
  const after = { timeline: await lookAt(brand, wu).timeline(), alerts: await lookAt(brand, wu).alerts(), persons: await lookAt(brand, wu).persons() }
  expect(after).toEqual(before)

  // What comes by itself.
  const rung = mei.phone.length
  await brand.server.useCases.synchronise()
  await lin.taps('预约到店')
  await lin.opens(article)
  await inMall(brand.clock, lin)('add-to-cart', coat)
  await lin.orders([coatInShop])
  await mei.edits(lin)
  const imported = message('erp-orders.json', { order: 'E-9', time: brand.clock.now().toISOString(), unionid: String(lin.unionId) })
  await erp(imported)
  await brand.passes(90)
  expect(await traces(lin)).toEqual([])
  expect(mei.phone).toHaveLength(rung)
  expect(await page.get(`/api/customers/${lin.externalUserId}`)).toMatchObject({ status: 403, code: 'erased' })
})


test('C4: whoever begins anew after an erasure starts empty; what is older than that never returns', async () => {
  const he = await active('hehe-begins-anew-26', '何小姐')
  const replayed = message('erp-orders.json', { order: 'E-11', time: brand.clock.now().toISOString(), unionid: String(he.unionId) })
  brand.clock.move(60_000)
  await brand.server.useCases.eraseCustomer.erase(contactKey(he), 'request', 'person', 'customer')
  await brand.settle()
  expect(await traces(he)).toEqual([])

  brand.clock.move(60_000)
  await he.unfollows()
  await brand.settle()
  expect(await traces(he)).toEqual([])
  brand.clock.move(60_000)
  await he.follows()
  await brand.settle()
  await he.taps('预约到店')
  await erp(replayed)
  await brand.passes(1)
  expect((await lookAt(brand, he).timeline()).map(({ kind }) => kind)).toEqual(['followed-account', 'tapped-menu'])
})

test('C4: leaving the account erases after a grace what it told, and what was derived from that; the alert about leaving comes first', async () => {
  const xu = await active('xuxu-leaves-2026', '徐小姐')
  await xu.unfollows()
  await brand.passes(1)
  expect(mei.phone.filter(({ title }) => title.includes('徐小姐') && title.includes('取消关注'))).toHaveLength(1)
  const accountKey = identityKey({ kind: 'openid', appId: brand.tencent.brand.account.appId as AppId, openId: xu.openIds.account as OpenId })
  await brand.passes(6 * 24 * 60)
  expect((await lookAt(brand, xu).timeline()).map(({ kind }) => kind)).toContain('tapped-menu')

  await brand.passes(25 * 60)
  expect(await brand.server.stores.eraser.search([xu.openIds.account])).toEqual([])
  const left = await lookAt(brand, xu).timeline()
  expect(left.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['became-contact', 'add-to-cart', 'view-item']))
  expect(left.map(({ who }) => identityKey(who))).not.toContain(accountKey)
  expect((await lookAt(brand, xu).alerts()).map(({ rule }) => rule)).not.toContain('unfollowed')
  expect(await lookAt(brand, xu).contact()).toMatchObject({ name: '徐小姐' })
  expect(await (await signedIn(brand, mei)).get(`/api/customers/${xu.externalUserId}`)).toMatchObject({ status: 200 })
})

test('C4: who returns to the account within the grace keeps everything', async () => {
  const gu = await active('gugu-returns-2026', '顾小姐')
  await gu.unfollows()
  await brand.passes(3 * 24 * 60)
  await gu.follows()
  await brand.passes(10 * 24 * 60)
  expect((await lookAt(brand, gu).timeline()).map(({ kind }) => kind)).toEqual(expect.arrayContaining(['followed-account', 'tapped-menu', 'unfollowed-account']))
  expect((await brand.server.stores.erasures.list(50)).filter(({ state }) => state === 'scheduled')).toEqual([])
})

test('C4: a paused customer produces nothing that is stored, told or sent; later recognised events go; resuming works', async () => {
  const fang = await active('fangfang-pauses-26', '方小姐')
  const key = contactKey(fang)
  await brand.passes(30)
  const before = { timeline: await lookAt(brand, fang).timeline(), rung: mei.phone.length }
  await brand.server.useCases.pauseCustomer.pause(key, brand.clock.now(), 'customer')
  expect((await lookAt(brand, fang).alerts()).filter(({ state }) => ['queued', 'held', 'sent', 'opened', 'snoozed'].includes(state))).toEqual([])
  expect((await (await signedIn(brand, mei)).get<CustomerView>(`/api/customers/${fang.externalUserId}`)).body.recording).toBe('paused')

  brand.clock.move(60_000)
  const text = 'paused-words-2026'
  await fang.taps('预约到店')
  await fang.writes(text)
  await fang.opens(article)
  await inMall(brand.clock, fang)('add-to-cart', scarf)
  await fang.orders([coatInShop])
  await erp(message('erp-orders.json', { order: 'E-21', time: brand.clock.now().toISOString(), unionid: String(fang.unionId) }))
  await brand.passes(90)
  expect(await lookAt(brand, fang).timeline()).toEqual(before.timeline)
  expect(mei.phone).toHaveLength(before.rung)
  expect(await stored()).not.toContain(text)

  // An openid that nobody knew to be hers.
  const other = brand.tencent.customer('unknown-visitor-2026', { name: '访客' })
  const { unionId } = other
  other.unionId = null
  await other.startsMallSession()
  await inMall(brand.clock, other)('add-to-cart', coat)
  await brand.settle()
  expect(await brand.server.stores.eraser.search([other.openIds.miniProgram])).not.toEqual([])
  other.unionId = fang.unionId
  await other.startsMallSession()
  await brand.passes(1)
  expect(await brand.server.stores.eraser.search([other.openIds.miniProgram])).toEqual([])
  other.unionId = unionId

  await brand.server.useCases.pauseCustomer.resume(key, brand.clock.now(), 'customer')
  brand.clock.move(60_000)
  await inMall(brand.clock, fang)('add-to-cart', scarf)
  await brand.passes(1)
  expect(await lookAt(brand, fang).timeline()).toHaveLength(before.timeline.length + 1)
  expect(mei.phone.length).toBeGreaterThan(before.rung)
})

test('C4 B1: an erasure that is killed at any step is finished by another process', async () => {
  const { eraser, locked } = brand.server.stores
  const [tao, qian] = [await active('taotao-killed-2026', '陶小姐'), await active('qianqian-stays-26', '钱小姐')]
  const before = { timeline: await lookAt(brand, qian).timeline(), persons: await lookAt(brand, qian).persons() }
  // The store goes away before, between and after; what was begun is begun again.
  const dies = [vi.spyOn(locked, 'put'), vi.spyOn(eraser, 'own'), vi.spyOn(eraser, 'sweep')] as const
  for (const spy of dies) spy.mockImplementationOnce(async () => Promise.reject(new StoreUnavailable()))
  await brand.server.useCases.eraseCustomer.erase(contactKey(tao), 'request', 'person')
  const deaths: unknown[] = []
  for (let round = 0; round < 5; round += 1) await brand.settle().catch((error: unknown) => deaths.push(error))
  expect(deaths).toHaveLength(dies.filter(({ mock }) => mock.calls.length > 0).length)
  for (const spy of dies) spy.mockRestore()
  const next = await brand.another()
  await next.useCases.worker.drain()
  expect(await traces(tao)).toEqual([])
  expect({ timeline: await lookAt(brand, qian).timeline(), persons: await lookAt(brand, qian).persons() }).toEqual(before)
})

test('C4: what a restored backup brings back is erased again; files and archives are searched too', async () => {
  const mo = await active('momo-restored-2026', '莫小姐')
  const backup = await lookAt(brand, mo).contact()
  await brand.server.useCases.eraseCustomer.erase(contactKey(mo), 'request', 'person')
  await brand.settle()
  await brand.server.stores.contacts.put([{ before: null, after: backup as Contact }])
  expect(await runs('prove', contactKey(mo))).toMatchObject({ clean: false })
  expect((await runs('restored')).text).toMatch(/^[12] identities/)
  await brand.settle()
  expect(await traces(mo)).toEqual([])

  const folder = await mkdtemp(join(tmpdir(), 'archives-'))
  await writeFile(join(folder, 'log.jsonl'), '{"at":1}\n'.repeat(20_000))
  expect(await runs('prove', contactKey(mo), '--path', folder)).toMatchObject({ clean: true })
  await writeFile(join(folder, 'old.gz'), gzipSync(`${'x'.repeat(70_000)}${mo.externalUserId}`))
  const found = await runs('prove', contactKey(mo), '--path', folder)
  expect(found).toMatchObject({ clean: false, text: expect.stringContaining('old.gz: 1') })
  await rm(folder, { recursive: true })
})

const wrongWays = [['prove'], ['prove', 'nobody'], ['erase', 'openid:wx'], ['list', '--limit', '0'], ['forget', 'external:wmA'], []]
test.each(wrongWays.map((args) => ({ args })))('C4: the command says how it is used: $args', async ({ args }) => {
  await expect(runs(...args)).rejects.toThrow('npm run privacy -- prove ID')
})

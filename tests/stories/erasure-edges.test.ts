import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { showLocked } from '../../server/commands/privacy-locked.ts'
import { setAside } from '../../server/commands/setaside.ts'
import { StoreUnavailable } from '../../server/domain/errors.ts'
import { identityKey, type AppId, type ExternalUserId, type OpenId } from '../../server/domain/ids.ts'
import type { PaymentView } from '../../server/http/contract.ts'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import type { StaffActor } from '../fake-tencent/staff.ts'
import { everythingStored } from '../support/everything-stored.ts'
import { lookAt } from '../support/look.ts'
import { coat, coatInShop, inMall, scarf } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'
import { signedIn } from '../support/page.ts'
import { openReceiver, receiversFile, type Receiver } from '../support/receiver.ts'

let brand: TestBrand
let crm: Receiver
let removeFile: () => Promise<void>
let staffCount = 0
beforeAll(async () => {
  crm = await openReceiver()
  const file = await receiversFile([{ name: 'crm', url: crm.url, enabled: true, allowPrivate: true, secrets: ['CRM_SECRET'], events: ['alert', 'purchase'] }])
  removeFile = file.remove
  const env = { OUTGOING_WEBHOOKS_FILE: file.path, CRM_SECRET: `whsec_${Buffer.alloc(32, 7).toString('base64')}`, OPENING_HOURS: '09:00-21:00' }
  brand = await openBrand({ at: '2026-03-02T10:00', env })
  await brand.server.useCases.refreshPlatformKeys()
})
afterAll(async () => {
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
  await Promise.all([crm.close(), removeFile()])
})
/** Every story begins on another day, at ten in the morning. */
beforeEach(async () => {
  nextDayAt('10:00')
  await brand.settle()
  crm.answers((res) => void res.writeHead(204).end())
  crm.heard.length = 0
})

const today = () => new Date(brand.clock.now().getTime() + 8 * 3600_000).toISOString().slice(0, 10)
const todayAt = (time: string) => brand.clock.set(`${today()}T${time}`)
function nextDayAt(time: string): void {
  brand.clock.move(24 * 3600_000)
  todayAt(time)
}

const contactKey = ({ externalUserId }: CustomerActor) => identityKey({ kind: 'external', externalUserId: externalUserId as ExternalUserId })
const accountKey = ({ openIds }: CustomerActor) =>
  identityKey({ kind: 'openid', appId: brand.tencent.brand.account.appId as AppId, openId: openIds.account as OpenId })
const namesOf = ({ externalUserId, unionId, openIds }: CustomerActor) =>
  [externalUserId, unionId, ...Object.values(openIds)].filter((id): id is string => typeof id === 'string')
const traces = (customer: CustomerActor) => brand.server.stores.eraser.search(namesOf(customer))
const erases = (customer: CustomerActor) => brand.server.useCases.eraseCustomer.erase(contactKey(customer), 'request', 'person', 'customer')
const titlesFrom = ({ phone }: StaffActor, from: number) => phone.slice(from).map(({ title }) => title)

/** 小梅 of her own for each story, with these friends, who follow the account too. */
async function meiWith(...names: string[]) {
  const mei = brand.tencent.staff(`mei-${(staffCount += 1)}`, { name: '小梅' })
  const friends: CustomerActor[] = []
  for (const [index, name] of names.entries()) {
    const customer = brand.tencent.customer(`friend-${staffCount}-${index}-of-2026`, { name })
    await mei.adds(customer)
    await customer.follows()
    friends.push(customer)
  }
  await brand.settle()
  await brand.passes(30)
  crm.heard.length = 0
  return { mei, friends: friends as [CustomerActor, CustomerActor], rung: mei.phone.length }
}

test('C4: a message that waits to be sent again when its customer is erased is never sent', async () => {
  const { mei, friends: [lin], rung } = await meiWith('林晚秋')
  brand.tencent.weather.refuseNext(45009, { api: 'message/send' })
  await inMall(brand.clock, lin)('add-to-cart', coat)
  await brand.settle()
  expect(titlesFrom(mei, rung)).toEqual([])
  expect((await brand.server.stores.messages.due(new Date('2100-01-01'), 10)).map(({ json }) => json).join()).toContain('林晚秋')

  await erases(lin)
  await brand.settle()
  await brand.passes(60)
  expect(titlesFrom(mei, rung)).toEqual([])
  expect(await traces(lin)).toEqual([])
  expect(await brand.server.stores.eraser.search(['林晚秋'])).toEqual([])
})

test('C4 E4: a digest that named an erased customer leaves the phone; what it told of another stays in the inbox and rings no second time', async () => {
  const { mei, friends: [lin, zhou], rung } = await meiWith('林初晴', '周先生')
  todayAt('21:30')
  await inMall(brand.clock, lin)('add-to-cart', coat)
  await inMall(brand.clock, zhou)('add-to-cart', scarf)
  await brand.settle()
  nextDayAt('09:00')
  await brand.settle()
  expect(titlesFrom(mei, rung)).toEqual(['有 2 位客户值得联系'])

  await erases(lin)
  await brand.settle()
  await brand.passes(5)
  // Recalled, and nothing in its place.
  expect(titlesFrom(mei, rung)).toEqual([])
  expect(await traces(lin)).toEqual([])
  expect((await lookAt(brand, zhou).alerts()).find(({ rule }) => rule === 'added-to-basket')).toMatchObject({ state: 'sent' })
})

test('C4 E3: of a digest whose answer was lost, the others are not told a second time; of one that WeCom refused, they are told', async () => {
  for (const [lost, rings] of [[true, 0], [false, 1]] as const) {
    const { mei, friends: [lin, zhou], rung } = await meiWith('林微雨', '周女士')
    todayAt('21:30')
    await inMall(brand.clock, lin)('add-to-cart', coat)
    await inMall(brand.clock, zhou)('add-to-cart', scarf)
    await brand.settle()
    if (lost) brand.tencent.weather.dropAnswerOf('message/send')
    else brand.tencent.weather.refuseNext(45009, { api: 'message/send' })
    nextDayAt('09:00')
    await brand.settle()
    await erases(lin)
    await brand.settle()
    await brand.passes(30)
    expect(titlesFrom(mei, rung).filter((title) => title.includes('周女士'))).toHaveLength(rings)
    expect((await lookAt(brand, zhou).alerts()).find(({ rule }) => rule === 'added-to-basket')?.state).toBe(lost ? 'sent-unconfirmed' : 'sent')
  }
})

test('C4 A4: a refund of a payment that is locked away is added to it, and makes nobody known again', async () => {
  const { mei, friends: [lin] } = await meiWith('林付过款')
  const page = await signedIn(brand, mei)
  const { body } = await page.post<PaymentView>(`/api/customers/${lin.externalUserId}/payments`, { amount: coat.price, description: coat.title })
  await lin.paysOn(body.url ?? '')
  await brand.settle()
  await erases(lin)
  await brand.settle()
  expect(await traces(lin)).toEqual([])
  const number = body.url?.split('/').at(-1) ?? ''

  expect(await brand.tencent.pay.refunds(number, { amount: 123_457, deliveries: 2 })).toEqual([200, 200])
  await brand.settle()
  await brand.passes(10)
  expect(await traces(lin)).toEqual([])
  expect(await brand.server.stores.inbox.list('set-aside', 5)).toEqual([])
  const kept = await everythingStored(brand.env['MONGODB_URI'] ?? '')
  expect(kept.split('123457')).toHaveLength(2)
})

test('C4 A4: a payment that was open at the erasure and is made after it is locked away with its refund; nobody is known by it', async () => {
  const { mei, friends: [lin] } = await meiWith('林还没付')
  const page = await signedIn(brand, mei)
  const { body } = await page.post<PaymentView>(`/api/customers/${lin.externalUserId}/payments`, { amount: 345_671, description: coat.title })
  const { html } = await lin.opens(body.url ?? '')
  const sheet = JSON.parse(/id="payment">(.*?)<\/script>/s.exec(html)?.[1] ?? '') as { parameters: Record<string, string> }
  await erases(lin)
  await brand.settle()
  expect(await lin.confirmsPayment(sheet.parameters, { deliveries: 2 })).toEqual([200, 200])
  await brand.settle()
  const number = body.url?.split('/').at(-1) ?? ''
  await brand.tencent.pay.refunds(number, { amount: 1_100 })
  await brand.settle()

  let text = ''
  await showLocked({ locked: brand.server.stores.locked, write: (part) => (text += part) }, 50)
  expect(text.split('\n').filter((line) => line.includes('3456.71'))).toEqual([expect.stringMatching(new RegExp(`wechat-pay paid  3456.71  order ${number}  transaction \\d+  refunded 11.00$`))])
  for (const name of [...namesOf(lin), lin.name]) expect(text).not.toContain(name)
  expect(await traces(lin)).toEqual([])
  expect(await brand.server.stores.inbox.list('set-aside', 5)).toEqual([])
})

test('C4 H6: what was left aside about an erased customer is not there to be replayed, nor is it taken when it comes once more', async () => {
  const { friends: [lin] } = await meiWith('林被搁置')
  await lin.orders([coatInShop])
  await brand.settle()
  const unreadable = { ToUserName: 'gh_mirashop', FromUserName: lin.openIds.shop, CreateTime: 1, MsgType: 'event', Event: 'channels_ec_order_new' }
  await brand.tencent.sends('wechat-shop', unreadable)
  await brand.settle()
  const [aside] = await brand.server.stores.inbox.list('set-aside', 5)
  const { inbox, replayLeft } = { ...brand.server.stores, ...brand.server.useCases }
  const written: string[] = []
  const runs = (...args: string[]) => setAside(args, { inbox, replayLeft, write: (text) => void written.push(text) })
  await erases(lin)
  await brand.settle()
  await brand.passes(1)
  expect(await traces(lin)).toEqual([])
  await runs('replay', String(aside?.id)).catch((error: unknown) => written.push(String(error)))
  await runs('replay', '--all')
  await brand.tencent.sends('wechat-shop', { ...unreadable, CreateTime: 2 })
  await brand.passes(1)
  expect(await traces(lin)).toEqual([])
})

test('C4 H8: other systems hear nothing of who has paused, not even what waited to be told', async () => {
  const { friends: [lin, zhou] } = await meiWith('林已暂停', '周在记录')
  crm.answers((res) => void res.writeHead(503).end())
  for (const customer of [lin, zhou]) await inMall(brand.clock, customer)('add-to-cart', coat)
  await brand.settle()
  await brand.server.useCases.pauseCustomer.pause(contactKey(lin), brand.clock.now(), 'customer')
  crm.heard.length = 0
  crm.answers((res) => void res.writeHead(204).end())
  await inMall(brand.clock, lin)('add-to-cart', scarf)
  await brand.passes(60)
  expect(crm.heard.some(({ body }) => body.includes(String(zhou.externalUserId)))).toBe(true)
  expect(crm.heard.filter(({ body }) => body.includes(String(lin.externalUserId)))).toEqual([])
})

test('C4 B1: a pause that dies half-way is no pause, so that it is asked for again, and then nothing is told any more', async () => {
  const { mei, friends: [lin] } = await meiWith('林又暂停')
  crm.answers((res) => void res.writeHead(503).end())
  await inMall(brand.clock, lin)('add-to-cart', coat)
  await brand.settle()
  const { pauseCustomer } = brand.server.useCases
  const dies = vi.spyOn(brand.server.stores.webhookQueue, 'drop').mockImplementationOnce(async () => Promise.reject(new StoreUnavailable()))
  await expect(pauseCustomer.pause(contactKey(lin), brand.clock.now(), 'customer')).rejects.toThrow(StoreUnavailable)
  dies.mockRestore()
  const view = async () => (await (await signedIn(brand, mei)).get<{ recording: string }>(`/api/customers/${lin.externalUserId}`)).body.recording
  expect(await view()).toBe('on')
  await pauseCustomer.pause(contactKey(lin), brand.clock.now(), 'customer')
  expect(await view()).toBe('paused')
  crm.heard.length = 0
  crm.answers((res) => void res.writeHead(204).end())
  await brand.passes(60)
  expect(crm.heard).toEqual([])
})

test('C4: who left the account, paused, and was then forgotten by the account, resumes as a whole', async () => {
  const { friends: [lin] } = await meiWith('林会恢复')
  await lin.unfollows()
  await brand.passes(1)
  await brand.server.useCases.pauseCustomer.pause(contactKey(lin), brand.clock.now(), 'customer')
  await brand.passes(8 * 24 * 60)
  expect(await brand.server.stores.eraser.search([lin.openIds.account])).toEqual([])
  await brand.server.useCases.pauseCustomer.resume(accountKey(lin), brand.clock.now(), 'customer')
  brand.clock.move(60_000)
  await inMall(brand.clock, lin)('add-to-cart', coat)
  await brand.settle()
  expect((await lookAt(brand, lin).timeline()).map(({ kind }) => kind)).toContain('add-to-cart')
})

test.each(['inbox', 'alerts'])('C4 B1: who comes back while the sweep is at %s is read when it is done, and nothing of that is lost', async (name) => {
  const { friends: [lin] } = await meiWith(`林在${name}时回来`)
  const { eraser } = brand.server.stores
  const sweep = eraser.sweep.bind(eraser)
  const spy = vi.spyOn(eraser, 'sweep').mockImplementationOnce(async (subjects) => {
    brand.clock.move(60_000)
    await lin.follows()
    return sweep(subjects, { name, id: null })
  })
  await erases(lin)
  await brand.settle()
  spy.mockRestore()
  for (let minute = 0; minute < 3; minute += 1) await brand.passes(1)
  await lin.taps('预约到店')
  await brand.passes(1)
  expect((await lookAt(brand, lin).timeline()).map(({ kind }) => kind)).toEqual(['followed-account', 'tapped-menu'])
  expect(await brand.server.stores.eraser.search([`林在${name}时回来`])).toEqual([])
})

test('C4 B1: an erasure that fails for a reason of its own stops neither the inbox nor another erasure, and is tried again', async () => {
  const { friends: [lin, zhou] } = await meiWith('林出错', '周照删')
  const { eraser } = brand.server.stores
  const own = eraser.own.bind(eraser)
  const spy = vi.spyOn(eraser, 'own').mockImplementation(async (subject, ...more) => {
    if (subject.keys.includes(contactKey(lin))) throw new TypeError('a bug of ours')
    return own(subject, ...more)
  })
  const other = brand.tencent.customer('someone-else-of-2026', { name: '别人' })
  await erases(lin)
  await erases(zhou)
  await other.follows()
  await brand.settle()
  expect((await lookAt(brand, other).timeline()).map(({ kind }) => kind)).toEqual(['followed-account'])
  expect(await traces(zhou)).toEqual([])
  expect(await traces(lin)).not.toEqual([])
  // She comes back meanwhile: that waits for the erasure, however long it fails.
  brand.clock.move(1000)
  await lin.follows()
  for (let minute = 0; minute < 20; minute += 1) await brand.passes(1)
  expect(await brand.server.stores.inbox.list('stuck', 5)).toEqual([])
  expect(brand.log.text()).not.toMatch(new RegExp(namesOf(lin).join('|')))
  spy.mockRestore()
  for (let minute = 0; minute < 4; minute += 1) await brand.passes(1)
  expect((await lookAt(brand, lin).timeline()).map(({ kind }) => kind)).toEqual(['followed-account'])
})

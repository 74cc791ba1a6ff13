import { afterAll, beforeAll, expect, test } from 'vitest'
import { tableOf } from '../../server/commands/link-rate.ts'
import { identityKey, type ExternalUserId } from '../../server/domain/ids.ts'
import type { LinkRateView, LinkWayView } from '../../server/http/contract.ts'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import type { StaffActor } from '../fake-tencent/staff.ts'
import { articleOf } from '../support/article.ts'
import { coat, inMall } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'
import { signedIn, type Page } from '../support/page.ts'

let brand: TestBrand
let mei: StaffActor
let page: Page
let operator: Page
let article = ''

beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00', env: { OPERATORS: 'ou', MINIPROGRAM_CARD_PAGE: 'pages/home/home.html' } })
  mei = brand.tencent.staff('mei', { name: '小梅' })
  article = await articleOf(brand, mei)
  page = await signedIn(brand, mei)
  operator = await signedIn(brand, brand.tencent.staff('ou', { contacts: false }))
})
afterAll(async () => {
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

const rate = () => brand.server.useCases.countLinks.count()
const reasons = async () => Object.fromEntries(Object.entries((await rate()).reasons).filter(([, count]) => count > 0))
const wayOf = async (customer: CustomerActor) => (await page.get<LinkWayView>(`/api/customers/${customer.externalUserId}/link-way`)).body.way
const keyOf = (customer: CustomerActor) => identityKey({ kind: 'external', externalUserId: customer.externalUserId as ExternalUserId })

async function contactOf(id: string, unionId?: null): Promise<CustomerActor> {
  const customer = brand.tencent.customer(id)
  if (unionId === null) customer.unionId = null
  await mei.adds(customer)
  await brand.settle()
  return customer
}

test('C3: of nobody the rate is nothing, and the page says that nothing was counted yet', async () => {
  expect(await rate()).toMatchObject({ people: 0, linked: 0 })
  expect(tableOf(await rate(), 'mongodb db.example.com/crm')).toMatch(/^还没有任何人 · there are no people yet\n.*mongodb db\.example\.com\/crm/)
  expect((await operator.get<LinkRateView>('/api/operator/link-rate')).body).toMatchObject({ last: null, reasons: [], nights: [] })
})

test('C3: the Open Platform is not bound: neither contacts nor followers have a unionid, and both say what to do', async () => {
  const he = await contactOf('he', null)
  const xu = brand.tencent.customer('xu')
  xu.unionId = null
  await xu.follows()
  await brand.settle()
  expect(await reasons()).toEqual({ 'contact-platform-not-bound': 1, 'follower-platform-not-bound': 1 })
  expect(await wayOf(he)).toMatchObject({ reason: 'contact-platform-not-bound', send: null, article: false })
  expect(tableOf(await rate(), 'a store')).toContain('docs/operator-guide.md, step 6')
})

test('C3: bound, each of the unlinked has a reason of their own, and the linked are linked', async () => {
  const lin = await contactOf('lin')
  await lin.follows()
  const wu = await contactOf('wu')
  await inMall(brand.clock, wu)('view-item', coat)
  await contactOf('only-contact')
  await brand.tencent.customer('follower').follows()
  const reader = brand.tencent.customer('reader')
  await reader.opens(article)
  const shopper = brand.tencent.customer('shopper')
  await inMall(brand.clock, shopper)('view-item', coat)
  const unbound = brand.tencent.customer('shopper-unbound')
  unbound.unionId = null
  await inMall(brand.clock, unbound)('view-item', coat)
  const snapshot = brand.tencent.customer('made-up')
  snapshot.snapshot = true
  await snapshot.opens(article)
  const left = await contactOf('left')
  await left.removes(mei)
  await brand.settle()
  expect(await reasons()).toEqual({
    'contact-without-unionid': 1,
    'contact-not-follower': 1,
    'contact-left': 1,
    'follower-without-unionid': 1,
    'follower-without-salesperson': 1,
    'reader-without-unionid': 1,
    'shopper-without-unionid': 1,
    'shopper-without-salesperson': 1,
  })
  expect(await rate()).toMatchObject({ people: 10, linked: 2, paused: 0, snapshots: 1 })
  expect(await wayOf(lin)).toBeNull()
})

test('C3: the sidebar offers the way for the customer at hand, and the way works: the mini-program links silently', async () => {
  const customer = await contactOf('at-hand')
  const way = await wayOf(customer)
  expect(way).toMatchObject({ reason: 'contact-not-follower', send: { page: 'pages/home/home.html', appId: brand.tencent.brand.miniProgram.appId }, article: true })
  expect(way?.text).toContain('小程序卡片')
  await inMall(brand.clock, customer)('view-item', coat)
  await brand.settle()
  expect(await wayOf(customer)).toBeNull()
})

test('C3: following the account links a contact, and being added links a follower', async () => {
  const { linked } = await rate()
  const contact = await contactOf('will-follow')
  await contact.follows()
  const follower = brand.tencent.customer('will-be-added')
  await follower.follows()
  await mei.adds(follower)
  await brand.settle()
  expect((await rate()).linked).toBe(linked + 2)
})

test('C3 C4: who paused is not counted and is offered nothing; of who was erased nothing is counted', async () => {
  const before = await rate()
  const [pausing, leaving] = [await contactOf('pausing'), await contactOf('leaving')]
  await brand.server.useCases.pauseCustomer.pause(keyOf(pausing), brand.clock.now(), 'customer')
  await brand.server.useCases.eraseCustomer.erase(keyOf(leaving), 'request', 'person', 'customer')
  await brand.settle()
  expect(await rate()).toMatchObject({ people: before.people, paused: 1 })
  expect(await wayOf(pausing)).toBeNull()
})

test('C3: followers whom only the account’s list told of are counted, each once', async () => {
  const { people } = await rate()
  const { stores } = brand.server
  const follower = (openId: string, unionId: string | null) => ({ openId, unionId, follows: true, askedAt: null, toldBy: null }) as never
  await stores.followers.put([follower('o-listed', null), follower('o-listed-bound', 'u-listed')])
  expect((await rate()).people).toBe(people + 2)
  expect((await reasons())['follower-without-salesperson']).toBe(2)
})

test('C3: every night is kept; the page shows the last one and the nights before without counting', async () => {
  const first = await brand.server.useCases.countLinks.snapshot()
  brand.clock.move(24 * 3600_000)
  await contactOf('next-day')
  const second = await brand.server.useCases.countLinks.snapshot()
  await contactOf('after-the-count')
  operator = await signedIn(brand, brand.tencent.staff('ou'))
  const { body } = await operator.get<LinkRateView>('/api/operator/link-rate')
  expect(body.nights.map(({ day, people, linked }) => [day, people, linked])).toEqual([
    ['2026-03-03', second.people, second.linked],
    ['2026-03-02', first.people, first.linked],
  ])
  expect(body.last).toMatchObject({ people: second.people, linked: second.linked, paused: 1 })
  expect(body.reasons.reduce((sum, { count }) => sum + count, 0)).toBe(second.people - second.linked)
  expect(body.reasons.every(({ text, wayText, english }) => text && wayText && english)).toBe(true)
})

test('C3 F5: the rate is the operator’s, and the way of a customer is hers who serves them', async () => {
  page = await signedIn(brand, mei)
  expect(await page.get('/api/operator/link-rate')).toMatchObject({ status: 403, code: 'operators-only' })
  expect(await operator.get(`/api/customers/${brand.tencent.customer('lin').externalUserId}/link-way`)).toMatchObject({ status: 403, code: 'not-my-customer' })
})

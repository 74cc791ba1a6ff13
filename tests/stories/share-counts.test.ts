import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tableOf } from '../../server/commands/shares.ts'
import { identityKey, type ExternalUserId } from '../../server/domain/ids.ts'
import type { AlertView, CustomerSharesView, CustomerView, MemberSharesView, ShareChainsView } from '../../server/http/contract.ts'
import { openBrowser, userAgents } from '../fake-tencent/browser.ts'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import type { StaffActor } from '../fake-tencent/staff.ts'
import { articleOf } from '../support/article.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'
import { signedIn, type Page } from '../support/page.ts'

/** 小梅 has 林小姐 and 周女士 (who follow the account); 小周 has nobody; 阿欧 is the operator. */
let brand: TestBrand
let mei: StaffActor
let lin: CustomerActor
let zhou: CustomerActor
let pages: { mei: Page; other: Page; operator: Page }
let contentId = ''
let article = ''
const friends: CustomerActor[] = []

beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00', env: { OPERATORS: 'ou' } })
  mei = brand.tencent.staff('mei', { name: '小梅' })
  const other = brand.tencent.staff('xiaozhou', { name: '小周' })
  const operator = brand.tencent.staff('ou', { contacts: false })
  article = await articleOf(brand, mei)
  contentId = (await brand.server.stores.contentLibrary.list(1))[0]?.id ?? ''
  lin = await customerOf('lin', '林小姐')
  zhou = await customerOf('zhou', '周女士')
  pages = { mei: await signedIn(brand, mei), other: await signedIn(brand, other), operator: await signedIn(brand, operator) }
})
afterAll(async () => {
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

async function customerOf(id: string, name: string): Promise<CustomerActor> {
  const customer = brand.tencent.customer(id, { name })
  await mei.adds(customer)
  await customer.follows()
  await brand.settle()
  return customer
}

/** What somebody who opened this may hand on. */
async function shareOf(customer: CustomerActor, url = article): Promise<string> {
  const { shareUrl } = await customer.opens(url)
  brand.clock.move(3 * 60_000)
  return shareUrl ?? ''
}

async function friendOpens(url: string, id = `friend-${friends.length}`): Promise<CustomerActor> {
  const friend = brand.tencent.customer(id)
  friends.push(friend)
  expect((await friend.opens(url)).status).toBe(200)
  brand.clock.move(7 * 60_000)
  return friend
}

const mine = async (page = pages.mei) => (await page.get<MemberSharesView>('/api/shares')).body.articles
const of = async (customer: CustomerActor) => (await pages.mei.get<CustomerSharesView>(`/api/customers/${customer.externalUserId}/shares`)).body.articles
const counted = async (everything = true) => {
  await brand.server.useCases.countShares(everything)
  const { body } = await pages.operator.get<ShareChainsView>('/api/operator/shares')
  return body.articles.find(({ id }) => id === contentId)
}

test('A6: before anybody shared there is nothing to see, and nothing is an error', async () => {
  expect([await mine(), await of(lin), await counted()]).toEqual([[], [], undefined])
  expect(tableOf([])).toContain('还没有人')
})

test('A6: 林小姐 shared it, 3 friends opened it, 1 became a contact: counts on the list and on her page', async () => {
  const link = await shareOf(lin)
  const [first] = [await friendOpens(link), await friendOpens(link), await friendOpens(link)]
  expect(await mine()).toEqual([{ contentId, sharers: [{ customerId: lin.externalUserId, name: '林小姐', friends: 3, contacts: 0 }], more: 0 }])
  brand.clock.move(10 * 60_000)
  await brand.tencent.staff('xiaozhou').adds(first as CustomerActor)
  await (first as CustomerActor).follows()
  await brand.settle()
  expect(await of(lin)).toEqual([{ contentId, title: '秋冬大衣怎么选', friends: 3, contacts: 1 }])
  expect((await mine())[0]?.sharers[0]).toMatchObject({ friends: 3, contacts: 1 })
})

test('A6: her own opening, a reload, staff and a preview change nothing', async () => {
  const before = [await mine(), (await counted())?.whole.reach.all]
  const link = await shareOf(lin)
  await lin.opens(link)
  await (friends[0] as CustomerActor).opens(link)
  await mei.browser.request(link)
  await openBrowser('preview', `${userAgents.weChat} bot`, { isTencent: () => false, route: (url) => url }).request(link)
  expect([await mine(), (await counted())?.whole.reach.all]).toEqual(before)
})

test('A5 A6: reach, depth and shares per article and member, each with its evidence; openings without a name stand apart', async () => {
  const deep = await shareOf(friends[1] as CustomerActor, await shareOf(lin))
  await friendOpens(deep)
  const nobody = openBrowser('desktop', userAgents.desktop, { isTencent: () => false, route: (url) => url })
  for (let time = 0; time < 3; time += 1) await nobody.request(article)
  const made = brand.tencent.customer('snapshot-reader')
  made.snapshot = true
  await made.opens(article)
  const chain = await counted()
  expect(chain?.whole).toMatchObject({
    reach: { all: 5, oauth: 5, cookie: 0 },
    depth: 3,
    levels: [1, 3, 1],
    sharers: 2,
    shares: 4,
    friends: { all: 4, oauth: 4, cookie: 0 },
    contacts: 1,
    anonymous: { snapshot: 1, refused: 0, outside: 1 },
  })
  expect(chain?.copies).toEqual([{ staff: 'mei', name: '小梅', chain: chain?.whole }])
  const { body } = await pages.operator.get<ShareChainsView>('/api/operator/shares')
  expect(body.members).toEqual([{ staff: 'mei', name: '小梅', articles: 1, readings: 5, shares: 4, friends: 4, contacts: 1, deepest: 3 }])
})

test('A5: a reader who was named by our cookie is counted as such, on another copy', async () => {
  const second = await articleOf(brand, mei, '围巾的三种系法')
  await lin.opens(second)
  await brand.server.useCases.countShares()
  const { body } = await pages.operator.get<ShareChainsView>('/api/operator/shares')
  expect(body.articles[0]?.whole.reach).toEqual({ all: 1, oauth: 0, cookie: 1 })
})

test('A6: two of her own customers in one chain: each in numbers, and no answer says that the one opened the other’s', async () => {
  const [opened, alone] = [await shareOf(lin), await shareOf(zhou, await shareOf(lin))]
  expect(opened).not.toBe('')
  await friendOpens(alone)
  await brand.settle()
  const answers = await Promise.all(
    ['/api/shares', `/api/customers/${lin.externalUserId}/shares`, `/api/customers/${lin.externalUserId}`, `/api/customers/${zhou.externalUserId}/shares`, `/api/customers/${zhou.externalUserId}`].map((path) => pages.mei.get<object>(path)),
  )
  const [list, ofLin, linPage, ofZhou, zhouPage] = answers.map(({ body }) => JSON.stringify(body))
  expect(JSON.parse(list ?? '').articles[0].sharers).toEqual([
    { customerId: lin.externalUserId, name: '林小姐', friends: 4, contacts: 1 },
    { customerId: zhou.externalUserId, name: '周女士', friends: 1, contacts: 0 },
  ])
  for (const about of [ofLin, linPage]) expect(about).not.toMatch(new RegExp(`周女士|${zhou.externalUserId}|${zhou.openIds.account}|${zhou.unionId}`))
  for (const about of [ofZhou, zhouPage]) expect(about).not.toMatch(new RegExp(`林小姐|${lin.externalUserId}|${lin.openIds.account}|${lin.unionId}`))
  expect(zhouPage).not.toContain('朋友的分享')
  for (const friend of friends.slice(1)) expect(answers.map(({ body }) => JSON.stringify(body)).join()).not.toContain(friend.openIds.account)
  // Of a share only the day is told: no time on her page is a time at which a friend opened.
  const shared = (JSON.parse(linPage ?? '') as CustomerView).timeline.filter(({ mark }) => mark === '享')
  expect(shared.map(({ at, wholeDay }) => [wholeDay, at % 86_400_000])).toEqual([[true, 16 * 3600_000]])
  // It heads its day: a place among the others would tell the time after all.
  const [first, ...rest] = (JSON.parse(linPage ?? '') as CustomerView).timeline
  expect([first?.mark, rest.filter(({ at }) => at >= (first?.at ?? 0)).length > 0]).toEqual(['享', true])
  const opens = (JSON.parse(zhouPage ?? '') as CustomerView).timeline.filter(({ mark }) => mark === '读').map(({ at }) => at)
  expect(opens.filter((at) => shared.some((entry) => entry.at === at))).toEqual([])
  const evidence = (JSON.parse(linPage ?? '') as { alerts: AlertView[] }).alerts
  expect(JSON.stringify(evidence)).not.toContain('周女士')
})

test('A6 F5: a colleague sees nothing of it, neither on her list nor of a customer who is not hers; counts of the whole are the operator’s', async () => {
  expect(await mine(pages.other)).toEqual([])
  expect(await pages.other.get(`/api/customers/${lin.externalUserId}/shares`)).toMatchObject({ status: 403, code: 'not-my-customer' })
  expect(await pages.mei.get('/api/operator/shares')).toMatchObject({ status: 403, code: 'operators-only' })
  expect(JSON.stringify((await pages.operator.get('/api/operator/shares')).body)).not.toMatch(/林小姐|周女士|openid|wm[A-Z]/)
})

test('A6 C1: a friend who proves to be 林小姐 herself takes the share back: all numbers fall', async () => {
  const [before, whole] = [(await of(lin))[0], (await counted())?.whole]
  const friend = friends[2] as CustomerActor
  friend.unionId = lin.unionId
  await friend.follows()
  await brand.settle()
  expect((await of(lin))[0]?.friends).toBe((before?.friends ?? 0) - 1)
  expect((await mine())[0]?.sharers[0]?.friends).toBe((before?.friends ?? 0) - 1)
  const after = (await counted())?.whole
  expect([after?.reach.all, after?.shares, after?.friends.all]).toEqual([(whole?.reach.all ?? 0) - 1, (whole?.shares ?? 0) - 1, (whole?.friends.all ?? 0) - 1])
})

test('A6 C4: who paused is named no more, and the totals stay; who was erased is nowhere, and the totals stay', async () => {
  const whole = (await counted())?.whole
  const keyOf = (customer: CustomerActor) => identityKey({ kind: 'external', externalUserId: customer.externalUserId as ExternalUserId })
  await brand.server.useCases.pauseCustomer.pause(keyOf(zhou), brand.clock.now(), 'customer')
  expect((await mine())[0]?.sharers.map(({ name }) => name)).toEqual(['林小姐'])
  expect((await counted())?.whole).toEqual(whole)

  await brand.server.useCases.eraseCustomer.erase(keyOf(lin), 'request', 'person', 'customer')
  await brand.settle()
  expect(await mine()).toEqual([])
  expect((await counted())?.whole).toEqual(whole)
  expect(await brand.server.stores.eraser.search([lin.openIds.account])).toEqual([])
})

test('A6 I2: what was counted stays until something happens: the hourly count reads no article twice for nothing', async () => {
  brand.clock.move(60_000)
  await brand.server.useCases.countShares()
  brand.clock.move(60_000)
  expect(await brand.server.useCases.countShares()).toBe(0)
  await friendOpens(article)
  brand.clock.move(60_000)
  expect(await brand.server.useCases.countShares()).toBe(1)
  brand.clock.move(24 * 3600_000)
  expect(await brand.server.useCases.countShares()).toBeGreaterThan(1)
})

test('A6: no page asks for a share, and none rewards one', () => {
  const texts = [
    ...['reader-page', 'reader-script', 'answers'].map((name) => `webhooks/links/${name}.ts`),
    ...['ArticleList', 'ArticleSheet', 'ShareCounts', 'ShareChains'].map((name) => `sidebar/src/components/${name}.vue`),
    'sidebar/src/pages/ArticlesPage.vue',
    'config/sentences.json',
    'server/domain/link-words.ts',
  ].map((path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'))
  for (const text of texts) expect(text).not.toMatch(/请.{0,6}(分享|转发)|(分享|转发).{0,8}(得|领|奖|红包|积分|优惠|抽奖)|集赞|邀请好友|分享到朋友圈|发朋友圈/)
})

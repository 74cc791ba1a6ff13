import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import { openBrowser, userAgents } from '../fake-tencent/browser.ts'
import { articleOf } from '../support/article.ts'
import { connector, inboundEnv, message, secrets } from '../support/connector.ts'
import { coat, row } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'
import { pageOf, signedIn } from '../support/page.ts'

const limits = {
  'beacon-session': 4, 'beacon-events': 3, 'beacon-phone': 2, links: 6, 'links-read': 2, pay: 2, 'sign-in': 4, inbound: 2, api: 5, refused: 3,
}
const RATE_LIMITS = Object.entries(limits).map(([name, count]) => `${name}=${count}/60`).join(',')

let brand: TestBrand
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00', env: { ...inboundEnv, RATE_LIMITS, TRUST_PROXY: '1' } })
})
/** A minute passes between the stories: every budget is whole again. */
beforeEach(() => brand.clock.move(120_000))
afterAll(async () => {
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

const waitOf = (headers: Headers) => Number(headers.get('retry-after'))
const at = (path: string) => `${brand.url}${path}`
const from = (address: string, init: RequestInit = {}): RequestInit => ({ ...init, redirect: 'manual', headers: { 'x-forwarded-for': address, ...init.headers } })
const several = async <Of>(count: number, ask: () => Promise<Of>): Promise<Of[]> => {
  const answers: Of[] = []
  for (let left = count; left > 0; left -= 1) answers.push(await ask())
  return answers
}
const refusedLines = () => brand.log.lines.filter(({ msg }) => msg === 'callback refused' || msg === 'message refused').length

test('Ops A5: whoever opens too many links in a minute is asked to wait, on a page, and goes on by themselves; others notice nothing', async () => {
  const url = new URL(await articleOf(brand, brand.tencent.staff('mei'))).pathname
  const statuses = (await several(limits.links, () => fetch(at(url), from('198.18.0.1')))).map(({ status }) => status)
  expect(statuses).toEqual(Array.from({ length: limits.links }, () => 200))
  const busy = await fetch(at(url), from('198.18.0.1'))
  expect(busy.status).toBe(429)
  expect(waitOf(busy.headers)).toBe(10)
  expect(await busy.text()).toContain('10 秒后会自动重试')
  expect(busy.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect((await fetch(at(url), from('198.18.0.2'))).status).toBe(200)
  brand.clock.move(10_000)
  expect((await fetch(at(url), from('198.18.0.1'))).status).toBe(200)
})

test('Ops: only our own proxy is believed: an address that the sender claims opens no second budget', async () => {
  const claim = (claimed: string) => fetch(at('/pay/none'), from(`${claimed}, 198.18.0.9`))
  expect((await claim('10.0.0.1')).status).toBe(404)
  expect((await claim('10.0.0.2')).status).toBe(404)
  expect((await claim('10.0.0.3')).status).toBe(429)
})

test('Ops A7: one customer’s reports are limited, another customer behind the same address reports on', async () => {
  const [lin, an] = [brand.tencent.customer('lin'), brand.tencent.customer('an')]
  const reports = (who: CustomerActor) => who.reports([row(brand.clock, 'view-item', coat)])
  expect((await several(limits['beacon-events'], () => reports(lin))).map(({ status }) => status)).toEqual([200, 200, 200])
  expect(await reports(lin)).toMatchObject({ status: 429, body: { error: { code: 'too-many' } } })
  expect((await reports(an)).status).toBe(200)
  brand.clock.move(20_000)
  expect((await reports(lin)).status).toBe(200)
})

test('Ops A7: sessions and phone codes, each of which asks WeChat, have budgets of their own', async () => {
  const lin = brand.tencent.customer('lin')
  const sessions = await several(limits['beacon-session'] + 1, () => lin.startsMallSession())
  expect(sessions.map(({ status }) => status)).toEqual([200, 200, 200, 200, 429])
  const phones = await several(limits['beacon-phone'] + 1, () => lin.provesPhone('13800138000'))
  expect(phones.map(({ status }) => status)).toEqual([204, 204, 429])
})

test('Ops A8: a signed source that sends too much is told when to send again; what it had sent is kept', async () => {
  const till = connector(brand, 'till', secrets.INBOUND_TILL_SECRET)
  const sale = (receipt: string) => message('till-sale.json', { phone: '13800138000', member: 'VIP-1', receipt, time: '2026-03-02 09:00:00' })
  expect((await till(sale('R-1'))).status).toBe(202)
  expect((await till(sale('R-2'))).status).toBe(202)
  expect(await till(sale('R-3'))).toMatchObject({ status: 429, body: { error: { code: 'too-many' } } })
  brand.clock.move(30_000)
  expect((await till(sale('R-3'))).status).toBe(202)
})

test('Ops A1: forgeries are cut off and fill no log; from the same address every genuine callback is still taken', async () => {
  const wei = brand.tencent.customer('wei')
  const before = refusedLines()
  const forged = await several(limits.refused + 4, async () => (await wei.follows({ forged: 'signature' }))[0])
  expect(forged).toEqual([401, 401, 401, 429, 429, 429, 429])
  expect(refusedLines() - before).toBe(limits.refused)
  expect(new Set(await wei.follows({ deliveries: 50 }))).toEqual(new Set([200]))
  const paid = { eventType: 'TRANSACTION.SUCCESS', originalType: 'transaction', resource: {} }
  expect(await brand.tencent.pay.notifies(paid, { forged: 'probe' })).toEqual([429])
})

test('Ops A8: forged messages of a source are cut off likewise, its own are not', async () => {
  const stranger = connector(brand, 'erp', `whsec_${Buffer.alloc(32, 9).toString('base64')}`)
  const statuses = (await several(limits.refused + 1, () => stranger('{}'))).map(({ status }) => status)
  expect(statuses).toEqual([401, 401, 401, 429])
  expect((await connector(brand, 'erp', secrets.INBOUND_ERP_SECRET)('{}')).status).toBe(202)
})

test('Ops F1: the beginnings of a sign-in are limited per address, requests of a member per member', async () => {
  const mei = brand.tencent.staff('mei', { name: '小梅' })
  const page = await signedIn(brand, mei)
  const asked = await several(limits.api, () => page.get('/api/alerts'))
  expect(asked.map(({ status }) => status)).toEqual(Array.from({ length: limits.api }, () => 200))
  const busy = await page.get('/api/alerts')
  expect(busy).toMatchObject({ status: 429, code: 'too-many' })
  expect(waitOf(busy.headers)).toBe(12)
  const zhou = await signedIn(brand, brand.tencent.staff('zhou'))
  expect((await zhou.get('/api/alerts')).status).toBe(200)
  const nobody = pageOf(brand, openBrowser('nobody', userAgents.desktop, { isTencent: () => false, route: (url) => url }))
  expect((await nobody.ask('/api/session', from('127.0.0.1', { headers: { accept: 'text/html' } }))).status).toBe(429)
  expect((await nobody.ask('/api/session', from('198.18.0.7', { headers: { accept: 'text/html' } }))).status).toBe(302)
})

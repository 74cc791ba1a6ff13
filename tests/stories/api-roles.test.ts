import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CustomerView, PageSignature } from '../../server/http/contract.ts'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import type { StaffActor } from '../fake-tencent/staff.ts'
import { openBrowser, userAgents } from '../fake-tencent/browser.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'
import { pageOf, signedIn, type Page } from '../support/page.ts'

type Role = 'anonymous' | 'owner' | 'colleague' | 'other' | 'operator'

let brand: TestBrand
let lin: CustomerActor
let mei: StaffActor
let alertKey: string
const pages = {} as Record<Role, Page>

/** 小梅 owns 林小姐 (newest), 小周 follows her too, 小魏 does not, 阿欧 is the operator. */
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00', env: { OPERATORS: 'ou' } })
  mei = brand.tencent.staff('mei', { name: '小梅' })
  const zhou = brand.tencent.staff('zhou', { name: '小周' })
  const wei = brand.tencent.staff('wei', { name: '小魏' })
  const ou = brand.tencent.staff('ou', { name: '阿欧', contacts: false })
  lin = brand.tencent.customer('lin', { name: '林小姐' })
  await brand.server.useCases.syncContacts()
  await zhou.adds(lin)
  await brand.settle()
  await brand.passes(1)
  await mei.adds(lin)
  await brand.settle()
  await brand.passes(1)
  await lin.follows()
  await brand.settle()
  const stranger = openBrowser('nobody', userAgents.desktop, { isTencent: () => false, route: (url) => url })
  pages.anonymous = pageOf(brand, stranger)
  pages.owner = await signedIn(brand, mei)
  pages.colleague = await signedIn(brand, zhou)
  pages.other = await signedIn(brand, wei)
  pages.operator = await signedIn(brand, ou)
  const { body } = await pages.owner.get<CustomerView>(`/api/customers/${lin.externalUserId}`)
  alertKey = body.alerts[0]?.key ?? ''
})

afterAll(async () => {
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

const customer = () => `/api/customers/${lin.externalUserId}`
const feedback = () => `/api/alerts/${encodeURIComponent(alertKey)}/feedback`
const content = { title: '秋冬大衣怎么挑', url: 'https://brand.example/coats' }
const ownPage = () => `${brand.env['PUBLIC_URL']}/sidebar/`

test('F5: a colleague sees the customer, but alerts are the owner’s', async () => {
  const own = await pages.owner.get<CustomerView>(customer())
  const other = await pages.colleague.get<CustomerView>(customer())
  expect(own.body.customer).toMatchObject({ name: '林小姐', mine: true, ownerName: '小梅' })
  expect(other.body.customer).toMatchObject({ name: '林小姐', mine: false, ownerName: '小梅' })
  expect(other.body.alerts).toEqual([])
  expect(other.body.timeline.length).toBeGreaterThan(0)
})

test('F5: a 403 names the owner to a former follow user only', async () => {
  const refused = await pages.other.get<{ error: { details?: unknown } }>(customer())
  expect(refused.body.error.details).toBeUndefined()
  expect(JSON.stringify(refused.body)).not.toContain('小梅')

  const zhou = brand.tencent.staff('zhou')
  await zhou.removes(lin)
  await brand.settle()
  const former = await pages.colleague.get<{ error: { message: string; details?: unknown } }>(customer())
  expect(former).toMatchObject({ status: 403, code: 'not-my-customer' })
  expect(former.body.error.details).toEqual({ customer: '林小姐', owner: '小梅', ownerId: 'mei' })
  await zhou.adds(lin)
  await brand.settle()
})

test('F5: JS-SDK signatures: both kinds, without the fragment, for our own pages only', async () => {
  const sign = (kind: string, url: string) => pages.owner.post<PageSignature>('/api/jssdk/signature', { kind, url })
  const corp = await sign('corp', ownPage())
  const agent = await sign('agent', `${ownPage()}#/inbox`)
  for (const [answer, kind] of [[corp, 'corp'], [agent, 'agent']] as const) {
    const { nonceStr, timestamp, signature } = answer.body
    const text = `jsapi_ticket=${brand.tencent.ticket(kind)}&noncestr=${nonceStr}&timestamp=${timestamp}&url=${ownPage()}`
    expect(signature).toBe(createHash('sha1').update(text).digest('hex'))
  }
  expect(await sign('corp', 'https://evil.example/sidebar/')).toMatchObject({ status: 403, code: 'wrong-origin' })
  const disguised = ownPage().replace('//', '//mei@evil.example#')
  expect(await sign('corp', disguised)).toMatchObject({ status: 403, code: 'wrong-origin' })
  expect(await sign('corp', 'not a url')).toMatchObject({ status: 400, code: 'bad-request' })
  expect(await sign('both', ownPage())).toMatchObject({ status: 400, code: 'bad-request' })
})

const foreigners = ['https://evil.example', 'null', 'http://127.0.0.1:1']

test.each(foreigners)('F5: what changes something is refused when it comes from %s', async (origin) => {
  const posts = [
    pages.owner.post(feedback(), { action: 'following' }, { origin }),
    pages.owner.post(`${customer()}/sent`, { what: 'opener' }, { origin }),
    pages.operator.post('/api/content', content, { origin }),
  ]
  for (const answer of await Promise.all(posts)) expect(answer).toMatchObject({ status: 403, code: 'wrong-origin' })
})

test('F5: a request without Origin that a browser calls cross-site is refused', async () => {
  const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'cross-site' }
  const answer = await pages.owner.ask(feedback(), { method: 'POST', headers, body: '{"action":"following"}' })
  expect(answer).toMatchObject({ status: 403, code: 'wrong-origin' })
})

test.each([
  ['no JSON', '{"action":'],
  ['a bare word', '"following"'],
  ['an unknown action', '{"action":"delete"}'],
  ['an extra field', '{"action":"later","owner":"wei"}'],
  ['too long a reason', JSON.stringify({ action: 'not-useful', reason: 'x'.repeat(201) })],
  ['nothing', ''],
])('F5: a body with %s is a 400 that says what is wrong', async (_what, body) => {
  const answer = await pages.owner.post<{ error: { message: string } }>(feedback(), body)
  expect(answer).toMatchObject({ status: 400, code: 'bad-request' })
  expect(answer.body.error.message.length).toBeGreaterThan(3)
})

test('F5: a body over 1 MiB is a 413', async () => {
  const answer = await pages.operator.post('/api/content', { title: 'x', markdown: 'x'.repeat(1024 * 1024) })
  expect(answer).toMatchObject({ status: 413, code: 'too-large' })
})

test('F5: an unknown route, method or alert is answered as JSON', async () => {
  expect(await pages.owner.get('/api/nothing')).toMatchObject({ status: 404, code: 'not-found' })
  const removed = await pages.owner.ask('/api/alerts', { method: 'DELETE' })
  expect(removed).toMatchObject({ status: 405, code: 'wrong-method' })
  const nobody = await pages.owner.post('/api/alerts/nobody/feedback', { action: 'later' })
  expect(nobody).toMatchObject({ status: 404, code: 'not-found' })
  expect(await pages.owner.get('/api/customers/%E0%A4%A')).toMatchObject({ status: 403, code: 'not-my-customer' })
  expect(await pages.owner.get('/api/alerts?filter=mine')).toMatchObject({ status: 400, code: 'bad-request' })
  expect(await pages.owner.get(`${customer()}?before=yesterday`)).toMatchObject({ status: 400, code: 'bad-request' })
})

test.each(['999999999999999999', '9007199254740991', '1e400', '-1'])('F5: ?before=%s is not a date', async (before) => {
  expect(await pages.owner.get(`${customer()}?before=${before}`)).toMatchObject({ status: 400, code: 'bad-request' })
})

test('C2 F5: before a "not my customer" the contact is read once, then not again for a minute', async () => {
  const unknown = 'wmNobodyKnowsThisOne000000000000'
  const reads = () => brand.tencent.calls.filter(({ api }) => api === 'externalcontact/get').length
  const before = reads()
  for (let times = 0; times < 3; times += 1) {
    expect(await pages.owner.get(`/api/customers/${unknown}`)).toMatchObject({ status: 403, code: 'not-my-customer' })
  }
  expect(reads()).toBe(before + 1)
  brand.clock.move(61_000)
  await pages.owner.get(`/api/customers/${unknown}`)
  expect(reads()).toBe(before + 2)
})

test('C2 F5: a customer added seconds ago works although the callback has not come', async () => {
  const zhou = brand.tencent.customer('new-zhou', { name: '周先生' })
  await mei.adds(zhou, { deliveries: 0 })
  const { status, body } = await pages.owner.get<CustomerView>(`/api/customers/${zhou.externalUserId}`)
  expect(status).toBe(200)
  expect(body.customer.name).toBe('周先生')
})

test('F7: the app lacks the customer-contact right: its own sentence', async () => {
  brand.tencent.weather.refuseNext(48002, { api: 'externalcontact/get' })
  const path = '/api/customers/wmSomebodyElse000000000000000000'
  const answer = await pages.owner.get<{ error: { message: string } }>(path)
  expect(answer).toMatchObject({ status: 502, code: 'no-contact-right' })
  expect(answer.body.error.message).toContain('客户联系')
})

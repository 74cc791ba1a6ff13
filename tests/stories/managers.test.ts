import { afterAll, beforeAll, expect, test } from 'vitest'
import type { StaffId } from '../../server/domain/ids.ts'
import type { CustomerView, InboxView } from '../../server/http/contract.ts'
import type { Member } from '../../server/ports/members.ts'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'
import { signedIn, type Page } from '../support/page.ts'

let brand: TestBrand
let lin: CustomerActor
let wu: CustomerActor
const pages = {} as Record<'hua' | 'mei' | 'wei', Page>

const member = (userid: string, departments: readonly number[], leads: readonly number[] = []): Member =>
  ({ staffId: userid as StaffId, userid, name: null, departments, leads })

/** 华店长 leads the shop where 小梅 works; 小魏 works in another. 林小姐 is 小梅's, 吴先生 小魏's. */
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00', env: { MANAGERS: 'hua' } })
  const [hua, mei, wei] = [['hua', '华店长'], ['mei', '小梅'], ['wei', '小魏']].map(([id, name]) => brand.tencent.staff(id as string, { name: name as string }))
  if (!hua || !mei || !wei) throw new Error('nobody works here')
  lin = brand.tencent.customer('lin', { name: '林小姐' })
  wu = brand.tencent.customer('wu', { name: '吴先生' })
  await brand.server.useCases.syncContacts()
  const { members } = brand.server.stores
  await members.putDepartments([{ id: 2, name: '静安店', parentId: 1, leaders: [] }, { id: 3, name: '徐汇店', parentId: 1, leaders: [] }])
  await members.put([member('hua', [2], [2]), member('mei', [2]), member('wei', [3])])
  await mei.adds(lin)
  await wei.adds(wu)
  await brand.passes(1)
  for (const customer of [lin, wu]) await customer.follows()
  await brand.settle()
  pages.hua = await signedIn(brand, hua)
  pages.mei = await signedIn(brand, mei)
  pages.wei = await signedIn(brand, wei)
})
afterAll(async () => {
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

const pathOf = (customer: CustomerActor) => `/api/customers/${customer.externalUserId}`
const stateOf = async () => (await brand.server.stores.alerts.ofAny(['mei' as StaffId], ['sent', 'opened'], 9)).map(({ state }) => state)

test('E6: a manager sees the alerts of those they lead, whose they are, and opens none by looking', async () => {
  const { status, body } = await pages.hua.get<InboxView>('/api/alerts?scope=team')
  expect(status).toBe(200)
  expect(body.alerts.map(({ customer, ownerName }) => `${ownerName}: ${customer.name}`)).toEqual(['小梅: 林小姐'])
  expect(body.counts).toEqual({ open: 1, following: 0, done: 0 })
  expect(await stateOf()).toEqual(['sent'])
  expect((await pages.hua.get<InboxView>('/api/alerts')).body).toMatchObject({ alerts: [], counts: { open: 0 } })
})

test('E6: and the customer, read-only; customers of other departments they do not see', async () => {
  const { status, body } = await pages.hua.get<CustomerView>(pathOf(lin))
  expect(status).toBe(200)
  expect(body).toMatchObject({ readOnly: true, customer: { name: '林小姐', mine: false, ownerName: '小梅' } })
  expect(body.alerts).toMatchObject([{ ownerName: '小梅' }])
  expect(body.timeline.length).toBeGreaterThan(0)
  expect(await stateOf()).toEqual(['sent'])
  expect(await pages.hua.get(pathOf(wu))).toMatchObject({ status: 403, code: 'not-my-customer' })
})

test('E6: a manager who does not follow a customer answers, sends and asks for nothing', async () => {
  const [alert] = (await pages.hua.get<InboxView>('/api/alerts?scope=team')).body.alerts
  const feedback = `/api/alerts/${encodeURIComponent(alert?.key ?? '')}/feedback`
  const refused = { status: 403, code: 'not-my-customer' }
  expect(await pages.hua.post(feedback, { action: 'following' })).toMatchObject(refused)
  expect(await pages.hua.post(`${pathOf(lin)}/sent`, { what: 'opener' })).toMatchObject(refused)
  expect(await pages.hua.get(`${pathOf(lin)}/payments`)).toMatchObject(refused)
  expect(await pages.hua.post(`${pathOf(lin)}/payments`, { amount: 100, description: '定金' })).toMatchObject(refused)
})

test('E6: who is no manager sees no team and no colleague’s customer, whatever the address', async () => {
  expect(await pages.mei.get('/api/alerts?scope=team')).toMatchObject({ status: 403, code: 'managers-only' })
  expect(await pages.wei.get(pathOf(lin))).toMatchObject({ status: 403, code: 'not-my-customer' })
  expect(await pages.mei.get('/api/alerts?scope=everybody')).toMatchObject({ status: 400, code: 'bad-request' })
  const { body } = await pages.mei.get<CustomerView>(pathOf(lin))
  expect(body).toMatchObject({ readOnly: false, customer: { mine: true } })
  expect(body.alerts[0]).not.toHaveProperty('ownerName')
})

test('E6: a customer who is added by the manager is the manager’s own', async () => {
  const hua = brand.tencent.staff('hua')
  await hua.adds(lin)
  await brand.settle()
  expect((await pages.hua.get<CustomerView>(pathOf(lin))).body).toMatchObject({ readOnly: false, customer: { mine: true } })
  await hua.removes(lin)
  await brand.settle()
  expect((await pages.hua.get<CustomerView>(pathOf(lin))).body).toMatchObject({ readOnly: true })
})

test('F5 E6: counts leave out customers whom the member has lost', async () => {
  const [alert] = (await pages.mei.get<InboxView>('/api/alerts')).body.alerts
  const answer = await pages.mei.post(`/api/alerts/${encodeURIComponent(alert?.key ?? '')}/feedback`, { action: 'following' })
  expect(answer.status).toBe(200)
  expect((await pages.mei.get<InboxView>('/api/alerts')).body.counts).toEqual({ open: 0, following: 1, done: 0 })
  await brand.tencent.staff('mei').removes(lin)
  await brand.settle()
  expect((await pages.mei.get<InboxView>('/api/alerts?filter=following')).body).toMatchObject({ alerts: [], counts: { open: 0, following: 0, done: 0 } })
  expect((await pages.hua.get<InboxView>('/api/alerts?scope=team')).body.counts).toEqual({ open: 0, following: 0, done: 0 })
})

test('F5 E6: what has been followed for more than a month is neither listed nor counted: list and counts agree', async () => {
  const he = brand.tencent.customer('he', { name: '何小姐' })
  await brand.tencent.staff('wei').adds(he)
  await brand.passes(1)
  await he.follows()
  await brand.settle()
  const [alert] = (await pages.wei.get<InboxView>('/api/alerts')).body.alerts.filter(({ customer }) => customer.id === he.externalUserId)
  await pages.wei.post(`/api/alerts/${encodeURIComponent(alert?.key ?? '')}/feedback`, { action: 'following' })
  const listed = async () => {
    const { alerts, counts } = (await pages.wei.get<InboxView>('/api/alerts?filter=following')).body
    return [alerts.length, counts.following]
  }
  expect(await listed()).toEqual([1, 1])
  brand.clock.move(31 * 24 * 3600_000)
  pages.wei = await signedIn(brand, brand.tencent.staff('wei'))
  expect(await listed()).toEqual([0, 0])
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CustomerTagsView, CustomerView, ErrorAnswer, GroupChatView, NoteListView, NoteView, OrderListView, PortraitView, TagCatalogueView } from '../../server/http/contract.ts'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import type { StaffActor } from '../fake-tencent/staff.ts'
import { lookAt } from '../support/look.ts'
import { coat, coatInShop, inMall, scarf, scarfInShop } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'
import { signedIn, type Page } from '../support/page.ts'

let brand: TestBrand
let mei: StaffActor
let lin: CustomerActor
let wu: CustomerActor
let signIn: () => Promise<void>
const pages = {} as Record<'mei' | 'zhou' | 'wei' | 'hua', Page>

const levels = { id: 'etLEVEL', name: '等级', order: 2, tags: [{ id: 'etGOLD', name: '金卡', order: 2 }, { id: 'etSILVER', name: '银卡', order: 1 }] }
const styles = { id: 'etSTYLE', name: '风格', order: 1, tags: [{ id: 'etCALM', name: '通勤', order: 1 }] }

/** 小梅 owns 林小姐, 小周 follows her too, 小魏 does not; 华店长 leads 小梅. 吴先生 is 小魏's. */
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00', env: { MANAGERS: 'hua' } })
  const { tencent } = brand
  tencent.department({ id: 2, name: '静安店', parentid: 1, leaders: ['hua'] })
  const staff = ([['mei', '小梅', [2]], ['zhou', '小周', [1]], ['wei', '小魏', [1]], ['hua', '华店长', [2]]] as const).map(([id, name, departments]) => tencent.staff(id, { name, departments: [...departments] }))
  const [meiActor, zhou, wei, hua] = staff as [StaffActor, StaffActor, StaffActor, StaffActor]
  mei = meiActor
  lin = tencent.customer('lin', { name: '林小姐', gender: 2 })
  wu = tencent.customer('wu', { name: '吴先生' })
  await tencent.tagGroup(levels)
  await tencent.tagGroup(styles)
  await brand.server.useCases.synchronise()
  await zhou.adds(lin)
  await brand.passes(1)
  await mei.adds(lin, { state: 'store_012' })
  await wei.adds(wu)
  await brand.passes(1)
  signIn = async () => {
    for (const [name, actor] of Object.entries({ mei, zhou, wei, hua })) pages[name as keyof typeof pages] = await signedIn(brand, actor)
  }
  await signIn()
})
afterAll(async () => {
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

const of = (customer: CustomerActor, rest = '') => `/api/customers/${customer.externalUserId}${rest}`
const tagNames = async (page: Page) => (await page.get<PortraitView>(of(lin, '/portrait'))).body.tags.map(({ groupName, name }) => `${groupName}/${name}`)
const sentence = (body: unknown) => (body as ErrorAnswer).error.message

test('F2: tags are what WeCom says, change with one tap, are WeCom’s at once and survive the next synchronisation', async () => {
  const { body } = await pages.mei.get<TagCatalogueView>('/api/tags')
  expect(body.groups.map(({ name, tags }) => [name, tags.map((tag) => tag.name)])).toEqual([['等级', ['金卡', '银卡']], ['风格', ['通勤']]])
  expect(await tagNames(pages.mei)).toEqual([])
  const changed = await pages.mei.post<CustomerTagsView>(of(lin, '/tags'), { add: ['etGOLD', 'etCALM'] })
  expect(changed.body.tags.map(({ name }) => name)).toEqual(['金卡', '通勤'])
  expect(await tagNames(pages.mei)).toEqual(['等级/金卡', '风格/通勤'])
  expect(brand.tencent.world.follows.find((one) => one.userid === 'mei' && one.externalUserId === lin.externalUserId)?.tags).toEqual(['etGOLD', 'etCALM'])
  await pages.mei.post(of(lin, '/tags'), { add: ['etSILVER'], remove: ['etGOLD'] })
  await brand.server.useCases.synchronise()
  await mei.edits(lin)
  await brand.passes(1)
  expect(await tagNames(pages.mei)).toEqual(expect.arrayContaining(['风格/通勤', '等级/银卡']))
})

test('F2: somebody else changes it in WeCom: the callback shows it here', async () => {
  const follow = brand.tencent.world.follows.find((one) => one.userid === 'mei' && one.externalUserId === lin.externalUserId)
  if (follow) follow.tags = ['etGOLD']
  await mei.edits(lin)
  await brand.passes(1)
  expect(await tagNames(pages.mei)).toEqual(['等级/金卡'])
})

test('F2: a tag is given by a pair: a colleague has her own, a manager sees all and changes none, a stranger nothing', async () => {
  expect(await tagNames(pages.zhou)).toEqual([])
  expect(await pages.hua.get<PortraitView>(of(lin, '/portrait'))).toMatchObject({ status: 200, body: { readOnly: true, tags: [{ name: '金卡' }] } })
  for (const page of [pages.hua, pages.wei]) {
    expect(await page.post(of(lin, '/tags'), { add: ['etCALM'] })).toMatchObject({ status: 403, code: 'not-my-customer' })
  }
  for (const path of ['/portrait', '/orders', '/notes']) {
    const refused = await pages.wei.get(of(lin, path))
    expect([refused.status, refused.code, JSON.stringify(refused.body)]).toEqual([403, 'not-my-customer', expect.not.stringContaining('林小姐')])
  }
})

test('F2: each way in which WeCom refuses a tag is one sentence, and nothing changes here', async () => {
  expect(await pages.mei.post(of(lin, '/tags'), { add: ['etNONE'] })).toMatchObject({ status: 409, body: { error: { message: '这个标签已经没有了，请重新打开再选。' } } })
  for (const [errcode, status, part] of [[40068, 409, '标签已经没有了'], [45035, 409, '几秒'], [45009, 503, '稍后再试'], [48002, 502, '管理员']] as const) {
    brand.tencent.weather.refuseNext(errcode, { api: 'externalcontact/mark_tag' })
    const refused = await pages.mei.post(of(lin, '/tags'), { add: ['etCALM'] })
    expect([refused.status, sentence(refused.body)]).toEqual([status, expect.stringContaining(part)])
  }
  expect(await tagNames(pages.mei)).toEqual(['等级/金卡'])
})

test('F2: a portrait says where each field comes from and when; what nobody told stays unknown', async () => {
  const mall = inMall(brand.clock, lin)
  const field = async (id: string) => (await pages.mei.get<PortraitView>(of(lin, '/portrait'))).body.fields.find((one) => one.id === id)
  expect(await field('gender')).toMatchObject({ value: '女', origin: 'wecom' })
  expect(await field('origin')).toMatchObject({ value: '扫码添加 · 渠道 store_012', origin: 'wecom' })
  for (const id of ['interests', 'spending', 'size', 'budget']) expect(await field(id)).toMatchObject({ value: null, because: null, at: null })
  await lin.follows()
  await brand.settle()
  await mall('view-item', coat)
  await brand.passes(2)
  expect(await field('interests')).toMatchObject({ value: null })
  await mall('add-to-cart', coat)
  await lin.writes('我平时穿M码，预算 3000 左右，有合适的吗')
  await brand.passes(2)
  expect(await field('interests')).toMatchObject({ value: 'coats', because: '加购「羊绒大衣」，近半年看过 1 次', origin: 'showed' })
  expect(await field('size')).toMatchObject({ value: 'M 码', origin: 'said', because: expect.stringContaining('自己说的') })
  expect(await field('budget')).toMatchObject({ value: '¥3,000', origin: 'said' })
  expect((await pages.wei.get<PortraitView>(of(wu, '/portrait'))).body.fields.filter(({ value }) => value !== null).map(({ id }) => id)).toEqual(['origin', 'first-seen'])
})

test('F2: orders are listed once each, with what became of them', async () => {
  expect((await pages.mei.get<OrderListView>(of(lin, '/orders'))).body.orders).toEqual([])
  await lin.orders([coatInShop])
  await brand.passes(1)
  const [order, ...more] = (await pages.mei.get<OrderListView>(of(lin, '/orders'))).body.orders
  expect(more).toEqual([])
  expect(order).toMatchObject({ state: 'unpaid', amount: coat.price, refunded: 0, paidAt: null, items: [{ title: '羊绒大衣', count: 1 }], source: '微信小店' })
  await lin.pays((await lin.orders([scarfInShop])).orderNo)
  await brand.passes(1)
  const { orders } = (await pages.mei.get<OrderListView>(of(lin, '/orders'))).body
  expect(orders.map(({ state, amount }) => [state, amount])).toEqual([['paid', scarf.price], ['unpaid', coat.price]])
  const spending = (await pages.mei.get<PortraitView>(of(lin, '/portrait'))).body.fields.find(({ id }) => id === 'spending')
  expect(spending).toMatchObject({ value: '¥399，1 笔', origin: 'ordered' })
  expect(await pages.hua.get(of(lin, '/orders'))).toMatchObject({ status: 200 })
})

test('F2: a note is there for all who follow, a manager reads it, and its text is in no log', async () => {
  const secret = '想要驼色，先生下周生日'
  const made = await pages.mei.post<NoteView>(of(lin, '/notes'), { id: 'note-of-the-page-0001', kind: 'visit', text: secret })
  expect(made).toMatchObject({ status: 201, body: { text: secret, kind: 'visit', by: null, changeable: true, edited: false } })
  await pages.mei.post(of(lin, '/notes'), { id: 'note-of-the-page-0001', kind: 'visit', text: secret })
  expect((await pages.zhou.get<NoteListView>(of(lin, '/notes'))).body.notes).toMatchObject([{ text: secret, by: '小梅', changeable: false }])
  expect((await pages.hua.get<NoteListView>(of(lin, '/notes'))).body).toMatchObject({ readOnly: true, notes: [{ text: secret, by: '小梅' }] })
  for (const page of [pages.hua, pages.wei]) expect((await page.post(of(lin, '/notes'), { kind: 'call', text: 'x' })).code).toBe('not-my-customer')
  expect((await pages.mei.get<CustomerView>(of(lin))).body.lastFollowUp).toBe(brand.clock.now().getTime())
  expect(brand.log.text()).not.toContain(secret)
})

test('F2: only who wrote a note changes or removes it, and within a day', async () => {
  const path = '/api/notes/note-of-the-page-0001'
  const change = { kind: 'call', text: '想要驼色 M 码' } as const
  expect(await pages.zhou.post(path, change)).toMatchObject({ status: 403, code: 'not-your-note' })
  expect((await pages.wei.post(path, change)).code).toBe('not-my-customer')
  expect(await pages.mei.post<NoteView>(path, change)).toMatchObject({ status: 200, body: { text: '想要驼色 M 码', kind: 'call', edited: true } })
  await brand.passes(24 * 60)
  await signIn()
  const late = await pages.mei.post(path, change)
  expect([late.status, sentence(late.body)]).toEqual([409, '超过一天的记录不能再改。'])
  expect((await pages.mei.post(`${path}/delete`, {})).status).toBe(409)
  const other = await pages.mei.post<NoteView>(of(lin, '/notes'), { kind: 'chat', text: '打错了' })
  expect((await pages.mei.post(`/api/notes/${other.body.id}/delete`, {})).status).toBe(204)
  expect((await pages.mei.get<NoteListView>(of(lin, '/notes'))).body.notes).toHaveLength(1)
  expect((await pages.mei.post(`/api/notes/${other.body.id}/delete`, {})).status).toBe(404)
})

test.each([
  ['', 400],
  ['   ', 400],
  ['长'.repeat(501), 400],
  ['👩‍👧'.repeat(500), 201],
])('F2: a note has 1 to 500 characters as people see them: %#', async (text, status) => {
  const made = await pages.zhou.post<NoteView>(of(lin, '/notes'), { kind: 'other', text })
  expect(made.status).toBe(status)
  if (status === 201) await pages.zhou.post(`/api/notes/${made.body.id}/delete`, {})
})

test('F6: a group shows the member’s own customers, those with open alerts first, and counts the others', async () => {
  const zhao = brand.tencent.customer('zhao', { name: '赵女士' })
  await mei.adds(zhao)
  await brand.passes(1)
  await inMall(brand.clock, lin)('add-to-cart', scarf)
  await brand.passes(1)
  const strangers = [wu.externalUserId, 'wmSTRANGER0001']
  brand.tencent.world.groupChats = { wrGROUP1: { name: '静安店会员群', owner: 'mei', members: ['mei', 'wei'], customers: [zhao.externalUserId, ...strangers, lin.externalUserId] } }
  const { status, body } = await pages.mei.get<GroupChatView>('/api/group-chats/wrGROUP1')
  expect(status).toBe(200)
  expect(body).toMatchObject({ name: '静安店会员群', others: 2, customers: [{ name: '林小姐' }, { name: '赵女士', alert: null, openAlerts: 0 }] })
  expect(body.customers[0]?.alert?.title).toContain('加购')
  expect(JSON.stringify(body)).not.toMatch(/吴先生|STRANGER/)
  expect((await pages.wei.get<GroupChatView>('/api/group-chats/wrGROUP1')).body).toMatchObject({ customers: [{ name: '吴先生' }], others: 3 })
  expect(await pages.zhou.get('/api/group-chats/wrGROUP1')).toMatchObject({ status: 403, code: 'not-in-this-chat' })
  expect(await pages.mei.get('/api/group-chats/wrNONE')).toMatchObject({ status: 404 })
  brand.tencent.weather.refuseNext(48002, { api: 'externalcontact/groupchat/get' })
  expect(await pages.mei.get('/api/group-chats/wrOTHER')).toMatchObject({ status: 502, code: 'no-contact-right' })
})

test('C4: a pause ends writing, and no reminder that a member set herself; an erasure takes notes, reminders and what they said, everywhere', async () => {
  const text = '喜欢手工扣子，约周五'
  await pages.mei.post(of(lin, '/notes'), { kind: 'chat', text, remindAt: brand.clock.now().getTime() + 60_000 })
  await brand.passes(2)
  expect(mei.titles.at(-1)).toContain(text)
  await pages.mei.post(of(lin, '/reminders'), { at: brand.clock.now().getTime() + 3600_000, text })
  const key = `external:${lin.externalUserId}` as Parameters<typeof brand.server.useCases.eraseCustomer.erase>[0]
  await brand.server.useCases.pauseCustomer.pause(key, brand.clock.now(), 'customer')
  await brand.settle()
  const paused = await pages.mei.post(of(lin, '/notes'), { kind: 'chat', text })
  expect([paused.status, sentence(paused.body)]).toEqual([409, '客户已暂停记录，现在不能记。'])
  const reminders = async () => (await lookAt(brand, lin).alerts()).filter(({ rule }) => rule === 'reminder').map(({ state }) => state)
  expect(await reminders()).toEqual(['sent'])
  expect(mei.phone.at(-1)?.replacedBy).toBeNull()
  await brand.passes(60)
  expect(await reminders()).toEqual(['sent', 'sent'])
  const { eraser } = brand.server.stores
  expect((await eraser.search([text])).map(({ where }) => where)).toEqual(expect.arrayContaining(['alerts', 'messages', 'notes']))
  await brand.server.useCases.eraseCustomer.erase(key, 'request', 'person', 'customer')
  await brand.settle()
  expect(await eraser.search([text, lin.externalUserId])).toEqual([])
  await brand.passes(120)
  expect(await lookAt(brand, lin).timeline()).toEqual([])
})

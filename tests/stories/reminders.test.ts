import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { identityKey, type ExternalUserId } from '../../server/domain/ids.ts'
import type { ErrorAnswer, CustomerView, InboxView, NoteListView, NoteView, ReminderView } from '../../server/http/contract.ts'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import type { StaffActor } from '../fake-tencent/staff.ts'
import { everythingStored } from '../support/everything-stored.ts'
import { coat, inMall } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'
import { signedIn, type Page } from '../support/page.ts'

let brand: TestBrand
let mei: StaffActor
let zhou: StaffActor
let lin: CustomerActor
const pages = {} as Record<'mei' | 'zhou' | 'wei', Page>

/** 小梅 and 小周 both follow 林小姐, whose owner is 小周; phones are quiet at night and merge within ten minutes. */
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00', env: { OPENING_HOURS: '09:00-21:00', ALERT_MERGE_MINUTES: '10' } })
  mei = brand.tencent.staff('mei', { name: '小梅' })
  zhou = brand.tencent.staff('zhou', { name: '小周' })
  const wei = brand.tencent.staff('wei', { name: '小魏' })
  lin = brand.tencent.customer('lin', { name: '林小姐' })
  await brand.server.useCases.syncContacts()
  await mei.adds(lin, { remark: '林姐' })
  await brand.passes(1)
  await zhou.adds(lin)
  await brand.passes(1)
  await signIn({ mei, zhou, wei })
})
afterAll(async () => {
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

async function signIn(actors: Partial<Record<keyof typeof pages, StaffActor>>): Promise<void> {
  for (const [name, actor] of Object.entries(actors)) pages[name as keyof typeof pages] = await signedIn(brand, actor)
}

const path = (rest = '') => `/api/customers/${lin.externalUserId}${rest}`
const at = (text: string) => new Date(`${text}:00+08:00`).getTime()
const remind = (page: Page, when: string, text = '') => page.post<ReminderView>(path('/reminders'), { at: at(when), text })
const told = (actor: StaffActor) => actor.titles.filter((title) => title.includes('约好'))

test('F4: a reminder rings once, at its time, on the phone of who set it, in her own words for the customer', async () => {
  const made = await remind(pages.mei, '2026-03-02T14:00', '试穿驼色大衣')
  expect(made).toMatchObject({ status: 201, body: { at: at('2026-03-02T14:00'), text: '试穿驼色大衣', mine: true, forName: null } })
  expect((await pages.mei.get<CustomerView>(path())).body.reminders).toMatchObject([{ text: '试穿驼色大衣', mine: true }])
  expect((await pages.zhou.get<CustomerView>(path())).body.reminders).toMatchObject([{ text: '试穿驼色大衣', mine: false, forName: '小梅' }])
  const inbox = (await pages.mei.get<InboxView>('/api/alerts')).body
  expect(inbox).toMatchObject({ counts: { open: 0 }, alerts: [], reminders: [{ text: '试穿驼色大衣', customer: { name: '林姐' } }] })
  expect((await pages.zhou.get<InboxView>('/api/alerts')).body.reminders).toEqual([])
  brand.clock.set('2026-03-02T13:59')
  await brand.settle()
  expect(told(mei)).toEqual([])
  await brand.passes(1)
  await brand.settle()
  expect(told(mei)).toEqual(['林姐 约好这时联系：试穿驼色大衣'])
  expect(told(zhou)).toEqual([])
  const { alerts, reminders } = (await pages.mei.get<InboxView>('/api/alerts')).body
  expect(reminders).toEqual([])
  expect(alerts).toMatchObject([{ tag: '约好提醒', urgency: 'now', title: '约好这时联系：试穿驼色大衣' }])
  expect(alerts[0]?.openers.length).toBeGreaterThanOrEqual(3)
  await pages.mei.post(`/api/alerts/${encodeURIComponent(alerts[0]?.key ?? '')}/feedback`, { action: 'following' })
})

test('F4: hung on a note it says what the note says', async () => {
  await pages.mei.post(path('/notes'), { kind: 'call', text: '下午再打给她', remindAt: at('2026-03-02T16:00') })
  expect((await pages.mei.get<NoteListView>(path('/notes'))).body).toMatchObject({ notes: [{ remindAt: at('2026-03-02T16:00') }], reminders: [{ text: '下午再打给她' }] })
  brand.clock.set('2026-03-02T16:00')
  await brand.settle()
  expect(told(mei).at(-1)).toBe('林姐 约好这时联系：下午再打给她')
  expect((await pages.mei.get<NoteListView>(path('/notes'))).body).toMatchObject({ notes: [{ remindAt: null }], reminders: [] })
})

test('F2 F4: a note changed or removed after its reminder rang leaves none of its old words, in the alert or anywhere else', async () => {
  const [note] = (await pages.mei.get<NoteListView>(path('/notes'))).body.notes
  const inbox = async () => (await pages.mei.get<InboxView>('/api/alerts?filter=all')).body.alerts.map(({ title, evidence }) => [title, evidence[0]?.text])
  const stored = () => everythingStored(String(brand.env['MONGODB_URI']))
  expect(await stored()).toContain('下午再打给她')
  await pages.mei.post(`/api/notes/${note?.id}`, { kind: 'chat', text: '改成晚上联系' })
  expect(await inbox()).toContainEqual(['约好这时联系：改成晚上联系', '聊天后记的'])
  expect(await stored()).not.toContain('下午再打给她')
  expect((await pages.mei.post(`/api/notes/${note?.id}/delete`, {})).status).toBe(204)
  expect(await inbox()).toContainEqual(['到了约好联系的时间', '当时定的提醒'])
  expect(await stored()).not.toContain('改成晚上联系')
})

test('F4: called off or done before its time it never rings; only whom it would ring ends it', async () => {
  const before = told(mei).length
  const [off, done] = [await remind(pages.mei, '2026-03-02T17:00', '一'), await remind(pages.mei, '2026-03-02T17:00', '二')]
  expect(await pages.zhou.post(`/api/reminders/${off.body.id}`, { state: 'cancelled' })).toMatchObject({ status: 403, code: 'not-your-note' })
  expect(await pages.wei.post(`/api/reminders/${off.body.id}`, { state: 'cancelled' })).toMatchObject({ status: 403, code: 'not-my-customer' })
  expect((await pages.mei.post(`/api/reminders/${off.body.id}`, { state: 'cancelled' })).status).toBe(204)
  expect((await pages.mei.post(`/api/reminders/${done.body.id}`, { state: 'done' })).status).toBe(204)
  const again = await pages.mei.post<ErrorAnswer>(`/api/reminders/${done.body.id}`, { state: 'cancelled' })
  expect([again.status, again.body.error.message]).toEqual([409, '这个提醒已经响过或取消了。'])
  brand.clock.set('2026-03-02T17:30')
  await brand.settle()
  expect(told(mei)).toHaveLength(before)
})

test.each([
  ['2026-03-02T17:29', 400],
  ['2026-03-02T17:30', 400],
  ['2026-09-30T10:00', 400],
  ['2026-08-20T10:00', 201],
])('F4: only in the future, and half a year ahead at most: %s', async (when, status) => {
  const made = await remind(pages.zhou, when)
  expect(made.status).toBe(status)
  if (status === 201) await pages.zhou.post(`/api/reminders/${made.body.id}`, { state: 'cancelled' })
})

test('E4: inside of a merge window it does not wait; in quiet hours it waits for the opening', async () => {
  await inMall(brand.clock, lin)('add-to-cart', coat)
  await brand.passes(1)
  await remind(pages.zhou, '2026-03-02T17:33', '回电话')
  await remind(pages.zhou, '2026-03-02T22:30', '')
  await brand.passes(3)
  expect(told(zhou)).toEqual(['林小姐 约好这时联系：回电话'])
  brand.clock.set('2026-03-02T22:31')
  await brand.settle()
  expect(told(zhou)).toHaveLength(1)
  brand.clock.set('2026-03-03T09:00')
  await brand.settle()
  expect(told(zhou).at(-1)).toBe('林小姐 到了约好联系的时间')
  expect(told(zhou)).toHaveLength(2)
})

test('E4: a crash between alert and reminder rings it once', async () => {
  await signIn({ mei, zhou })
  const { notes } = brand.server.stores
  const before = told(zhou).length
  await remind(pages.zhou, '2026-03-03T10:00', '断电前后')
  const { settle } = notes
  notes.settle = () => Promise.reject(new Error('the process ends here'))
  brand.clock.set('2026-03-03T10:00')
  await expect(brand.settle()).rejects.toThrow('ends here')
  notes.settle = settle
  await brand.settle()
  await brand.passes(5)
  expect(told(zhou)).toHaveLength(before + 1)
})

test('E4: two processes ring it once', async () => {
  const before = told(zhou).length
  await remind(pages.zhou, '2026-03-03T11:00', '两个进程')
  const other = await brand.another()
  brand.clock.set('2026-03-03T11:00')
  await Promise.all([other.useCases.worker.drain(), brand.settle()])
  await brand.settle()
  expect(told(zhou)).toHaveLength(before + 1)
})

test('C1: handed over, the heir is reminded; without anybody nobody is', async () => {
  await remind(pages.zhou, '2026-03-03T15:00', '送样衣')
  const before = [told(mei).length, told(zhou).length]
  await zhou.removes(lin)
  await brand.passes(1)
  expect((await pages.mei.get<InboxView>('/api/alerts')).body.reminders).toMatchObject([{ text: '送样衣', mine: true }])
  brand.clock.set('2026-03-03T15:00')
  await brand.settle()
  expect([told(mei).length, told(zhou).length]).toEqual([(before[0] ?? 0) + 1, before[1]])
  expect(told(mei).at(-1)).toBe('林姐 约好这时联系：送样衣')
  await remind(pages.mei, '2026-03-03T16:00', '没人了')
  await mei.removes(lin)
  await brand.passes(90)
  expect(told(mei)).toHaveLength((before[0] ?? 0) + 1)
})

/** A card rings on 小梅's phone for a note of hers, which she then rewords; of the day at ten. */
async function notedAndReworded(day: string, customer: CustomerActor, words: string, beside?: () => Promise<unknown>) {
  brand.clock.set(`${day}T10:00`)
  await mei.adds(customer)
  await brand.passes(30)
  await signIn({ mei })
  const made = await pages.mei.post<NoteView>(`/api/customers/${customer.externalUserId}/notes`, { kind: 'call', text: words, remindAt: at(`${day}T22:00`) })
  brand.clock.set(`${day}T22:01`)
  await beside?.()
  await brand.settle()
  await brand.passes(11 * 60)
  await signIn({ mei })
  expect(await pages.mei.post(`/api/notes/${made.body.id}`, { kind: 'call', text: '改过的话' })).toMatchObject({ status: 200 })
}

const erases = (customer: CustomerActor) =>
  brand.server.useCases.eraseCustomer.erase(identityKey({ kind: 'external', externalUserId: customer.externalUserId as ExternalUserId }), 'request', 'person', 'customer')

test('F2: a change that ends half-way leaves the note as it was, to be changed once more; what waits to ring keeps none of the old words', async () => {
  const stored = async () => (await everythingStored(String(brand.env['MONGODB_URI']))).includes('旧的话')
  const ding = brand.tencent.customer('ding', { name: '丁女士' })
  brand.clock.set('2026-03-04T10:00')
  await mei.adds(ding)
  await brand.passes(30)
  await signIn({ mei })
  const { body } = await pages.mei.post<NoteView>(`/api/customers/${ding.externalUserId}/notes`, { kind: 'call', text: '旧的话', remindAt: at('2026-03-04T11:00') })
  brand.tencent.weather.refuseNext(45009, { api: 'message/send' })
  await brand.passes(31)
  const forgets = vi.spyOn(brand.server.stores.messages, 'forgetWords').mockRejectedValueOnce(new Error('the process ends here'))
  const edits = () => pages.mei.post(`/api/notes/${body.id}`, { kind: 'call', text: '新的话' })
  expect((await edits()).status).toBe(500)
  forgets.mockRestore()
  expect((await pages.mei.get<NoteListView>(`/api/customers/${ding.externalUserId}/notes`)).body.notes[0]?.text).toBe('旧的话')
  expect((await edits()).status).toBe(200)
  expect(await stored()).toBe(true)
  await brand.passes(10)
  expect(mei.titles.at(-1)).toBe('丁女士 约好这时联系：旧的话')
  expect(await stored()).toBe(false)
})

test('F2 E4: nor does a message keep them that was given up for the quiet hours, and told anew in the morning', async () => {
  const dong = brand.tencent.customer('dong', { name: '董女士' })
  brand.clock.set('2026-03-04T20:00')
  await mei.adds(dong)
  await brand.passes(30)
  await signIn({ mei })
  const { body } = await pages.mei.post<NoteView>(`/api/customers/${dong.externalUserId}/notes`, { kind: 'call', text: '昨晚的话', remindAt: at('2026-03-04T20:59') })
  brand.tencent.weather.refuseNext(45009, { api: 'message/send' })
  await brand.passes(29)
  await brand.passes(10)
  await brand.passes(12 * 60)
  expect(mei.titles.at(-1)).toBe('董女士 约好这时联系：昨晚的话')
  await signIn({ mei })
  expect((await pages.mei.post(`/api/notes/${body.id}`, { kind: 'call', text: '今早的话' })).status).toBe(200)
  expect(await everythingStored(String(brand.env['MONGODB_URI']))).not.toContain('昨晚的话')
})

test('F2 C4: a card whose note was changed and that was tapped still leaves the phone when its customer is erased', async () => {
  const he = brand.tencent.customer('he', { name: '何改过' })
  await notedAndReworded('2026-03-05', he, '问她尺码')
  expect(mei.titles.at(-1)).toBe('何改过 约好这时联系：问她尺码')
  // Noted at ten, told the next morning: not as if it were still to come.
  expect(mei.phone.at(-1)?.lines[0]).toMatchObject({ name: '昨天', value: '10:30 电话后记的' })
  await mei.taps('跟进中')
  await brand.settle()
  await erases(he)
  await brand.settle()
  await brand.passes(5)
  expect(mei.phone.map(({ title, replacedBy }) => [title, replacedBy]).filter(([title]) => title?.includes('何改过'))).toEqual([])
})

test('F2 E3: a digest stays on the phone when one note in it is changed and the last of it is answered: nobody was erased', async () => {
  const [du, fu] = [brand.tencent.customer('du', { name: '杜女士' }), brand.tencent.customer('fu', { name: '傅女士' })]
  brand.clock.set('2026-03-07T09:30')
  await mei.adds(fu)
  await notedAndReworded('2026-03-07', du, '问她颜色', () => inMall(brand.clock, fu)('add-to-cart', coat))
  const digest = mei.titles.at(-1)
  expect(digest).toBe('有 2 位客户值得联系')
  for (const { key } of (await pages.mei.get<InboxView>('/api/alerts')).body.alerts) {
    await pages.mei.post(`/api/alerts/${encodeURIComponent(key)}/feedback`, { action: 'following' })
  }
  await brand.passes(1)
  await brand.settle()
  expect(mei.titles.at(-1)).toBe(digest)
})

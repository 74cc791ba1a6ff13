import { afterEach, expect, test } from 'vitest'
import { coat, coatInShop, inMall, scarf } from '../support/mall.ts'
import { lookAt } from '../support/look.ts'
import { openBrand, type BrandOptions, type TestBrand } from '../support/open-brand.ts'
import { signedIn } from '../support/page.ts'
import type { CustomerView, FeedbackAnswer, InboxView } from '../../server/http/contract.ts'

let brand: TestBrand
afterEach(() => brand.close())

/** 小梅 follows 林小姐, who has done nothing yet. */
async function meiAndLin(options: BrandOptions = {}) {
  brand = await openBrand({ at: '2026-03-02T10:00', ...options })
  const mei = brand.tencent.staff('mei', { name: '小梅' })
  const lin = brand.tencent.customer('lin', { name: '林小姐' })
  await mei.adds(lin)
  await brand.settle()
  return { mei, lin, mall: inMall(brand.clock, lin), look: lookAt(brand, lin) }
}

const statesOf = (alert: { history: readonly { state: string; reason: string }[] } | undefined) =>
  alert?.history.map(({ state, reason }) => `${state}: ${reason.replace(/^alert-.*/, 'message')}`)

test('E2: the card says who, what and why now, and its link leads to that customer', async () => {
  const { mei, lin, mall } = await meiAndLin()
  await mall('view-item', coat)
  await brand.passes(1)
  await mall('add-to-cart', coat)
  await brand.settle()

  const [card] = mei.phone
  expect(card).toMatchObject({
    kind: 'button_interaction',
    title: '林小姐 加购了羊绒大衣',
    buttons: [{ text: '跟进中' }, { text: '稍后' }, { text: '没用' }],
    url: expect.stringMatching(new RegExp(`/sidebar/#/customer/${lin.externalUserId}\\?alert=added-to-basket`)),
    replacedBy: null,
  })
  expect(card?.lines[0]?.name).toBe('10:01')
  expect(card?.lines.map(({ value }) => value).join()).toContain('羊绒大衣')
  expect(JSON.parse(card?.json ?? '{}')).toMatchObject({ enable_duplicate_check: 1, duplicate_check_interval: 14_400 })
  expect(brand.tencent.problems).toEqual([])
})

test('E3 E6: 跟进中 is recorded for all alerts of the message, and the card changes once by its response code', async () => {
  const { mei, lin, mall, look } = await meiAndLin({ env: { ALERT_MERGE_MINUTES: '10' } })
  await lin.follows()
  await brand.settle()
  await mall('add-to-cart', coat)
  await mall('add-to-cart', scarf)
  await brand.settle()
  expect(mei.titles).toHaveLength(1)
  await brand.passes(11)
  expect(mei.titles).toHaveLength(2)

  await mei.taps('跟进中', { deliveries: 3 })
  await brand.settle()

  const told = await look.alerts()
  const acted = told.filter(({ state }) => state === 'acted')
  expect(acted).toHaveLength(2)
  expect(new Set(acted.map(({ messageId }) => messageId)).size).toBe(1)
  expect(statesOf(acted[0])?.at(-1)).toBe('acted: following')
  expect(mei.phone.map(({ replacedBy }) => replacedBy)).toEqual([null, '跟进中'])
  expect(brand.tencent.calls.filter(({ api }) => api === 'message/update_template_card')).toHaveLength(1)
  expect(brand.tencent.problems).toEqual([])
})

test('E3: a tap by somebody whose phone it did not ring is ignored', async () => {
  const { mei, lin, look } = await meiAndLin()
  const wei = brand.tencent.staff('wei')
  await lin.follows()
  await brand.settle()
  const [card] = mei.phone
  if (!card) throw new Error('no card')

  await wei.taps('没用', { card })
  await brand.settle()

  expect((await look.alerts()).map(({ state }) => state)).toEqual(['sent'])
  expect(mei.phone[0]?.replacedBy).toBe(null)
  expect(brand.log.text()).toContain('tap on a card that is not ours')
})

test('E3 E6: 稍后 brings the alert back as a new card after two hours, with its own buttons', async () => {
  const { mei, lin, look } = await meiAndLin()
  await lin.follows()
  await brand.settle()
  await mei.taps('稍后')
  await brand.settle()
  expect(mei.phone[0]?.replacedBy).toBe('稍后再提醒')

  await brand.passes(119)
  expect(mei.phone).toHaveLength(1)
  await brand.passes(2)

  expect(mei.titles).toEqual(['林小姐 刚关注了公众号', '林小姐 刚关注了公众号'])
  expect(new Set(mei.phone.map(({ taskId }) => taskId)).size).toBe(2)
  const [alert] = await look.alerts()
  expect(statesOf(alert)).toEqual([
    'queued: raised', 'merged: message', 'sent: delivered', 'snoozed: later', 'merged: message', 'sent: delivered',
  ])
  await mei.taps('没用')
  await brand.settle()
  expect(mei.phone[1]?.replacedBy).toBe('没用')
  expect((await look.alerts())[0]?.state).toBe('not-useful')
  expect(brand.tencent.problems).toEqual([])
})

test('E3 E4: 稍后 tapped shortly before closing comes back at opening, beside nothing else', async () => {
  const { mei, lin } = await meiAndLin({ at: '2026-03-02T20:30', env: { OPENING_HOURS: '09:00-21:00' } })
  await lin.follows()
  await brand.settle()
  await mei.taps('稍后')
  await brand.settle()
  await brand.passes(2.5 * 60)
  expect(mei.phone).toHaveLength(1)

  brand.clock.set('2026-03-03T09:00')
  await brand.settle()
  expect(mei.phone.map(({ kind }) => kind)).toEqual(['button_interaction', 'button_interaction'])
})

test('E3 E6: 稍后 does not come back when the customer has taken the thing out again, and says so', async () => {
  const { mei, mall, look } = await meiAndLin()
  await mall('add-to-cart', coat)
  await brand.settle()
  await mei.taps('稍后')
  await brand.settle()
  await brand.passes(30)
  await mall('remove-from-cart', coat)
  await brand.settle()

  await brand.passes(95)

  expect(mei.phone).toHaveLength(1)
  const [alert] = await look.alerts()
  expect(statesOf(alert)?.at(-1)).toBe('retracted: settled-meanwhile')
  const page = await signedIn(brand, mei)
  const { body } = await page.get<InboxView>('/api/alerts?filter=done')
  expect(body.alerts.map(({ fate }) => fate)).toEqual(['情况变了，不用跟进了'])
})

test('E3 E6 F3: feedback on the page changes the card only after undo is over; undone in time it stays', async () => {
  const { mei, lin, look } = await meiAndLin()
  await lin.follows()
  await brand.settle()
  const page = await signedIn(brand, mei)
  const shown = await page.get<CustomerView>(`/api/customers/${lin.externalUserId}`)
  const key = shown.body.alerts[0]?.key ?? ''
  expect(shown.body.alerts[0]).toMatchObject({ state: 'opened', title: '刚关注了公众号' })
  const path = `/api/alerts/${encodeURIComponent(key)}/feedback`

  const tapped = await page.post<FeedbackAnswer>(path, { action: 'not-useful', reason: '已经买过了' })
  expect(tapped.body.alert.state).toBe('not-useful')
  expect(tapped.body.undoUntil).toBe(brand.clock.now().getTime() + 10_000)
  brand.clock.move(9_000)
  await brand.settle()
  expect(mei.phone[0]?.replacedBy).toBe(null)
  const undone = await page.post<FeedbackAnswer>(path, { action: 'undo' })
  expect(undone.body).toMatchObject({ alert: { state: 'opened' }, undoUntil: null })
  await brand.passes(1)
  expect(mei.phone[0]?.replacedBy).toBe(null)

  await page.post(path, { action: 'later' })
  await page.post(path, { action: 'following' })
  await brand.passes(1)
  expect(mei.phone[0]?.replacedBy).toBe('跟进中')
  expect((await page.post(path, { action: 'undo' })).code).toBe('conflict')
  const [alert] = await look.alerts()
  expect(statesOf(alert)?.slice(3)).toEqual([
    'opened: shown', 'not-useful: 已经买过了', 'opened: undo', 'snoozed: later', 'acted: following',
  ])
  expect(brand.tencent.problems).toEqual([])
})

test('E3: an order paid closes what was open about its items: what waits never rings, the card is greyed out', async () => {
  const { mei, lin, mall, look } = await meiAndLin()
  await mall('add-to-cart', coat)
  await brand.settle()
  expect(mei.titles).toEqual(['林小姐 加购了羊绒大衣'])
  const { orderNo } = await lin.orders([coatInShop])
  await brand.settle()
  await lin.pays(orderNo)
  await brand.settle()

  const closed = (await look.alerts()).find(({ rule }) => rule === 'added-to-basket')
  expect(statesOf(closed)?.at(-1)).toBe('retracted: paid')
  expect(brand.tencent.calls.filter(({ api }) => /recall|update_template_card/.test(api))).toHaveLength(1)
  expect(mei.titles).toHaveLength(2)
  expect(mei.phone[0]?.replacedBy).toBe('已付款，不用跟进了')
  await brand.passes(130)
  expect(mei.titles).toHaveLength(2)
  expect(brand.tencent.problems).toEqual([])
})

test('E3: a card whose response code is spent is recalled within 24 h; later only the inbox changes', async () => {
  const { mei, lin, mall, look } = await meiAndLin()
  await mall('add-to-cart', coat)
  await brand.settle()
  const { orderNo } = await lin.orders([coatInShop])
  await brand.settle()
  brand.tencent.weather.refuseNext(60140, { api: 'message/update_template_card' })
  await lin.pays(orderNo)
  await brand.settle()

  const closed = (await look.alerts()).find(({ rule }) => rule === 'added-to-basket')
  expect(closed?.state).toBe('retracted')
  expect(mei.titles.some((title) => title.includes('加购'))).toBe(false)
  expect(brand.tencent.calls.filter(({ api }) => api === 'message/recall')).toHaveLength(1)
})

test('E6: what nobody takes up expires after 72 hours, from any open state', async () => {
  const { mei, lin, look } = await meiAndLin()
  await lin.follows()
  await brand.settle()
  await brand.passes(72 * 60 - 1)
  expect((await look.alerts())[0]?.state).toBe('sent')
  await brand.passes(2)
  expect(statesOf((await look.alerts())[0])?.at(-1)).toBe('expired: 72h')
  const page = await signedIn(brand, mei)
  const path = `/api/alerts/${encodeURIComponent((await look.alerts())[0]?.key ?? '')}/feedback`
  expect(await page.post(path, { action: 'following' })).toMatchObject({ status: 409, code: 'conflict' })

  await mei.taps('跟进中')
  await brand.settle()
  expect((await look.alerts())[0]?.state).toBe('expired')
  expect(mei.phone[0]?.replacedBy).toBe('已结束，不用跟进了')
})

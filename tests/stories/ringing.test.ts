import { afterEach, expect, test } from 'vitest'
import type { Message } from '../../server/domain/alert.ts'
import { staffId } from '../../server/domain/ids.ts'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import type { StaffActor } from '../fake-tencent/staff.ts'
import { coat, coats, inMall, row, scarf } from '../support/mall.ts'
import { lookAt } from '../support/look.ts'
import { openBrand, type BrandOptions, type TestBrand } from '../support/open-brand.ts'
import { signedIn } from '../support/page.ts'
import type { InboxView } from '../../server/http/contract.ts'

let brand: TestBrand
afterEach(() => brand.close())

async function meiAndLin(options: BrandOptions = {}) {
  brand = await openBrand({ at: '2026-03-02T10:00', ...options })
  const mei = brand.tencent.staff('mei', { name: '小梅' })
  const lin = await friend(mei, 'lin', '林小姐')
  await brand.settle()
  return { mei, lin, mall: inMall(brand.clock, lin), look: lookAt(brand, lin) }
}

async function friend(mei: StaffActor, id: string, name: string) {
  const customer = brand.tencent.customer(id, { name })
  await mei.adds(customer)
  return customer
}

/** 林小姐 has followed the account two hours ago, so that what she writes is known to be hers. */
async function meiAndFollower(options: BrandOptions = {}) {
  const known = await meiAndLin({ at: '2026-03-02T08:00', ...options })
  await known.lin.follows()
  await brand.settle()
  await brand.passes(120)
  return { ...known, before: known.mei.phone.length }
}

async function inWords(mei: StaffActor): Promise<string[]> {
  const page = await signedIn(brand, mei)
  return (await page.get<InboxView>('/api/alerts')).body.alerts.map(({ fate }) => fate)
}

/** Forty messages through a whole brand, on a machine that has other things to do. */
const busy = { timeout: 120_000 }

/** Ten questions at once: none of them waits for another. */
const asksTen = (customer: CustomerActor) =>
  Promise.all(Array.from({ length: 10 }, (_, index) => customer.writes(`第 ${index} 件多少钱`)))

/** The most rings within any span of this length. */
function mostWithin(mei: StaffActor, spanMs: number): number {
  const times = mei.phone.map(({ at }) => at.getTime())
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at <= from + spanMs).length))
}

test('E4: forty questions in one minute: never more than 25 rings in any 60 seconds, and all are told', busy, async () => {
  const { mei, lin, before } = await meiAndFollower()
  for (let burst = 0; burst < 4; burst += 1) {
    await asksTen(lin)
    await brand.passes(1 / 4)
  }
  expect(mei.phone).toHaveLength(before + 25)
  expect(await inWords(mei)).toContainEqual(expect.stringContaining('提醒太密'))

  for (let sixths = 0; sixths < 6; sixths += 1) await brand.passes(1 / 6)

  expect(mei.phone).toHaveLength(before + 40)
  expect(mostWithin(mei, 60_000)).toBeLessThanOrEqual(25)
  expect(brand.tencent.problems).toEqual([])
})

test('E4: what piled up while WeCom was away does not ring all at once when it is back', busy, async () => {
  const { mei, lin, before } = await meiAndFollower()
  brand.tencent.weather.goDown({ api: 'message/send' })
  for (let burst = 0; burst < 4; burst += 1) {
    await asksTen(lin)
    await brand.passes(1)
  }
  brand.tencent.weather.comeBack()
  for (let halves = 0; halves < 12; halves += 1) await brand.passes(1 / 2)

  expect(mei.phone).toHaveLength(before + 40)
  expect(mostWithin(mei, 60_000)).toBeLessThanOrEqual(25)
  expect(brand.tencent.problems).toEqual([])
})

test('E4: 900 in an hour is the end of it until the first of them is an hour old', async () => {
  const { mei, lin, before } = await meiAndFollower()
  const startedAt = brand.clock.now().getTime()
  for (let index = 0; index < 890; index += 1) {
    await brand.server.stores.messages.freeze(rangAt(index, new Date(startedAt - 50 * 60_000 + index * 3_000)))
  }
  await asksTen(lin)
  await asksTen(lin)
  await brand.settle()
  expect(mei.phone).toHaveLength(before + 10)
  await brand.passes(9)
  expect(mei.phone).toHaveLength(before + 10)
  await brand.passes(2)
  expect(mei.phone).toHaveLength(before + 20)
})

function rangAt(index: number, at: Date): Message {
  return {
    id: `earlier-${index}`,
    staffId: staffId('mei'),
    json: '{}',
    alertKeys: [],
    externalUserIds: [],
    kind: 'card',
    state: 'sent',
    frozenAt: at,
    nextTryAt: at,
    attempts: 1,
    sentAt: at,
    msgId: null,
    responseCode: null,
    update: null,
    note: null,
  }
}

test('E4: the first rings at once, what follows is told together at the window’s end, a question does not wait', async () => {
  const { mei, lin, mall, look } = await meiAndLin({ env: { ALERT_MERGE_MINUTES: '10' } })
  await lin.follows()
  await brand.settle()
  expect(mei.titles).toEqual(['林小姐 刚关注了公众号'])

  await brand.passes(2)
  await mall('add-to-cart', coat)
  await brand.passes(1)
  for (const one of coats) await mall('view-item', one)
  await brand.settle()
  expect(mei.titles).toHaveLength(1)
  expect((await inWords(mei)).filter((fate) => fate.includes('10:10'))).toHaveLength(2)

  await brand.passes(1)
  await lin.writes('大衣多少钱？')
  await brand.settle()
  expect(mei.titles).toHaveLength(2)
  expect(mei.titles[1]).toContain('林小姐')

  await brand.passes(7)
  expect(mei.titles).toHaveLength(3)
  const last = mei.phone[2]
  expect(last?.at).toEqual(new Date('2026-03-02T10:11:00+08:00'))
  expect(last?.lines.some(({ name }) => name === '还有')).toBe(true)
  const told = (await look.alerts()).filter(({ messageId }) => messageId === last?.taskId)
  expect(told.map(({ rule }) => rule).toSorted()).toEqual(['added-to-basket', 'comparing'])
  expect(brand.tencent.problems).toEqual([])
})

test('E4: the merge window is one customer’s: another one rings at once', async () => {
  const { mei, lin } = await meiAndLin({ env: { ALERT_MERGE_MINUTES: '10' } })
  const zhou = await friend(mei, 'zhou', '周先生')
  await brand.passes(1)
  await lin.follows()
  await zhou.follows()
  await brand.settle()
  expect(mei.titles.toSorted()).toEqual(['周先生 刚关注了公众号', '林小姐 刚关注了公众号'])
})

test('E4: what happens in quiet hours is one digest at opening, with a way to the inbox and no buttons', async () => {
  const { mei, lin, mall } = await meiAndLin({ at: '2026-03-02T21:30', env: { OPENING_HOURS: '09:00-21:00' } })
  const zhou = await friend(mei, 'zhou', '周先生')
  await lin.follows()
  await brand.settle()
  await brand.passes(20)
  await zhou.follows()
  await mall('add-to-cart', scarf)
  await brand.settle()
  expect(mei.phone).toEqual([])
  const fates = await inWords(mei)
  expect(fates).toHaveLength(3)
  expect(fates.every((fate) => fate.includes('明早 09:00'))).toBe(true)

  brand.clock.set('2026-03-03T08:59:59')
  await brand.settle()
  expect(mei.phone).toEqual([])
  brand.clock.set('2026-03-03T09:00')
  await brand.settle()

  expect(mei.phone).toHaveLength(1)
  expect(mei.phone[0]).toMatchObject({ kind: 'text_notice', title: '有 2 位客户值得联系', buttons: [] })
  expect(mei.phone[0]?.url).toBe(`${brand.env['PUBLIC_URL']}/sidebar/#/inbox`)
  expect(mei.phone[0]?.lines.some(({ value }) => value.includes('周先生'))).toBe(true)
  await brand.passes(60)
  expect(mei.phone).toHaveLength(1)
  expect(brand.tencent.problems).toEqual([])
})

test('E4: a single alert of the night is a normal card at opening', async () => {
  const { mei, lin } = await meiAndLin({ at: '2026-03-02T21:30', env: { OPENING_HOURS: '09:00-21:00' } })
  await lin.follows()
  await brand.settle()
  brand.clock.set('2026-03-03T09:00')
  await brand.settle()
  expect(mei.phone.map(({ kind, title }) => `${kind} ${title}`)).toEqual(['button_interaction 林小姐 刚关注了公众号'])
})

test.each([
  ['20:00-02:00', '2026-03-03T01:30', 1],
  ['20:00-02:00', '2026-03-03T02:00', 0],
  ['20:00-02:00', '2026-03-02T20:00', 1],
  ['09:00-21:00', '2026-03-02T20:59', 1],
  ['09:00-21:00', '2026-03-02T21:00', 0],
  ['00:00-24:00', '2026-03-02T00:00', 1],
])('E4: open %s at %s: %i rings', async (hours, at, rings) => {
  const { mei, lin } = await meiAndLin({ at, env: { OPENING_HOURS: hours } })
  await lin.follows()
  await brand.settle()
  expect(mei.phone).toHaveLength(rings)
})

test('E4 E3: WeCom away at closing time: nothing rings in the night, and nothing twice in the morning', async () => {
  const { mei, lin } = await meiAndLin({ at: '2026-03-02T20:58', env: { OPENING_HOURS: '09:00-21:00' } })
  const zhou = await friend(mei, 'zhou', '周先生')
  brand.tencent.weather.refuseNext(-1, { api: 'message/send', times: 50 })
  await lin.follows()
  await zhou.follows()
  await brand.settle()
  await brand.passes(3)
  brand.tencent.weather.comeBack()
  await brand.passes(30)
  expect(mei.phone).toEqual([])

  brand.clock.set('2026-03-03T09:00')
  await brand.settle()
  expect(mei.phone.map(({ title }) => title)).toEqual(['有 2 位客户值得联系'])
})

test('E4 B3: what is more than two hours old on arrival does not ring alone; it joins the next message', async () => {
  const { mei, lin, look } = await meiAndFollower()
  await brand.passes(60)
  await lin.reports([row(brand.clock, 'add-to-cart', coat, brand.clock.now().getTime() - 125 * 60_000)])
  await brand.settle()
  await brand.passes(30)
  const old = (await look.alerts()).filter(({ rings }) => !rings)
  expect(old.length).toBeGreaterThan(0)
  expect(mei.titles.some((title) => title === '林小姐 加购了羊绒大衣')).toBe(false)
  const before = mei.phone.length

  await lin.writes('大衣多少钱？')
  await brand.settle()
  expect(mei.phone).toHaveLength(before + 1)
  const told = (await look.alerts()).filter(({ state }) => state === 'sent')
  expect(told.map(({ rule }) => rule)).toContain('added-to-basket')
})

test('E4 B1: what arrived in time rings, however long we were away before we looked at it', async () => {
  const { mei, lin } = await meiAndLin()
  await brand.passes(1)
  await lin.follows()
  brand.clock.move(5 * 3600_000)
  await brand.settle()
  expect(mei.titles).toEqual(['林小姐 刚关注了公众号'])
})

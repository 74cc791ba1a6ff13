import { afterEach, expect, test } from 'vitest'
import { lookAt } from '../support/look.ts'
import { openBrand, type BrandOptions, type TestBrand } from '../support/open-brand.ts'
import { signedIn } from '../support/page.ts'
import type { InboxView } from '../../server/http/contract.ts'

let brand: TestBrand
afterEach(() => brand.close())

const title = '林小姐 刚关注了公众号'

/** 小梅 follows 林小姐. */
async function meiAndLin(options: BrandOptions = {}) {
  brand = await openBrand({ at: '2026-03-02T10:00', ...options })
  const mei = brand.tencent.staff('mei', { name: '小梅' })
  const lin = brand.tencent.customer('lin', { name: '林小姐' })
  await mei.adds(lin)
  await brand.settle()
  return { mei, lin, look: lookAt(brand, lin), weather: brand.tencent.weather }
}

const sends = () => brand.tencent.calls.filter(({ api }) => api === 'message/send')
const bodies = () => new Set(sends().map(({ body }) => JSON.stringify(body)))

/** Half a minute, often: as the phone loop would look. */
async function minutes(count: number) {
  for (let half = 0; half < count * 2; half += 1) await brand.passes(0.5)
}

test('E3: while WeCom cannot be reached the same bytes are repeated at growing distances, and ring once', async () => {
  const { mei, lin, look, weather } = await meiAndLin()
  weather.goDown({ api: 'message/send' })
  await lin.follows()
  await brand.settle()
  await minutes(10)
  const tried = sends()
  expect(tried.length).toBeGreaterThan(4)
  expect(tried.length).toBeLessThan(14)
  expect((await look.alerts())[0]?.state).toBe('merged')

  weather.comeBack()
  await minutes(6)

  expect(bodies().size).toBe(1)
  expect(mei.titles).toEqual([title])
  expect((await look.alerts())[0]?.history.map(({ state }) => state)).toEqual(['queued', 'merged', 'sent'])
})

test.each([
  ['answered as a duplicate', 1],
  ['lost three times', 3],
])('E3: an answer that is lost (%s) never rings twice', async (_how, times) => {
  const { mei, lin, look, weather } = await meiAndLin()
  weather.dropAnswerOf('message/send', { times })
  await lin.follows()
  await brand.settle()
  await minutes(3)

  expect(sends()).toHaveLength(times + 1)
  expect(bodies().size).toBe(1)
  expect(mei.titles).toEqual([title])
  expect((await look.alerts())[0]?.state).toBe('sent')
  expect(brand.tencent.problems).toEqual([])
})

test('E3: "task_id exists" on a repeat means sent; on a first attempt it is a refusal that is shown', async () => {
  const { mei, lin, look, weather } = await meiAndLin()
  weather.dropAnswerOf('message/send')
  await lin.follows()
  await brand.settle()
  weather.refuseNext(42014, { api: 'message/send' })
  await minutes(1)
  expect((await look.alerts())[0]?.history.at(-1)).toMatchObject({ state: 'sent', reason: 'delivered-before' })
  expect(mei.titles).toEqual([title])

  weather.refuseNext(42014, { api: 'message/send' })
  await lin.writes('大衣多少钱？')
  await brand.settle()
  expect((await look.alerts())[0]?.history.at(-1)).toMatchObject({ state: 'refused', reason: 'task-id' })
})

test('E3 E6: four hours without any answer: not repeated any more, and said to be unconfirmed', async () => {
  const { mei, lin, look, weather } = await meiAndLin()
  weather.goDown({ api: 'message/send' })
  await lin.follows()
  await brand.settle()
  for (let tens = 0; tens < 24; tens += 1) await brand.passes(10)
  const tried = sends().length
  weather.comeBack()
  await minutes(10)

  expect(sends()).toHaveLength(tried)
  expect((await look.alerts())[0]?.history.at(-1)).toMatchObject({ state: 'sent-unconfirmed', reason: 'answer-lost' })
  const page = await signedIn(brand, mei)
  const { body } = await page.get<InboxView>('/api/alerts')
  expect(body.alerts).toHaveLength(1)
  expect(mei.phone).toEqual([])
})

test('E3: what WeCom surely did not take is repeated for hours: until a right that is missing is given back', async () => {
  const { mei, lin, look, weather } = await meiAndLin()
  weather.refuseNext(48002, { api: 'message/send', times: 10_000 })
  await lin.follows()
  await brand.settle()
  for (let tens = 0; tens < 30; tens += 1) await brand.passes(10)
  expect((await look.alerts())[0]?.state).toBe('merged')
  expect(brand.log.text()).toContain('an operator has to act')

  weather.comeBack()
  await brand.passes(2)
  expect(mei.titles).toEqual([title])
  expect(bodies().size).toBe(1)
})

test.each([
  ['busy', -1, 1],
  ['called too often', 45009, 3],
  ['too many at once', 45033, 1],
])('E3: "%s" is repeated later, not given up', async (_what, errcode, waitMinutes) => {
  const { mei, lin, weather } = await meiAndLin()
  weather.refuseNext(errcode, { api: 'message/send' })
  await lin.follows()
  await brand.settle()
  expect(mei.phone).toEqual([])
  await minutes(waitMinutes)
  expect(mei.titles).toEqual([title])
  expect(bodies().size).toBe(1)
})

test.each([
  ['an unknown refusal', 44004, 'errcode 44004'],
  ['nobody to be reached', 81013, 'errcode 81013'],
])('E3 E6: %s is shown in the inbox and not repeated', async (_what, errcode, reason) => {
  const { mei, lin, look, weather } = await meiAndLin()
  weather.refuseNext(errcode, { api: 'message/send' })
  await lin.follows()
  await brand.settle()
  await minutes(5)

  expect(sends()).toHaveLength(1)
  expect((await look.alerts())[0]?.history.at(-1)).toMatchObject({ state: 'refused', reason })
  const page = await signedIn(brand, mei)
  const { body } = await page.get<InboxView>('/api/alerts?filter=all')
  expect(body.alerts).toHaveLength(1)
  expect(mei.phone).toEqual([])
})

test('E3: a member outside the visible range is a refusal that is shown, and nobody else is troubled', async () => {
  const { mei, lin, look, weather } = await meiAndLin()
  weather.removeFromVisibleRange('mei')
  await lin.follows()
  await brand.settle()
  expect((await look.alerts())[0]?.state).toBe('refused')
  expect(mei.phone).toEqual([])
  expect(sends()).toHaveLength(1)
})

const endings = ['expireTokens', 'revokeTokens'] as const

test.each(endings)('E3: a token that ended (%s) is renewed once, silently', async (how) => {
  const { mei, lin, weather } = await meiAndLin()
  await lin.follows()
  await brand.settle()
  const before = brand.tencent.calls.filter(({ api }) => api === 'gettoken').length
  weather[how]()
  await lin.writes('大衣多少钱？')
  await brand.settle()

  expect(mei.titles).toHaveLength(2)
  const fetched = brand.tencent.calls.filter(({ api }) => api === 'gettoken').length - before
  expect(fetched).toBe(1)
  expect(brand.tencent.problems).toEqual([])
})

test('E3: a crash between sending and noting: the next process repeats the same bytes, the phone rings once', async () => {
  const { mei, lin, look, weather } = await meiAndLin()
  weather.dropAnswerOf('message/send')
  await lin.follows()
  await brand.settle()
  expect(mei.titles).toEqual([title])
  expect((await look.alerts())[0]?.state).toBe('merged')
  await brand.server.close()

  const next = await brand.another()
  brand.clock.move(60_000)
  await next.useCases.worker.drain()

  expect(bodies().size).toBe(1)
  expect(sends()).toHaveLength(2)
  expect(mei.titles).toEqual([title])
  const [alert] = await next.stores.alerts.about(lin.externalUserId as never, ['sent'], 10)
  expect(alert?.state).toBe('sent')
})

test('E3: a crash between freezing and the first attempt: the next process sends what was frozen', async () => {
  const { mei, lin } = await meiAndLin()
  const { messages } = brand.server.stores
  messages.saveAttempt = () => Promise.reject(new Error('the process dies here'))
  await lin.follows()
  await expect(brand.settle()).rejects.toThrow('dies here')
  expect(sends()).toHaveLength(0)

  const next = await brand.another()
  await next.useCases.worker.drain()
  expect(mei.titles).toEqual([title])
  expect(sends()).toHaveLength(1)
})

test('E3: a crash between claiming and freezing: the next process rings, once', async () => {
  const { mei, lin } = await meiAndLin()
  const { alerts } = brand.server.stores
  brand.server.stores.messages.freeze = () => Promise.reject(new Error('the process dies here'))
  await lin.follows()
  await expect(brand.settle()).rejects.toThrow('dies here')
  expect((await alerts.inState('merged', 10)).length).toBe(1)

  const next = await brand.another()
  await next.useCases.worker.drain()
  expect(mei.titles).toEqual([title])
  const [alert] = await alerts.inState('sent', 10)
  expect(alert?.history.map(({ state, reason }) => (state === 'merged' ? state : `${state}: ${reason}`))).toEqual([
    'queued: raised', 'merged', 'queued: recovered', 'merged', 'sent: delivered',
  ])
})

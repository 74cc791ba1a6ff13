import { afterEach, expect, test, vi } from 'vitest'
import type { CustomerView, InboxView } from '../../server/http/contract.ts'
import { lookAt } from '../support/look.ts'
import { coat, inMall } from '../support/mall.ts'
import { openBrand, type BrandOptions, type TestBrand } from '../support/open-brand.ts'
import { signedIn } from '../support/page.ts'

let brand: TestBrand
afterEach(() => brand.close())

/** 林小姐 is 小周's customer, and 小梅's since longer. */
async function zhouAndMei(options: BrandOptions = {}) {
  brand = await openBrand({ at: '2026-03-02T10:00', ...options })
  const mei = brand.tencent.staff('mei', { name: '小梅' })
  const zhou = brand.tencent.staff('zhou', { name: '小周' })
  const lin = brand.tencent.customer('lin', { name: '林小姐' })
  await mei.adds(lin, { remark: '林姐' })
  await brand.settle()
  await brand.passes(60)
  await zhou.adds(lin)
  await brand.settle()
  await brand.passes(1)
  return { mei, zhou, lin, does: inMall(brand.clock, lin), look: lookAt(brand, lin) }
}

const feedbackOn = (key: string) => `/api/alerts/${encodeURIComponent(key)}/feedback`

test('C1 F5: who lost a customer sees and answers nothing about them any more, neither on the page nor on the card', async () => {
  const { zhou, lin, does, look } = await zhouAndMei()
  await does('add-to-cart', coat)
  await brand.settle()
  const [card] = zhou.phone
  if (!card) throw new Error('no card')
  const page = await signedIn(brand, zhou)
  const before = await page.get<InboxView>('/api/alerts')
  expect(before.body.alerts).toHaveLength(1)

  await zhou.removes(lin)
  await brand.settle()
  expect(await look.alerts()).toMatchObject([{ owner: zhou.userid, state: 'retracted' }])
  expect(zhou.phone[0]?.replacedBy).toBe('已转给同事')
  const after = await page.get<InboxView>('/api/alerts?filter=all')
  expect(after.body.alerts).toEqual([])
  expect(after.body.counts.open).toBe(0)
  const answer = await page.post(feedbackOn(before.body.alerts[0]?.key ?? ''), { action: 'following' })
  expect(answer).toMatchObject({ status: 403, code: 'not-my-customer' })
  await zhou.taps('跟进中', { card })
  await brand.settle()
  expect(await look.alerts()).toMatchObject([{ state: 'retracted' }])
  expect(brand.log.text()).toContain('not hers any more')
})

test('C1 E3: handed over while WeCom has the message in hand, it rings for the heir, and the other card turns grey', async () => {
  const { zhou, lin, does, look } = await zhouAndMei()
  const wei = brand.tencent.staff('wei', { name: '小魏' })
  const page = await signedIn(brand, wei)
  const { messages } = brand.server.stores
  const claim = messages.saveAttempt.bind(messages)
  vi.spyOn(messages, 'saveAttempt').mockImplementationOnce(async (...attempt) => {
    const claimed = await claim(...attempt)
    // No callback tells of it: 小魏 opens the customer, and the contact is read.
    await zhou.removes(lin, { deliveries: 0 })
    brand.clock.move(1000)
    await wei.adds(lin, { deliveries: 0 })
    expect((await page.get(`/api/customers/${lin.externalUserId}`)).status).toBe(200)
    return claimed
  })
  // The process ends as soon as the message is noted as sent: what the card says afterwards is noted already.
  vi.spyOn(messages, 'save').mockRejectedValueOnce(new Error('the process ends here'))
  await does('add-to-cart', coat)
  await brand.settle().catch(() => undefined)
  await brand.passes(5)
  expect(await look.alerts()).toMatchObject([{ owner: wei.userid, state: expect.stringMatching(/sent|opened/) }])
  expect(zhou.phone.map(({ replacedBy }) => replacedBy)).toEqual(['已转给同事'])
  expect(wei.titles).toEqual([`林小姐 加购了${coat.title}`])
  vi.restoreAllMocks()
})

test('C1 E2: what waits in a message that WeCom has not taken goes to the heir, in the heir’s words', async () => {
  const { mei, zhou, lin, does, look } = await zhouAndMei()
  brand.tencent.weather.refuseNext(45009, { api: 'message/send' })
  await does('add-to-cart', coat)
  await brand.settle()
  const [waiting] = await look.alerts()
  expect(waiting).toMatchObject({ owner: zhou.userid, state: 'merged', customerName: '林小姐' })

  await zhou.removes(lin)
  await brand.settle()
  await brand.passes(5)
  expect(zhou.titles).toEqual([])
  expect(mei.titles).toEqual([`林姐 加购了${coat.title}`])
  const [heard] = await look.alerts()
  expect(heard).toMatchObject({ owner: mei.userid, state: 'sent', customerName: '林姐' })
  expect(heard?.openers.join()).not.toContain('小周')
  expect(heard?.openers.join()).not.toContain('林小姐')
})

test('C1 E4: what was too old to ring for one rings for nobody, it moves quietly', async () => {
  const { mei, zhou, lin, look } = await zhouAndMei()
  await brand.passes(400)
  const at = brand.clock.now().getTime() - 300 * 60_000
  await lin.reports([{ id: 'old-row', at, kind: 'add-to-cart', item: coat }])
  await brand.settle()
  const before = await look.alerts()
  expect(before.map(({ owner, state, rings }) => ({ owner, state, rings }))).toContainEqual({ owner: 'zhou', state: 'held', rings: false })
  await zhou.removes(lin)
  await brand.settle()
  for (const alert of await look.alerts()) expect(alert).toMatchObject({ owner: mei.userid, state: 'held', dueAt: null })
  await brand.passes(30)
  expect([...mei.titles, ...zhou.titles]).toEqual([])
})

test('E3: 稍后 on the page holds for a card that has not gone out yet; undone, it rings after all', async () => {
  const { zhou, lin, look } = await zhouAndMei()
  brand.tencent.weather.refuseNext(45009, { api: 'message/send' })
  await lin.follows()
  await brand.settle()
  const page = await signedIn(brand, zhou)
  const shown = await page.get<CustomerView>(`/api/customers/${lin.externalUserId}`)
  const path = feedbackOn(shown.body.alerts[0]?.key ?? '')
  await page.post(path, { action: 'later' })
  await brand.passes(5)
  expect(zhou.titles).toEqual([])
  await brand.passes(116)
  expect(zhou.titles).toHaveLength(1)

  brand.tencent.weather.refuseNext(45009, { api: 'message/send' })
  await zhou.taps('稍后')
  await brand.settle()
  await brand.passes(121)
  expect((await look.alerts())[0]?.state).toBe('merged')
  await page.post(path, { action: 'following' })
  brand.clock.move(1_000)
  await page.post(path, { action: 'undo' })
  await brand.passes(5)
  expect(zhou.titles).toHaveLength(2)
})

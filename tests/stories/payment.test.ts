import { afterAll, beforeAll, expect, test } from 'vitest'
import type { IdentityKey } from '../../server/domain/ids.ts'
import type { ErrorAnswer, PaymentListView, PaymentView } from '../../server/http/contract.ts'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import { lookAt } from '../support/look.ts'
import { coat, coatInShop, inMall, scarf } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'
import { signedIn, type Page } from '../support/page.ts'

let brand: TestBrand
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00' })
  await brand.server.useCases.refreshPlatformKeys()
})
afterAll(async () => {
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

async function friends(name: string, { follows = true } = {}) {
  const mei = brand.tencent.staff(`mei-of-${name}`, { name: '小梅' })
  const customer = brand.tencent.customer(name, { name: '林小姐' })
  await mei.adds(customer)
  if (follows) await customer.follows()
  await brand.settle()
  const page = await signedIn(brand, mei)
  return {
    mei,
    customer,
    page,
    does: inMall(brand.clock, customer),
    path: `/api/customers/${customer.externalUserId}/payments`,
  }
}

async function asks(page: Page, path: string, more: { amount?: number; description?: string; alertKey?: string } = {}) {
  const { status, body } = await page.post<PaymentView>(path, { amount: coat.price, description: coat.title, ...more })
  expect(status).toBe(201)
  return body
}

async function stateOf(page: Page, path: string): Promise<string | undefined> {
  return (await page.get<PaymentListView>(path)).body.payments[0]?.state
}

const kindsOf = async (customer: CustomerActor) => (await lookAt(brand, customer).timeline()).map(({ kind }) => kind)

test('A4 E3: 小梅 sends 林小姐 a link, she pays on our page, the basket alerts are taken back and their cards changed', async () => {
  const { mei, customer, page, does, path } = await friends('lin')
  await does('add-to-cart', coat)
  await does('add-to-cart', scarf)
  await brand.settle()
  const about = async (id: string) => (await lookAt(brand, customer).alerts()).find(({ subject }) => subject === id)
  const payment = await asks(page, path, { alertKey: (await about(coat.id))?.key ?? '' })
  expect(payment).toMatchObject({ state: 'open', code: null, amount: coat.price })
  expect(payment.url).toMatch(/\/pay\/[0-9a-f]{32}$/)
  expect(await stateOf(page, path)).toBe('open')

  await brand.passes(1)
  const { seen, statuses } = await customer.paysOn(payment.url ?? '')
  expect(statuses).toEqual([200])
  expect(seen.html).toContain('¥2,999')
  expect(seen.html).toContain(coat.title)
  await brand.settle()

  expect(await stateOf(page, path)).toBe('paid')
  expect((await about(coat.id))?.state).toBe('retracted')
  expect((await about(scarf.id))?.state).toBe('sent')
  expect(mei.phone.find(({ title }) => title.includes(coat.title))?.replacedBy).toBe('已付款，不用跟进了')
  expect(mei.titles.at(-1)).toBe('林小姐 付款 ¥2,999，买了羊绒大衣')
  const after = await customer.opens(payment.url ?? '')
  expect(after.html).toContain('已经付款')
  await brand.passes(125)
  expect((await lookAt(brand, customer).alerts()).map(({ rule, subject }) => `${rule} ${subject}`)).not.toContain(
    `basket-not-ordered ${coat.id}`,
  )
})

test('A4: who does not follow the account scans a code; another payer’s openid joins nobody', async () => {
  const { mei, customer, page, path } = await friends('zhou', { follows: false })
  const husband = brand.tencent.customer('zhou-husband')
  const payment = await asks(page, path)
  expect(payment.url).toBeNull()
  expect(payment.code).toMatch(/^weixin:\/\//)
  expect(await husband.scansToPay(payment.code ?? '')).toEqual([200])
  await brand.settle()
  expect(await stateOf(page, path)).toBe('paid')
  expect(await kindsOf(customer)).toContain('paid')
  expect(await lookAt(brand, husband).persons()).toEqual([])
  expect(mei.titles.at(-1)).toContain('付款 ¥2,999')
})

test('A4: the link is hers alone: nobody else, and no other browser, gets to pay; a wrong address says so', async () => {
  const { customer, page, path } = await friends('wu')
  const stranger = brand.tencent.customer('wu-friend')
  const payment = await asks(page, path)
  const seen = await stranger.opens(payment.url ?? '')
  expect(seen.status).toBe(403)
  expect(seen.html).toContain('这笔付款不是给您的')
  expect(seen.html).not.toContain(coat.title)
  const outside = await customer.opens(payment.url ?? '', {
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/131.0.0.0',
  })
  expect(outside.html).toContain('请在微信里打开')
  expect((await customer.opens((payment.url ?? '').replace(/.$/, 'x'))).status).toBe(404)
  const state = await customer.browser.request(`${payment.url}/state`)
  expect(state.status).toBe(404)
})

test('A4: without a notification the state is asked for, and told once when that comes after all', async () => {
  const { mei, customer, page, path } = await friends('xu')
  const payment = await asks(page, path)
  const { statuses } = await customer.paysOn(payment.url ?? '', { deliveries: 0 })
  expect(statuses).toEqual([])
  await brand.settle()
  expect(await stateOf(page, path)).toBe('open')
  await brand.passes(1)
  await brand.server.useCases.askPayments()
  await brand.settle()
  expect(await stateOf(page, path)).toBe('paid')
  expect(await brand.tencent.pay.tells(payment.url?.split('/').at(-1) ?? '', { deliveries: 2 })).toEqual([200, 200])
  await brand.settle()
  expect((await kindsOf(customer)).filter((kind) => kind === 'paid')).toHaveLength(1)
  expect(mei.titles.filter((title) => title.includes('付款'))).toHaveLength(1)
})

test('A4: a payment nobody makes ends after two hours; the page and the sidebar say so', async () => {
  const { customer, page, path } = await friends('qian')
  const payment = await asks(page, path)
  for (let step = 0; step < 16; step += 1) {
    await brand.passes(8)
    await brand.server.useCases.askPayments()
  }
  expect(await stateOf(page, path)).toBe('closed')
  expect((await customer.opens(payment.url ?? '')).html).toContain('这笔付款已经结束')
  const asked = brand.tencent.calls.filter(({ api, method }) => method === 'GET' && api.endsWith('out-trade-no')).length
  await brand.passes(600)
  expect(await brand.server.useCases.askPayments()).toBe(0)
  expect(asked).toBeLessThan(60)
})

test('A4: another amount than was asked for closes nothing, is set aside, and shows as something to look at', async () => {
  const { customer, page, path, does, mei } = await friends('sun')
  await does('add-to-cart', coat)
  await brand.settle()
  const payment = await asks(page, path)
  const number = payment.url?.split('/').at(-1) ?? ''
  brand.tencent.pay.record(number).total = 1
  await customer.paysOn(payment.url ?? '')
  await brand.settle()
  expect(await stateOf(page, path)).toBe('differs')
  expect(await kindsOf(customer)).not.toContain('paid')
  expect((await lookAt(brand, customer).alerts()).map(({ state }) => state)).not.toContain('retracted')
  expect(mei.titles.filter((title) => title.includes('付款'))).toEqual([])
  const [aside] = await brand.server.stores.inbox.list('set-aside', 5)
  expect(aside).toMatchObject({ channel: 'wechat-pay', reason: 'another amount than was asked for' })
})

test('A4 B3: a refund that overtakes its payment waits for it, and ends as the other way round', async () => {
  const { customer, page, path } = await friends('li')
  const payment = await asks(page, path)
  const number = payment.url?.split('/').at(-1) ?? ''
  await customer.paysOn(payment.url ?? '', { deliveries: 0 })
  await brand.passes(1)
  expect(await brand.tencent.pay.refunds(number, { amount: 100_000, deliveries: 2 })).toEqual([200, 200])
  await brand.settle()
  await brand.passes(1)
  await brand.tencent.pay.tells(number)
  await brand.settle()
  expect(await kindsOf(customer)).toEqual(['became-contact', 'followed-account', 'paid', 'refunded'])
  const { body } = await page.get<PaymentListView>(path)
  expect(body.payments[0]).toMatchObject({ state: 'paid', refunded: 100_000 })
  await brand.tencent.pay.refunds(number, { amount: 199_900 })
  await brand.settle()
  expect(await stateOf(page, path)).toBe('refunded')
})

test('A4: a refund that failed is told as that; one of a payment that nobody knows is set aside in the end', async () => {
  const { customer, page, path } = await friends('zheng')
  const payment = await asks(page, path)
  const number = payment.url?.split('/').at(-1) ?? ''
  await customer.paysOn(payment.url ?? '')
  await brand.tencent.pay.refunds(number, { status: 'ABNORMAL' })
  await brand.settle()
  expect(await kindsOf(customer)).toContain('refund-failed')
  expect(await stateOf(page, path)).toBe('paid')

  brand.tencent.pay.record(number).transactionId = '4200000000000000000000009999'
  await brand.tencent.pay.refunds(number)
  brand.tencent.pay.record(number).transactionId = null
  for (let minute = 0; minute < 12; minute += 1) await brand.passes(1)
  const [aside] = await brand.server.stores.inbox.list('set-aside', 1)
  expect(aside?.reason).toBe('a refund of a payment that nobody knows')
})

test.each(['order', 'payment'])(
  'A4 A3 B3: a shop order and its payment are one purchase, the %s heard of first',
  async (first) => {
    const { mei, customer, page } = await friends(`he-${first}`)
    const { orderNo } = await customer.orders([coatInShop])
    await brand.passes(1)
    const number = `MALL-${first}`
    await customer.paysInMall(number, coat.price, { deliveries: 0 })
    brand.tencent.pay.record(number).transactionId = `4200${orderNo}`
    const steps = [() => customer.pays(orderNo), () => brand.tencent.pay.tells(number, { deliveries: 2, atOnce: true })]
    await customer.startsMallSession()
    for (const step of first === 'order' ? steps : steps.toReversed()) {
      await step()
      await brand.settle()
    }
    expect(mei.titles.filter((title) => title.includes('付款'))).toHaveLength(1)
    expect((await lookAt(brand, customer).standing()).filter((key) => key.startsWith('order-paid|'))).toHaveLength(1)
    const { body } = await page.get<{ timeline: { text: string }[] }>(`/api/customers/${customer.externalUserId}`)
    expect(body.timeline.filter(({ text }) => text.startsWith('付'))).toMatchObject([{ text: '付款买了「羊绒大衣」' }])
  },
)

test('A4 F7: what WeChat Pay will not take is said in words; so is its silence, and what nobody may ask', async () => {
  const { page, path } = await friends('feng')
  const ask = (more: object = {}) => page.post<ErrorAnswer>(path, { amount: 100, description: '定金', ...more })
  brand.tencent.pay.nextRefusals.push('NO_AUTH')
  expect(await ask()).toMatchObject({
    status: 502,
    code: 'payment-refused',
    body: { error: { message: expect.stringContaining('开通') } },
  })
  expect(await stateOf(page, path)).toBe('failed')
  brand.tencent.weather.failNext(500, { api: 'v3/pay/transactions/jsapi' })
  expect(await ask()).toMatchObject({ status: 503, body: { error: { message: expect.stringContaining('微信支付') } } })
  brand.tencent.pay.nextAnswers.push('unsigned', 'unsigned')
  expect((await ask()).status).toBe(503)
  brand.tencent.pay.nextAnswers.push('probe')
  expect((await ask()).status).toBe(201)
  for (const wrong of [
    { amount: 0 },
    { amount: 1.5 },
    { amount: 10_000_001 },
    { description: ' ' },
    { description: '长'.repeat(61) },
  ]) {
    expect((await ask(wrong)).status).toBe(400)
  }
  const stranger = await signedIn(brand, brand.tencent.staff('stranger-of-feng'))
  expect((await stranger.post(path, { amount: 100, description: '定金' })).status).toBe(403)
  expect((await stranger.get(path)).status).toBe(403)
})

test('C4: of who paused, a payment link that was open becomes paid in our own book, given back too, and nothing else of it is noted or rings', async () => {
  const { mei, customer, page, path } = await friends('lin-pauses')
  const { url } = await asks(page, path)
  const { html } = await customer.opens(url ?? '')
  const sheet = JSON.parse(/id="payment">(.*?)<\/script>/s.exec(html)?.[1] ?? '') as { parameters: Record<string, string> }
  await brand.passes(30)
  const before = [await kindsOf(customer), mei.titles]
  await brand.server.useCases.pauseCustomer.pause(`external:${customer.externalUserId}` as IdentityKey, brand.clock.now(), 'customer')
  brand.clock.move(1000)
  expect(await customer.confirmsPayment(sheet.parameters, { deliveries: 2 })).toEqual([200, 200])
  await brand.settle()
  const number = url?.split('/').at(-1) ?? ''
  const bookSays = async () => (await brand.server.stores.payments.get(number))?.state
  expect(await bookSays()).toBe('paid')
  await brand.tencent.pay.refunds(number, { amount: coat.price })
  await brand.settle()
  expect(await bookSays()).toBe('refunded')
  expect([await kindsOf(customer), mei.titles]).toEqual(before)
})

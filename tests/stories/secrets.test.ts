import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PaymentView } from '../../server/http/contract.ts'
import { articleOf } from '../support/article.ts'
import { connector, inboundEnv, message, secrets } from '../support/connector.ts'
import { coat, coatInShop, inMall } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'
import { overhear, type Overheard } from '../support/overhear.ts'
import { signedIn } from '../support/page.ts'
import { openReceiver, receiversFile, type Receiver } from '../support/receiver.ts'

/** 林小姐's numbers, as she proves one, and the till types another. */
const phones = ['13812345678', '13987654321'] as const
/** She writes it to the brand herself, and 小梅 may read what she wrote. */
const written = '13711112222'
const spellings = [...phones, written].flatMap((phone) => [phone, `${phone.slice(0, 3)} ${phone.slice(3, 7)} ${phone.slice(7)}`, `${phone.slice(0, 3)}-${phone.slice(3, 7)}-${phone.slice(7)}`])
const memberNumber = 'VIP-778899'
const crmSecret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`

let brand: TestBrand
let crm: Receiver
let ears: Overheard
let removeFile: () => Promise<void>
/** Codes, cookies and tokens that were handed out on the way; by design they are in some answer, but in no log. */
const handedOut: string[] = []

beforeAll(async () => {
  crm = await openReceiver()
  const file = await receiversFile([{ enabled: true, allowPrivate: true, name: 'crm', url: crm.url, secrets: ['CRM_SECRET'], events: ['alert', 'purchase'] }])
  removeFile = file.remove
  brand = await openBrand({ at: '2026-03-02T10:00', env: { ...inboundEnv, OUTGOING_WEBHOOKS_FILE: file.path, CRM_SECRET: crmSecret, OPERATORS: 'ou' } })
  ears = overhear(brand.server.port)
  await mainStory()
  await failures()
})
afterAll(async () => {
  ears.stop()
  await brand.close()
  await Promise.all([crm.close(), removeFile()])
})

const till = (body: string, secret = secrets.INBOUND_TILL_SECRET) => connector(brand, 'till', secret)(body)
const sale = (receipt: string) => message('till-sale.json', { phone: phones[1], member: memberNumber, receipt, time: '2026-03-02 09:00:00' })

/** She follows, reads, fills a basket, proves her phone, asks for a price, pays, and is served in the store. */
async function mainStory(): Promise<void> {
  const { tencent } = brand
  const mei = tencent.staff('mei', { name: '小梅' })
  const lin = tencent.customer('lin', { name: '林小姐' })
  const friend = tencent.customer('friend', { name: '陈小姐' })
  await brand.server.useCases.refreshPlatformKeys()
  await mei.adds(lin)
  await lin.follows()
  await brand.settle()
  const seen = await lin.opens(await articleOf(brand, mei))
  const shared = await friend.opens(seen.shareUrl ?? '')
  const does = inMall(brand.clock, lin)
  await does('add-to-cart', coat)
  const code = lin.phoneCode(phones[0])
  expect((await lin.provesPhone(phones[0], { code })).status).toBe(204)
  await lin.writes(`大衣多少钱？打我 ${written}`)
  await brand.settle()
  const page = await signedIn(brand, mei)
  const customer = `/api/customers/${lin.externalUserId}`
  await page.get(customer)
  await page.get('/api/alerts?filter=all')
  const { body: payment } = await page.post<PaymentView>(`${customer}/payments`, { amount: coat.price, description: coat.title })
  await lin.paysOn(payment.url ?? '')
  await lin.pays((await lin.orders([coatInShop])).orderNo)
  expect((await till(sale('R-1'))).status).toBe(202)
  await brand.settle()
  await page.get(customer)
  const { token } = await lin.startsMallSession()
  const walked = [...seen.steps, ...shared.steps].flatMap((step) => new URL(step).searchParams.get('code') ?? [])
  const cookies = [mei, lin, friend].flatMap(({ browser }) => [...browser.jar.values()])
  handedOut.push(code, token ?? '', ...walked, ...cookies)
}

/** Forgeries, Tencent refusing, failing and away, the CRM down, nonsense that is set aside. */
async function failures(): Promise<void> {
  const { tencent } = brand
  const lin = tencent.customer('lin')
  for (const forged of ['signature', 'flipped-byte', 'foreign-receiver', 'unsigned'] as const) {
    await lin.follows({ forged })
    await tencent.staff('mei').adds(tencent.customer(`forged-${forged}`), { forged })
  }
  const notice = { eventType: 'TRANSACTION.SUCCESS', originalType: 'transaction', resource: { transaction_id: '1' } }
  for (const forged of ['signature', 'body', 'ciphertext', 'tag', 'algorithm', 'unknown-serial'] as const) await tencent.pay.notifies(notice, { forged })
  await till(sale('R-2'), crmSecret)
  await till('not json')
  await till(sale('R-3').replace('"total": "3398.00"', `"total": "${phones[1]}x"`))
  await lin.startsMallSession('made-up-code')
  await lin.provesPhone(phones[0], { code: 'made-up-code' })
  await lin.provesPhone(phones[0], { token: 'made-up-token' })
  tencent.weather.refuseNext(45009, { api: 'wxa/business/getuserphonenumber' })
  await lin.provesPhone(phones[0])
  const page = await signedIn(brand, tencent.staff('mei'))
  const payments = `/api/customers/${lin.externalUserId}/payments`
  tencent.pay.nextRefusals.push('SIGN_ERROR')
  await page.post(payments, { amount: 1, description: '定金' })
  tencent.weather.failNext(500, { times: 3 })
  await page.get('/api/customers/wmNobodyKnowsThisOne000000000000')
  tencent.weather.refuseNext(40001, { times: 4 })
  await lin.taps('预约到店')
  await brand.settle()
  crm.answers((res) => void res.writeHead(500).end(crmSecret))
  tencent.weather.goDown()
  await inMall(brand.clock, lin)('add-to-cart', { ...coat, id: 'another' })
  await page.post(payments, { amount: 1, description: '定金' })
  await page.post('/api/jssdk/signature', { kind: 'corp', url: `${brand.env['PUBLIC_URL']}/sidebar/` })
  await brand.passes(3)
  tencent.weather.comeBack()
  await lin.writes('')
  await fetch(`${brand.url}/webhooks/wecom/${tencent.brand.corpId}`, { method: 'POST', body: '<xml><Encrypt>' })
  await brand.passes(5)
}

/** What the brand typed into its configuration and Tencent issued on top. */
function configured(): readonly string[] {
  const named = Object.entries({ ...brand.env }).filter(([name]) => /SECRET|TOKEN|AES_KEY|API_V3_KEY|PRIVATE_KEY/.test(name))
  const keys = named.flatMap(([, value]) => value.split(/\\n|\n/)).filter((line) => line.length >= 8 && !line.startsWith('-----'))
  const issued = [...Object.keys(brand.tencent.world.tokens), brand.tencent.ticket('corp'), brand.tencent.ticket('agent')]
  return [...keys, ...keys.filter((key) => key.startsWith('whsec_')).map((key) => key.slice(6)), ...issued]
}

const found = (texts: readonly string[], wanted: readonly string[]) =>
  [...new Set(wanted)].filter((secret) => texts.some((text) => text.includes(secret)))

test('C4 H8: the story went as told: alerts rang, payments came, failures were logged', () => {
  expect(brand.tencent.staff('mei').titles.length).toBeGreaterThan(3)
  expect(crm.heard.length).toBeGreaterThan(0)
  const messages = new Set(brand.log.lines.map(({ msg }) => msg))
  for (const wanted of ['callback refused', 'message refused', 'code not exchanged']) expect(messages).toContain(wanted)
  expect(configured().length).toBeGreaterThan(25)
  expect(handedOut.filter((one) => one.length > 8).length).toBeGreaterThan(7)
  expect(ears.answers().length).toBeGreaterThan(40)
})

test('C4: no log line holds a secret, a token, a code, a cookie, a phone or member number, or a name', () => {
  const lines = [brand.log.text()]
  expect(found(lines, configured())).toEqual([])
  expect(found(lines, handedOut.filter((one) => one.length > 8))).toEqual([])
  expect(found(lines, [...spellings, memberNumber, '林小姐', '陈小姐', '南京西路'])).toEqual([])
})

test('C4: no answer of ours holds a secret, a token of Tencent’s, or a phone or member number', () => {
  const answers = ears.answers()
  expect(found(answers, configured())).toEqual([])
  expect(found(answers, [...phones, memberNumber])).toEqual([])
})

test('C4 H8: other systems of the brand hear neither', () => {
  const heard = [JSON.stringify(crm.heard)]
  expect(found(heard, [...configured(), ...phones, memberNumber])).toEqual([])
})

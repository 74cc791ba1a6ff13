import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ConfigInvalid } from '../../server/domain/errors.ts'
import { loadConfig } from '../../config/load.ts'
import { deliverRaw } from '../support/raw-callback.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'
import { openReceiver, type Receiver } from '../support/receiver.ts'

/** The customer service system that had the Official Account's callback address before us. */
let predecessor: Receiver
let brand: TestBrand
const waitMs = 800

beforeAll(async () => {
  predecessor = await openReceiver()
  const address = `${predecessor.url}?tenant=mira`
  brand = await openBrand({
    at: '2026-03-02T10:00',
    env: { FORWARD_OFFICIAL_ACCOUNT: address, FORWARD_WECOM: address, FORWARD_MINI_PROGRAM: address, FORWARD_WECHAT_PAY: address, FORWARD_WAIT_MS: String(waitMs) },
  })
})
afterAll(async () => {
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
  await predecessor.close()
})
beforeEach(async () => {
  predecessor.answers((res) => void res.writeHead(200, { 'content-type': 'text/plain' }).end('success'))
  brand.clock.move(25 * 3_600_000)
  await brand.settle()
  predecessor.heard.length = 0
})

const log = (state: 'waiting' | 'delivered' | 'given-up') => brand.server.stores.forwards.list(state, 100)
const lastAnswer = () => brand.tencent.posts.at(-1)?.answer

/** What is passed on without waiting arrives within moments. */
const arrived = (count: number) => expect.poll(() => predecessor.heard.length).toBe(count)

async function friends(name: string) {
  const mei = brand.tencent.staff('mei', { name: '小梅' })
  const lin = brand.tencent.customer(name, { name: '林小姐' })
  await lin.follows()
  await mei.adds(lin)
  await brand.settle()
  await expect.poll(() => predecessor.heard.length).toBe(2)
  predecessor.heard.length = 0
  brand.clock.move(1_000)
  return { mei, lin }
}

test('A11: a callback reaches the other system byte for byte: the same query behind its own, the same headers, the same body', async () => {
  const sent = await deliverRaw(brand, 'official-account', { MsgType: 'event', Event: 'VIEW', EventKey: 'https://mira.example/new', FromUserName: brand.tencent.customer('lin-views').openIds.account })
  expect(sent).toMatchObject({ status: 200, answer: 'success' })
  await arrived(1)
  expect(predecessor.heard[0]).toMatchObject({
    url: `/hooks?tenant=mira&${sent.query}`,
    body: sent.body,
    headers: { 'content-type': 'text/xml', 'user-agent': 'Mozilla/4.0' },
  })
  await expect.poll(async () => (await log('delivered'))[0]?.tries).toMatchObject([{ status: 200, problem: null, bytes: 7, wentBack: false }])
})

test('A11: where the customer sees the answer, the other system\'s goes back as it is, and we hear the message all the same', async () => {
  const { mei, lin } = await friends('lin-asks')
  predecessor.answers((res) => void res.writeHead(200, { 'content-type': 'application/xml' }).end('<xml><Encrypt>their sealed words</Encrypt></xml>'))
  expect(await lin.writes('请问这件大衣多少钱？')).toEqual([200])
  expect(lastAnswer()).toBe('<xml><Encrypt>their sealed words</Encrypt></xml>')
  await brand.settle()
  expect(mei.phone.at(-1)?.title).toContain('林小姐')
  expect((await log('delivered'))[0]?.tries).toMatchObject([{ status: 200, wentBack: true }])
})

test('A11: a resend is answered by the other system again, and is one event for us', async () => {
  const { mei, lin } = await friends('lin-resent')
  const before = mei.phone.length
  predecessor.answers((res) => void res.writeHead(200).end('<xml>hello</xml>'))
  expect(await lin.writes('多少钱', { deliveries: 3 })).toEqual([200, 200, 200])
  expect(lastAnswer()).toBe('<xml>hello</xml>')
  expect(predecessor.heard).toHaveLength(3)
  await brand.settle()
  expect(mei.phone).toHaveLength(before + 1)
})

test('A11: nobody sees the answer to a contact\'s event: the ack does not wait, and what is resent is passed on once', async () => {
  const { mei, lin } = await friends('lin-leaves')
  predecessor.answers((res) => void setTimeout(() => res.writeHead(200).end('<xml>late</xml>'), waitMs * 2))
  const began = brand.tencent.posts.length
  expect(await lin.removes(mei, { deliveries: 3 })).toEqual([200, 200, 200])
  expect(brand.tencent.posts.slice(began).map(({ answer }) => answer)).toEqual(['', '', ''])
  await arrived(1)
  await expect.poll(async () => (await log('delivered'))[0]?.tries.length).toBe(1)
})

test('A11: one that hangs costs the platform nothing: ours is the answer in time, and the other is tried again later', async () => {
  const { mei, lin } = await friends('lin-waits')
  predecessor.answers(() => undefined)
  expect(await lin.writes('多少钱')).toEqual([200])
  expect(lastAnswer()).toBe('success')
  await brand.settle()
  expect(mei.phone.at(-1)?.title).toContain('林小姐')
  expect((await log('waiting'))[0]?.tries).toMatchObject([{ status: null, problem: 'no answer in time', wentBack: false }])

  predecessor.answers((res) => void res.writeHead(200).end('<xml>too late to be seen</xml>'))
  predecessor.heard.length = 0
  await brand.passes(1)
  expect(predecessor.heard).toHaveLength(1)
  expect((await log('delivered'))[0]?.tries.map(({ status, wentBack }) => [status, wentBack])).toEqual([[null, false], [200, false]])
})

test('A11: one that fails, redirects or is down is tried for a day, each try is in the log, and its bytes are gone afterwards', async () => {
  const { lin } = await friends('lin-unheard')
  const answers = [503, 302]
  predecessor.answers((res) => {
    const status = answers.shift()
    if (status === undefined) res.destroy()
    else res.writeHead(status, { location: 'http://127.0.0.1:1/elsewhere' }).end('<xml>an error page</xml>')
  })
  expect(await lin.scans('window')).toEqual([200])
  expect(lastAnswer()).toBe('success')
  for (const minutes of [1, 2, 10, 45, 90, 180, 300, 600, 600]) await brand.passes(minutes)
  const [given] = await log('given-up')
  expect(given?.tries.slice(0, 3).map(({ status, problem }) => [status, problem])).toEqual([
    [503, null],
    [302, 'redirects are not followed'],
    [null, expect.any(String)],
  ])
  expect(given?.tries).toHaveLength(10)
  expect(await log('waiting')).toEqual([])
  const stored = await brand.server.stores.forwards.due('official-account', new Date(8.64e15), 100)
  expect(stored).toEqual([])
})

test('A11: what a process that died had only kept is passed on by the one that works next, as it came', async () => {
  const request = { query: 'timestamp=1&nonce=a%2Bb', headers: { 'content-type': 'application/json', 'wechatpay-serial': 'PUB_KEY_ID_1' }, body: Buffer.from('{"id":"1"}') }
  expect(await brand.server.useCases.passOn.keep({ id: 'died', channel: 'wechat-pay', request, answerIsSeen: false })).toBe(true)
  await brand.settle()
  expect(predecessor.heard).toEqual([])
  await brand.passes(1)
  expect(predecessor.heard).toMatchObject([{ url: `/hooks?tenant=mira&${request.query}`, body: '{"id":"1"}', headers: request.headers }])
})

test('A11: a forged callback reaches nobody, and a question of the shop is theirs to answer, ours if they have nothing to say', async () => {
  const lin = brand.tencent.customer('lin-forged')
  expect(await lin.writes('多少钱', { forged: 'signature' })).toEqual([401])
  expect(predecessor.heard).toEqual([])

  const question = { MsgType: 'event', Event: 'channels_ec_vip_user_info_get', CreateTime: 1_772_416_800, FromUserName: 'o-lin' } as const
  const ours = await deliverRaw(brand, 'mini-program', question)
  expect(ours.answer).not.toBe('success')
  predecessor.answers((res) => void res.writeHead(200, { 'content-type': 'application/json' }).end('{"is_vip":true}'))
  expect((await deliverRaw(brand, 'mini-program', { ...question, CreateTime: 1_772_416_801 })).answer).toBe('{"is_vip":true}')
})

test('A11: the settings name an address of another system, never our own', () => {
  const faulty = () => loadConfig({ ...brand.env, FORWARD_WECOM: `${brand.env['PUBLIC_URL']}/webhooks/wecom/x`, FORWARD_WECHAT_SHOP: 'ftp://old.example' })
  expect(faulty).toThrow(ConfigInvalid)
  expect(faulty).toThrow(/FORWARD_WECOM must be the address of the other system[\s\S]*FORWARD_WECHAT_SHOP must be an http or https URL/)
})

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadConfig } from '../../config/load.ts'
import { openTencent, type Tencent } from '../../server/adapters/tencent/open.ts'
import type { ExternalUserId, OpenId } from '../../server/domain/ids.ts'
import type { Card } from '../../server/ports/messenger.ts'
import type { TokenStore } from '../../server/ports/tokens.ts'
import { openFakeTencent, type FakeTencent } from '../fake-tencent/main.ts'
import { heldClock, keptLog } from './double.ts'
import { memoryLeases, memoryTokens } from './memory-tokens.ts'

let clock: ReturnType<typeof heldClock>
let fake: FakeTencent
let tencent: Tencent
let log: ReturnType<typeof keptLog>
let shared: { tokens: TokenStore; leases: ReturnType<typeof memoryLeases> }

/** One process of the product against the stand-in. */
function openProcess(timeoutMs = 2000): Tencent {
  const ours = { PUBLIC_URL: 'https://crm.example.com', SESSION_SECRET: '0123456789abcdef' }
  const config = loadConfig({ ...fake.env(), ...ours })
  return openTencent({ config, clock, log, timeoutMs, ...shared })
}

beforeEach(async () => {
  clock = heldClock()
  log = keptLog()
  shared = { tokens: memoryTokens(), leases: memoryLeases() }
  fake = await openFakeTencent({ clock, brand: { contactSecret: 'contact-secret-of-mira' } })
  fake.connect('http://127.0.0.1:9', 'https://crm.example.com')
  tencent = openProcess()
})
afterEach(() => fake.close())

const callsOf = (api: string) => fake.calls.filter((one) => one.api === api).length
const card = (userid: string, more: Partial<Extract<Card, { kind: 'card' }>> = {}): Card => ({
  kind: 'card',
  id: 'alert-0001',
  userid,
  externalUserId: 'wmLin' as ExternalUserId,
  alertKey: 'basket|10001|e1',
  title: '林小姐 加购了羊绒大衣，还没下单',
  evidence: [{ at: clock.now(), text: '加购「羊绒大衣」' }],
  also: [],
  ...more,
})

describe('E4, E6: messages on a phone', () => {
  test('a card arrives, is updated once, and is taken back', async () => {
    const mei = fake.staff('Mei')
    const sent = await tencent.messenger.send(tencent.messenger.print(card('Mei')))
    expect(mei.titles).toEqual(['林小姐 加购了羊绒大衣，还没下单'])
    expect(mei.phone[0]?.buttons.map((one) => one.text)).toEqual(['跟进中', '稍后', '没用'])
    const responseCode = sent.responseCode ?? ''
    await tencent.messenger.updateCard({ responseCode, userids: ['Mei'], replaceName: '跟进中 20:40' })
    expect(mei.phone[0]?.replacedBy).toBe('跟进中 20:40')
    const again = tencent.messenger.updateCard({ responseCode, userids: ['Mei'], replaceName: 'x' })
    await expect(again).rejects.toMatchObject({ errcode: 60140 })
    await tencent.messenger.recall(sent.msgId ?? '')
    expect(mei.phone).toEqual([])
    expect(fake.problems).toEqual([expect.stringContaining('response_code used before')])
  })

  test('a digest and the longest card pass the strict reading of the manual', async () => {
    const mei = fake.staff('mei')
    const lines = Array.from({ length: 30 }, () => '欧阳'.repeat(40))
    const long = { title: '欧'.repeat(80), also: lines, evidence: lines.map((text) => ({ at: clock.now(), text })) }
    const digest: Card = { kind: 'digest', id: 'digest-1', userid: 'mei', title: '昨晚有 30 位客户有动静', lines }
    for (const one of [card('mei', long), digest]) await tencent.messenger.send(tencent.messenger.print(one))
    expect(mei.phone).toHaveLength(2)
    expect(fake.problems).toEqual([])
  })

  test('an answer lost on the way: the same bytes again ring nobody twice', async () => {
    const mei = fake.staff('mei')
    const json = tencent.messenger.print(card('mei'))
    fake.weather.dropAnswerOf('message/send')
    await expect(tencent.messenger.send(json)).rejects.toMatchObject({ code: 'tencent-unreachable' })
    expect(await tencent.messenger.send(json)).toMatchObject({ alreadySent: false })
    expect(mei.titles).toHaveLength(1)
    clock.pass(14_401)
    expect(await tencent.messenger.send(json)).toMatchObject({ alreadySent: true })
    expect(mei.titles).toHaveLength(1)
  })

  test('nobody reachable is a refusal; some unreachable are named', async () => {
    fake.staff('mei')
    fake.staff('lan')
    fake.weather.removeFromVisibleRange('lan')
    const alone = tencent.messenger.send(tencent.messenger.print(card('lan')))
    await expect(alone).rejects.toMatchObject({ errcode: 81013 })
    const both = await tencent.messenger.send(tencent.messenger.print(card('mei|LAN', { id: 'alert-0002' })))
    expect(both.invalidUsers).toEqual(['lan'])
  })
})

describe('E6: weather', () => {
  test.each(['expireTokens', 'revokeTokens'] as const)('%s: fifty calls notice nothing, one token', async (gust) => {
    fake.staff('mei', { name: '小梅' })
    await tencent.signIn.nameOf('mei')
    fake.weather[gust]()
    const names = await Promise.all(Array.from({ length: 50 }, () => tencent.signIn.nameOf('mei')))
    expect(new Set(names)).toEqual(new Set(['小梅']))
    expect(callsOf('gettoken')).toBe(2)
  })

  test('two processes share one token, and one new one when it runs out', async () => {
    fake.staff('mei')
    const other = openProcess()
    await Promise.all([tencent.signIn.nameOf('mei'), other.signIn.nameOf('mei')])
    clock.pass(7000)
    await Promise.all([tencent.signIn.nameOf('mei'), other.signIn.nameOf('mei')])
    expect(callsOf('gettoken')).toBe(2)
  })

  test('silence, a cut line and a 502 are unreachable; fair weather heals', async () => {
    fake.staff('mei')
    const hasty = openProcess(100)
    fake.weather.goSilent({ api: 'user/get' })
    await expect(hasty.signIn.nameOf('mei')).rejects.toMatchObject({ cause: { message: 'timeout' } })
    fake.weather.comeBack()
    fake.weather.goDown({ api: 'user/get' })
    await expect(tencent.signIn.nameOf('mei')).rejects.toMatchObject({ code: 'tencent-unreachable' })
    fake.weather.comeBack()
    fake.weather.failNext(502, { api: 'user/get' })
    await expect(tencent.signIn.nameOf('mei')).rejects.toMatchObject({ cause: { message: 'HTTP status 502' } })
    expect(await tencent.signIn.nameOf('mei')).toBe('mei')
  })

  test('no answer to gettoken is not remembered as a refusal', async () => {
    fake.staff('mei')
    fake.weather.failNext(500, { api: 'gettoken' })
    await expect(tencent.signIn.nameOf('mei')).rejects.toMatchObject({ api: '/cgi-bin/gettoken' })
    expect(await tencent.signIn.nameOf('mei')).toBe('mei')
  })
})

describe('C1: who it is', () => {
  test('contacts are read one by one and page by page, under the secret for contacts', async () => {
    const [mei, lan] = [fake.staff('Mei'), fake.staff('lan')]
    const customers = Array.from({ length: 130 }, (_, index) => fake.customer(`c${index}`))
    for (const one of customers) await mei.adds(one, { state: 'store_012', deliveries: 0 })
    await lan.adds(fake.customer('c0'), { deliveries: 0 })
    const whole = await tencent.directory.read(fake.customer('c0').externalUserId as ExternalUserId)
    expect(whole?.follows.map((one) => one.staffId)).toEqual(['mei', 'lan'])
    expect(whole?.follows[0]).toMatchObject({ userid: 'Mei', contactWay: 'store_012' })
    const userids = await tencent.directory.followUsers()
    expect(userids).toEqual(['Mei', 'lan'])
    const first = await tencent.directory.page(userids, '')
    const second = await tencent.directory.page(userids, first.nextCursor)
    expect([first.contacts.length, second.contacts.length, second.nextCursor]).toEqual([100, 31, ''])
    expect(await tencent.directory.read('wmNobody' as ExternalUserId)).toBeNull()
    expect(fake.problems).toEqual([])
  })

  test('the Official Account tells the unionid of who follows', async () => {
    const lin = fake.customer('lin')
    const info = () => tencent.accountUsers?.info(lin.openIds.account as OpenId)
    expect(await info()).toEqual({ follows: false, unionId: null })
    await lin.follows({ deliveries: 0 })
    expect(await info()).toEqual({ follows: true, unionId: lin.unionId })
    expect(fake.problems).toEqual([])
  })

  test('a wx.login code works once', async () => {
    const lin = fake.customer('lin')
    const code = lin.wxLoginCode()
    const told = await tencent.miniProgramLogin?.exchange(code)
    expect(told).toEqual({ openId: lin.openIds.miniProgram, unionId: lin.unionId })
    await expect(tencent.miniProgramLogin?.exchange(code)).rejects.toMatchObject({ errcode: 40163 })
  })

  test('an order is read with its 19-digit number', async () => {
    const lin = fake.customer('lin')
    const items = [{ productId: '10000000000123', outProductId: 'COAT-01', title: '羊绒大衣', price: 268000, count: 2 }]
    const { orderNo } = await lin.orders(items, { deliveries: 0 })
    expect(await tencent.shop?.read(orderNo)).toMatchObject({ orderNo, openId: lin.openIds.shop, paidAt: null })
    await lin.pays(orderNo, { deliveries: 0 })
    const paid = await tencent.shop?.read(orderNo)
    expect(paid).toMatchObject({ amount: 536000, paidAt: clock.now(), unionId: lin.unionId })
    expect(paid?.items).toMatchObject([{ id: '10000000000123', title: '羊绒大衣', price: 268000, count: 2 }])
    expect(paid?.items[0]?.aliases).toContain('COAT-01')
    expect(await tencent.shop?.read('3700000000000009999')).toBeNull()
  })
})

test('F1: staff are let in through the real redirect', async () => {
  const mei = fake.staff('Mei', { name: '小梅' })
  const url = tencent.signIn.authorizeUrl('https://crm.example.com/api/session', 'S1', 'in-wecom')
  const step = await mei.browser.request(url)
  const back = new URL(step.headers.get('location') ?? '')
  expect(back.searchParams.get('state')).toBe('S1')
  const code = back.searchParams.get('code') ?? ''
  expect(await tencent.signIn.exchange(code)).toEqual({ userid: 'Mei' })
  await expect(tencent.signIn.exchange(code)).rejects.toMatchObject({ errcode: 42022 })
})

test('A5: a visitor is known through the real redirect, with the scope asked for', async () => {
  const lin = fake.customer('lin')
  const codeFor = async (scope: 'snsapi_base' | 'snsapi_userinfo') => {
    const url = tencent.accountOAuth?.authorizeUrl('https://crm.example.com/l/a', scope, 'S1') ?? ''
    const step = await lin.browser.request(url)
    return new URL(step.headers.get('location') ?? '').searchParams.get('code') ?? ''
  }
  const openId = lin.openIds.account
  const silent = await tencent.accountOAuth?.exchange(await codeFor('snsapi_base'))
  expect(silent).toEqual({ openId, unionId: null, snapshot: false })
  const asked = await tencent.accountOAuth?.exchange(await codeFor('snsapi_userinfo'))
  expect(asked).toEqual({ openId, unionId: lin.unionId, snapshot: false })
  lin.snapshot = true
  const virtual = await tencent.accountOAuth?.exchange(await codeFor('snsapi_base'))
  expect(virtual).toMatchObject({ snapshot: true, unionId: null })
  expect(fake.problems).toEqual([])
})

test('F2: tickets are fetched once for many pages', async () => {
  for (let page = 0; page < 20; page += 1) {
    await tencent.pageSignatures.sign('agent', `https://crm.example.com/sidebar/?p=${page}`)
    await tencent.pageSignatures.sign('corp', `https://crm.example.com/sidebar/?p=${page}`)
    await tencent.accountPageSignatures?.sign(`https://crm.example.com/l/a?p=${page}`)
  }
  expect([callsOf('ticket/get'), callsOf('get_jsapi_ticket'), callsOf('ticket/getticket')]).toEqual([1, 1, 1])
  expect(fake.problems).toEqual([])
})

import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { tencentHttp } from '../../server/adapters/tencent/http.ts'
import { openTencent } from '../../server/adapters/tencent/open.ts'
import { signPage } from '../../server/adapters/tencent/tickets.ts'
import { loadConfig } from '../../config/load.ts'
import { miniProgramLogin } from '../../server/adapters/mini-program/login.ts'
import type { OpenId } from '../../server/domain/ids.ts'
import { brandEnv, mira } from '../fake-tencent/brand.ts'
import { heldClock, keptLog, openDouble, say, type Heard } from './double.ts'
import { memoryLeases, memoryTokens } from './memory-tokens.ts'

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../fixtures/tencent-api/${name}.json`, import.meta.url), 'utf8'))
const fixtureText = (name: string) =>
  readFileSync(new URL(`../fixtures/tencent-api/${name}.json`, import.meta.url), 'utf8')

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const basesAt = (base: string) => ({
  weComApi: base,
  weChatApi: base,
  weChatOpen: 'https://open.example',
  weComLogin: 'https://login.example',
  weChatPay: 'https://pay.example',
})
const tokenPaths = new Set(['/cgi-bin/gettoken', '/cgi-bin/stable_token'])

/** All adapters against one double that answers everything but tokens by `answer`; a string goes out as it is. */
async function brandAgainst(answer: (heard: Heard) => unknown) {
  const double = await openDouble((heard, response) => {
    if (tokenPaths.has(heard.path)) return say(response, { access_token: 'T', expires_in: 7200 })
    const said = answer(heard)
    return typeof said === 'string' ? void response.end(said) : say(response, said)
  })
  closing.push(double.close)
  const config = loadConfig({
    ...brandEnv(mira, basesAt(double.base)),
    PUBLIC_URL: 'https://crm.example.com',
    SESSION_SECRET: '0123456789abcdef',
  })
  const log = keptLog()
  const clock = heldClock()
  const tencent = openTencent({ config, clock, tokens: memoryTokens(), leases: memoryLeases(), log })
  return { double, log, clock, tencent }
}

const ticketNamingItsPath = ({ path }: Heard) => ({ errcode: 0, ticket: `of ${path}`, expires_in: 7200 })

interface Vector {
  ticket: string
  noncestr: string
  timestamp: number
  url: string
  signature: string
}

/** The configured account's adapter; a test that reaches null fails here. */
function configured<Port>(port: Port | null): Port {
  if (port === null) throw new Error('not configured')
  return port
}

describe('F1: staff sign-in', () => {
  test('sends staff to the silent page inside WeCom and to the QR page on a desktop', async () => {
    const { tencent } = await brandAgainst(() => ({}))
    const back = 'https://crm.example.com/api/session?return=%2F'
    expect(tencent.signIn.authorizeUrl(back, 'S1', 'in-wecom')).toBe(
      'https://open.example/connect/oauth2/authorize?appid=wwmira0000000001' +
        '&redirect_uri=https%3A%2F%2Fcrm.example.com%2Fapi%2Fsession%3Freturn%3D%252F' +
        '&response_type=code&scope=snsapi_base&state=S1&agentid=1000002#wechat_redirect',
    )
    expect(tencent.signIn.authorizeUrl(back, 'S1', 'desktop')).toBe(
      'https://login.example/wwlogin/sso/login?login_type=CorpApp&appid=wwmira0000000001&agentid=1000002' +
        '&redirect_uri=https%3A%2F%2Fcrm.example.com%2Fapi%2Fsession%3Freturn%3D%252F&state=S1',
    )
  })

  test('a member is known by userid, a visitor is nobody', async () => {
    const visitor = { errcode: 0, openid: 'oX', external_userid: 'wmX' }
    const { tencent } = await brandAgainst(({ query }) =>
      query.get('code') === 'C-mei' ? { errcode: 0, userid: 'Mei' } : visitor,
    )
    expect(await tencent.signIn.exchange('C-mei')).toEqual({ userid: 'Mei' })
    expect(await tencent.signIn.exchange('C-visitor')).toBeNull()
  })

  test.each([40029, 42003, 42022])('errcode %i of a code is passed on, the code not tried again', async (errcode) => {
    const { tencent, double } = await brandAgainst(() => ({ errcode, errmsg: 'code' }))
    await expect(tencent.signIn.exchange('C1')).rejects.toMatchObject({ errcode })
    expect(double.count('/cgi-bin/auth/getuserinfo')).toBe(1)
  })

  test.each([60111, 60011, 60021])('errcode %i: the name of a hidden member is unknown', async (errcode) => {
    const { tencent } = await brandAgainst(() => ({ errcode, errmsg: 'x' }))
    expect(await tencent.signIn.nameOf('mei')).toBeNull()
  })
})

describe('F2: page signatures', () => {
  test('fit the worked example of the manuals', () => {
    const vector = fixture('jssdk-signature') as Vector
    const signed = signPage(vector.ticket, `${vector.url}#/customer/wm1`, vector.timestamp, vector.noncestr)
    expect(signed).toEqual({ timestamp: vector.timestamp, nonceStr: vector.noncestr, signature: vector.signature })
  })

  test('take each its own ticket, once', async () => {
    const { tencent, double, clock } = await brandAgainst(ticketNamingItsPath)
    const page = 'https://crm.example.com/sidebar/?a=1'
    const { timestamp, nonceStr, signature } = await tencent.pageSignatures.sign('agent', `${page}#/x`)
    expect(timestamp).toBe(clock.now().getTime() / 1000)
    expect(signature).toBe(signPage('of /cgi-bin/ticket/get', page, timestamp, nonceStr).signature)
    const corp = await tencent.pageSignatures.sign('corp', page)
    expect(corp.signature).toBe(signPage('of /cgi-bin/get_jsapi_ticket', page, timestamp, corp.nonceStr).signature)
    const account = await configured(tencent.accountPageSignatures).sign(page)
    expect(account.appId).toBe(mira.account.appId)
    const expected = signPage('of /cgi-bin/ticket/getticket', page, timestamp, account.nonceStr)
    expect(account.signature).toBe(expected.signature)
    for (let round = 0; round < 5; round += 1) await tencent.pageSignatures.sign('agent', page)
    expect(double.count('/cgi-bin/ticket/get')).toBe(1)
    expect(nonceStr).not.toBe(corp.nonceStr)
  })
})

describe('C1: the Official Account', () => {
  test.each([
    ['a follower of a bound account', { subscribe: 1, openid: 'oA', unionid: 'uA' }, { follows: true, unionId: 'uA' }],
    ['a follower of an unbound account', { subscribe: 1, openid: 'oA', unionid: '' }, { follows: true, unionId: null }],
    ['somebody who does not follow', { subscribe: 0, openid: 'oA' }, { follows: false, unionId: null }],
  ])('tells %s', async (_name, answer, told) => {
    const { tencent } = await brandAgainst(() => answer)
    expect(await configured(tencent.accountUsers).info('oA' as OpenId)).toEqual(told)
  })

  test('OAuth parameters stand in the order that WeChat wants', async () => {
    const { tencent } = await brandAgainst(() => ({}))
    const url = configured(tencent.accountOAuth).authorizeUrl('https://crm.example.com/l/a?s=1', 'snsapi_base', 'S1')
    expect(url).toBe(
      'https://open.example/connect/oauth2/authorize?appid=wxmiraaccount001' +
        '&redirect_uri=https%3A%2F%2Fcrm.example.com%2Fl%2Fa%3Fs%3D1' +
        '&response_type=code&scope=snsapi_base&state=S1#wechat_redirect',
    )
  })

  const code = { access_token: 'WEB-TOKEN', expires_in: 7200, refresh_token: 'R', openid: 'oA', scope: 'snsapi_base' }
  const full = { ...code, scope: 'snsapi_userinfo' }

  test.each([
    ['snsapi_base: openid only, userinfo is not asked', code, 0, { openId: 'oA', unionId: null, snapshot: false }],
    [
      'snsapi_userinfo with unionid: no second call',
      { ...full, unionid: 'uA' },
      0,
      { openId: 'oA', unionId: 'uA', snapshot: false },
    ],
    ['snsapi_userinfo without: userinfo is asked', full, 1, { openId: 'oA', unionId: 'uB', snapshot: false }],
    [
      'a snapshot page: its virtual unionid stays inside',
      { ...full, unionid: 'uVirtual', is_snapshotuser: 1 },
      0,
      { openId: 'oA', unionId: null, snapshot: true },
    ],
  ])('%s', async (_name, answer, asked, told) => {
    const user = { openid: 'oA', unionid: 'uB' }
    const { tencent, double } = await brandAgainst(({ path }) => (path === '/sns/userinfo' ? user : answer))
    expect(await configured(tencent.accountOAuth).exchange('C1')).toEqual(told)
    expect(double.count('/sns/userinfo')).toBe(asked)
  })

  test('when userinfo fails the visitor is still known by openid, for the code is spent', async () => {
    const { tencent, log } = await brandAgainst(({ path }) => (path === '/sns/userinfo' ? '<html>' : full))
    const told = await configured(tencent.accountOAuth).exchange('C1')
    expect(told).toEqual({ openId: 'oA', unionId: null, snapshot: false })
    expect(log.lines.join()).not.toContain('WEB-TOKEN')
    expect(log.lines).toHaveLength(1)
  })

  test.each([40029, 40163])('a code refused with %i is a refusal without the secret', async (errcode) => {
    const { tencent } = await brandAgainst(() => ({ errcode, errmsg: mira.account.secret }))
    const error: unknown = await configured(tencent.accountOAuth).exchange('C1').catch((caught: unknown) => caught)
    expect(error).toMatchObject({ api: '/sns/oauth2/access_token', errcode })
    expect(inspect(error, { depth: 9 })).not.toContain(mira.account.secret)
  })
})

describe('C1: the mini-program', () => {
  test('a login tells openid and unionid and keeps the session key', async () => {
    const { tencent, double } = await brandAgainst(() => ({ openid: 'oM', session_key: 'SESSION-KEY', unionid: 'uA' }))
    const login = await configured(tencent.miniProgramLogin).exchange('J1')
    expect(login).toEqual({ openId: 'oM', unionId: 'uA' })
    expect(double.heard[0]?.query.get('js_code')).toBe('J1')
    expect(double.heard[0]?.query.get('access_token')).toBeNull()
  })

  test('a code that is no good is a refusal', async () => {
    const { tencent } = await brandAgainst(() => ({ errcode: 40163, errmsg: 'code been used' }))
    await expect(configured(tencent.miniProgramLogin).exchange('J1')).rejects.toMatchObject({ errcode: 40163 })
  })

  test('an answer without openid is no answer', async () => {
    const double = await openDouble((_, response) => say(response, { session_key: 'SESSION-KEY' }))
    closing.push(double.close)
    const login = miniProgramLogin({ http: tencentHttp(), base: double.base, appId: 'wx1', appSecret: 's' })
    const error: unknown = await login.exchange('J1').catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'tencent-unreachable' })
    expect(inspect(error, { depth: 9 })).not.toContain('SESSION-KEY')
  })
})

describe('A3: orders of the shop', () => {
  test('ids stay strings, money is fen, every id of an item is one of its names', async () => {
    const { tencent, double } = await brandAgainst(() => fixtureText('order-get'))
    expect(await configured(tencent.shop).read('3700000000000000001')).toEqual({
      orderNo: '3700000000000000001',
      appId: mira.shop.appId,
      openId: 'oShopOpenId0001',
      unionId: 'oUNIONID0001',
      status: 20,
      amount: 526001,
      paidAt: new Date(1767225660_000),
      items: [
        {
          id: '10000000000123', aliases: ['1234567890123456789', 'COAT-01', 'COAT-01-M'], title: '羊绒大衣',
          price: 268000, count: 2,
        },
        { id: '10000000000124', aliases: [], price: 5001, count: 2 },
      ],
      transactionId: '4200000000000001',
      createdAt: new Date('2026-01-01T00:00:00Z'),
      updatedAt: new Date('2026-01-01T00:01:00Z'),
      shippedAt: null,
      receivedAt: null,
      afterSaleNos: [],
      memberCodes: [],
      credit: null,
    })
    expect(JSON.parse(double.heard.at(-1)?.body ?? '')).toEqual({ order_id: '3700000000000000001' })
  })

  test('a gift is bought by its giver, and is not paid before it says so', async () => {
    const { tencent } = await brandAgainst(() => fixtureText('order-get-gift'))
    expect(await configured(tencent.shop).read('3700000000000000002')).toMatchObject({
      openId: 'oGiver', unionId: 'oUNIONgiver', paidAt: null,
    })
  })

  test('an order without lines, or without a price, is an order all the same', async () => {
    const told = JSON.parse(fixtureText('order-get')) as { order: { order_detail: Record<string, unknown> } }
    const detail = told.order.order_detail
    const { tencent } = await brandAgainst(() => told)
    delete detail['price_info']
    expect(await configured(tencent.shop).read('3700000000000000001')).toMatchObject({ status: 20, amount: expect.any(Number) })
    delete detail['product_infos']
    expect(await configured(tencent.shop).read('3700000000000000001')).toMatchObject({ status: 20, items: [], amount: null })
  })

  test('100002 is an order that the shop does not know', async () => {
    const { tencent } = await brandAgainst(() => ({ errcode: 100002, errmsg: 'order not exist' }))
    expect(await configured(tencent.shop).read('1')).toBeNull()
  })

  test('any other refusal is one, and the operator is told of a missing right', async () => {
    const { tencent, log } = await brandAgainst(() => ({ errcode: 48001, errmsg: 'api unauthorized' }))
    await expect(configured(tencent.shop).read('1')).rejects.toMatchObject({ errcode: 48001 })
    expect(log.lines).toEqual([expect.stringContaining('/channels/ec/order/get')])
  })
})

test('I1: accounts that are not configured are null', () => {
  const env = Object.entries(brandEnv(mira, basesAt('http://127.0.0.1:1')))
  const config = loadConfig({
    ...Object.fromEntries(env.filter(([name]) => name.startsWith('WECOM'))),
    PUBLIC_URL: 'https://crm.example.com',
    SESSION_SECRET: '0123456789abcdef',
  })
  const shared = { clock: heldClock(), tokens: memoryTokens(), leases: memoryLeases(), log: keptLog() }
  expect(openTencent({ config, ...shared })).toMatchObject({
    accountUsers: null,
    accountOAuth: null,
    accountPageSignatures: null,
    miniProgramLogin: null,
    miniProgramPhones: null,
    paymentGateway: null,
    platformKeys: null,
    shop: null,
  })
})

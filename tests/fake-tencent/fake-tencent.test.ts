import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { userAgents } from './browser.ts'
import { openFakeTencent, type FakeTencent } from './main.ts'

let now = new Date('2026-03-02T10:00:00+08:00')
let tencent: FakeTencent
let product: Server
let received: { url: string; body: string }[]

beforeEach(async () => {
  now = new Date('2026-03-02T10:00:00+08:00')
  received = []
  product = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      received.push({ url: request.url ?? '', body })
      response.end('success')
    })
  })
  await new Promise<void>((done) => product.listen(0, '127.0.0.1', done))
  tencent = await openFakeTencent({ clock: { now: () => now } })
  tencent.connect(`http://127.0.0.1:${(product.address() as AddressInfo).port}`)
})

afterEach(async () => {
  await tencent.close()
  await new Promise((done) => product.close(done))
})

const later = (minutes: number) => (now = new Date(now.getTime() + minutes * 60_000))
const get = async (url: string) => (await (await fetch(url)).json()) as Record<string, unknown>
const post = async (url: string, body: unknown) =>
  (await (await fetch(url, { method: 'POST', body: JSON.stringify(body) })).json()) as Record<string, unknown>

async function agentToken(): Promise<string> {
  const { corpId, agentSecret } = tencent.brand
  const answer = await get(`${tencent.bases.weComApi}/cgi-bin/gettoken?corpid=${corpId}&corpsecret=${agentSecret}`)
  return String(answer['access_token'])
}

const card = (more: object = {}) => ({
  touser: 'mei',
  msgtype: 'template_card',
  agentid: 1000002,
  template_card: {
    card_type: 'button_interaction',
    main_title: { title: '林小姐 加购了羊绒大衣' },
    task_id: 'alert-1',
    button_list: [
      { text: '跟进中', key: 'following' },
      { text: '稍后', key: 'later' },
    ],
    ...more,
  },
  enable_duplicate_check: 1,
  duplicate_check_interval: 14_400,
})

async function send(body: unknown) {
  return post(`${tencent.bases.weComApi}/cgi-bin/message/send?access_token=${await agentToken()}`, body)
}

describe('callbacks', () => {
  test('A1: a follow is posted as sealed XML to the account, as often as asked, under a fresh seal each time', async () => {
    const lin = tencent.customer('lin')
    expect(await lin.follows({ deliveries: 2 })).toEqual([200, 200])
    expect(received[0]?.url).toMatch(/^\/webhooks\/official-account\/wxmiraaccount001\?timestamp=.*msg_signature=/)
    expect(received[0]?.body).toMatch(/^<xml><ToUserName>.*<Encrypt>/)
    expect(received[0]?.body).not.toBe(received[1]?.body)
    expect(tencent.posts.map((one) => one.what)).toEqual(['subscribe', 'subscribe'])
    expect(tencent.posts[0]?.content).toContain('<Event><![CDATA[subscribe]]></Event>')
  })

  test('A3: an order travels as JSON whose 19-digit id is a bare number', async () => {
    const { orderNo, statuses } = await tencent
      .customer('lin')
      .orders([{ productId: 'coat', title: '羊绒大衣', price: 268000 }])
    expect(statuses).toEqual([200])
    expect(orderNo).toMatch(/^37\d{17}$/)
    expect(tencent.posts[0]?.content).toContain(`"order_id":${orderNo}}`)
  })

  test('A2: a tap on a card comes back as template_card_event with a fresh response code', async () => {
    const mei = tencent.staff('mei')
    await send(card())
    expect(await mei.taps('稍后')).toEqual([200])
    expect(tencent.posts[0]?.content).toContain('<EventKey><![CDATA[later]]></EventKey>')
    expect(tencent.posts[0]?.content).toContain('<TaskId><![CDATA[alert-1]]></TaskId>')
  })

  test('A1: in plain and compatible mode the fields are readable, and a forged one differs only in what is forged', async () => {
    const lin = tencent.customer('lin')
    await lin.writes('多少钱', { mode: 'plain' })
    await lin.writes('多少钱', { mode: 'compatible', format: 'json' })
    await lin.writes('多少钱', { forged: 'signature' })
    expect(received[0]?.body).toContain('<Content><![CDATA[多少钱]]></Content>')
    expect(received[0]?.url).not.toContain('msg_signature')
    expect(JSON.parse(received[1]?.body ?? '')).toMatchObject({
      Content: '多少钱',
      Encrypt: expect.any(String) as string,
    })
    expect(received[2]?.url).toContain('msg_signature')
  })
})

describe('messages', () => {
  test('E3: a card appears, its buttons give way to grey text, and a recall takes it away', async () => {
    const mei = tencent.staff('mei')
    const sent = await send(card())
    expect(sent).toMatchObject({ errcode: 0, invaliduser: '' })
    expect(mei.titles).toEqual(['林小姐 加购了羊绒大衣'])
    const token = await agentToken()
    const update = {
      userids: ['mei'],
      agentid: 1000002,
      response_code: sent['response_code'],
      button: { replace_name: '已跟进' },
    }
    const url = `${tencent.bases.weComApi}/cgi-bin/message/update_template_card?access_token=${token}`
    expect(await post(url, update)).toMatchObject({ errcode: 0 })
    expect(mei.phone[0]?.replacedBy).toBe('已跟进')
    expect(await post(url, update)).toMatchObject({ errcode: 60140 })
    await post(`${tencent.bases.weComApi}/cgi-bin/message/recall?access_token=${token}`, { msgid: sent['msgid'] })
    expect(mei.phone).toEqual([])
  })

  test('E4: the same JSON inside its interval is not delivered again; the same task_id in another JSON is refused', async () => {
    const mei = tencent.staff('mei')
    await send(card())
    expect(await send(card())).toMatchObject({ errcode: 0 })
    expect(mei.phone).toHaveLength(1)
    expect(await send(card({ sub_title_text: 'again' }))).toMatchObject({ errcode: 42014 })
  })

  test('E4: above thirty a minute messages vanish, and the stand-in says so', async () => {
    const mei = tencent.staff('mei')
    for (let index = 0; index < 31; index += 1) await send(card({ task_id: `alert-${index}` }))
    expect(mei.phone).toHaveLength(30)
    expect(tencent.problems).toEqual([expect.stringContaining('silently dropped')])
  })

  test('E6: a member outside the visible range is named, in lower case; alone it is a refusal', async () => {
    tencent.staff('mei')
    tencent.staff('Chen')
    tencent.weather.removeFromVisibleRange('chen')
    expect(await send({ ...card(), touser: 'mei|Chen' })).toMatchObject({ errcode: 0, invaliduser: 'chen' })
    expect(await send({ ...card({ task_id: 'alert-2' }), touser: 'Chen' })).toMatchObject({ errcode: 81013 })
  })

  test.each([
    ['agentid as text', { ...card(), agentid: '1000002' }],
    ['no task_id', card({ task_id: undefined })],
    ['a task_id with a colon', card({ task_id: 'alert:1' })],
    ['seven buttons', card({ button_list: Array.from({ length: 7 }, (_, key) => ({ text: 'x', key: `${key}` })) })],
    [
      'two buttons with one key',
      card({
        button_list: [
          { text: 'a', key: 'k' },
          { text: 'b', key: 'k' },
        ],
      }),
    ],
    ['seven rows', card({ horizontal_content_list: Array.from({ length: 7 }, () => ({ keyname: 'x' })) })],
    ['a notice without card_action', card({ card_type: 'text_notice', button_list: undefined })],
    ['nobody to send to', { ...card(), touser: undefined }],
  ])('E3: %s is refused and noted as a problem', async (_name, body) => {
    tencent.staff('mei')
    expect(await send(body)).not.toMatchObject({ errcode: 0 })
    expect(tencent.problems).toHaveLength(1)
  })
})

describe('APIs', () => {
  test('an unknown path, a missing token and a foreign token are problems', async () => {
    const { weComApi, weChatApi } = tencent.bases
    await get(`${weComApi}/cgi-bin/user/convert_to_openid`)
    expect(await get(`${weComApi}/cgi-bin/user/get?userid=mei`)).toMatchObject({ errcode: 41001 })
    expect(await get(`${weChatApi}/cgi-bin/user/info?openid=o&access_token=${await agentToken()}`)).toMatchObject({
      errcode: 48002,
    })
    expect(tencent.problems).toHaveLength(3)
  })

  test('C1: contacts are paged by cursor, with unionid only while the accounts are bound', async () => {
    const mei = tencent.staff('mei')
    for (const name of ['lin', 'zhou', 'chen']) await mei.adds(tencent.customer(name), { deliveries: 0 })
    const url = `${tencent.bases.weComApi}/cgi-bin/externalcontact/batch/get_by_user?access_token=${await agentToken()}`
    const first = await post(url, { userid_list: ['mei'], cursor: '', limit: 2 })
    const second = await post(url, { userid_list: ['mei'], cursor: first['next_cursor'], limit: 2 })
    expect([first, second].map((one) => (one['external_contact_list'] as unknown[]).length)).toEqual([2, 1])
    expect(second['next_cursor']).toBe('')
    tencent.weather.openPlatformBound(false)
    expect(JSON.stringify(await post(url, { userid_list: ['mei'] }))).not.toContain('unionid')
  })

  test('C1: whom staff deleted is listed no more, unless the weather says so; who deleted staff is', async () => {
    const mei = tencent.staff('mei')
    const lin = tencent.customer('lin')
    const read = async () =>
      get(
        `${tencent.bases.weComApi}/cgi-bin/externalcontact/get?external_userid=${lin.externalUserId}&access_token=${await agentToken()}`,
      )
    await mei.adds(lin)
    await lin.removes(mei)
    expect(await read()).toMatchObject({ errcode: 0 })
    await mei.removes(lin)
    expect(await read()).toMatchObject({ errcode: 84061 })
    tencent.weather.getStillListsDeleted(true)
    expect(await read()).toMatchObject({ errcode: 0, follow_user: [{ userid: 'mei' }] })
  })

  test('tokens end after two hours of the shared clock, or when the weather says so', async () => {
    tencent.staff('mei')
    const token = await agentToken()
    const url = `${tencent.bases.weComApi}/cgi-bin/user/get?userid=mei&access_token=${token}`
    expect(await get(url)).toMatchObject({ errcode: 0, name: 'mei' })
    later(121)
    expect(await get(url)).toMatchObject({ errcode: 42001 })
    tencent.weather.revokeTokens()
    expect(await get(url)).toMatchObject({ errcode: 40014 })
  })

  test('refusals, cut answers and silence meet only the calls they are meant for', async () => {
    const mei = tencent.staff('mei')
    tencent.weather.refuseNext(45009, { api: 'message/send' })
    expect(await send(card())).toMatchObject({ errcode: 45009 })
    tencent.weather.dropAnswerOf('message/send')
    await expect(send(card())).rejects.toThrow('fetch failed')
    expect(mei.phone).toHaveLength(1)
    tencent.weather.goSilent({ api: 'message/send' })
    const waiting = send(card({ task_id: 'alert-2' })).catch((error: unknown) => String(error))
    await vi.waitFor(() => expect(tencent.calls.filter((one) => one.status === null)).toHaveLength(2), 30_000)
    tencent.weather.comeBack()
    expect(await waiting).toContain('fetch failed')
    expect(tencent.problems).toEqual([])
  })
})

function authorize(more: Record<string, string>): string {
  const query = new URLSearchParams({
    appid: tencent.brand.account.appId,
    redirect_uri: `http://127.0.0.1:${(product.address() as AddressInfo).port}/back`,
    response_type: 'code',
    scope: 'snsapi_base',
    state: 'abc',
    ...more,
  })
  return `${tencent.bases.weChatOpen}/connect/oauth2/authorize?${query.toString()}#wechat_redirect`
}
function exchange(code: string) {
  const { appId, secret } = tencent.brand.account
  const query = `appid=${appId}&secret=${secret}&code=${code}&grant_type=authorization_code`
  return get(`${tencent.bases.weChatApi}/sns/oauth2/access_token?${query}`)
}

describe('sign-in', () => {
  test('A5: a customer comes back with a code for one use; unionid only for snsapi_userinfo', async () => {
    const lin = tencent.customer('lin')
    const codeOf = async (scope: string) =>
      new URL((await lin.opens(authorize({ scope }))).url).searchParams.get('code') ?? ''
    const code = await codeOf('snsapi_base')
    const answer = await exchange(code)
    expect(answer).toMatchObject({ openid: lin.openIds.account, scope: 'snsapi_base' })
    expect(answer).not.toHaveProperty('unionid')
    expect(await exchange(code)).toMatchObject({ errcode: 40163 })
    expect(await exchange(await codeOf('snsapi_userinfo'))).toMatchObject({ unionid: lin.unionId })
    lin.snapshot = true
    expect((await exchange(await codeOf('snsapi_userinfo')))['openid']).not.toBe(lin.openIds.account)
  })

  test('A5: a code ends after five minutes, and a foreign redirect_uri gets none', async () => {
    const lin = tencent.customer('lin')
    const { url } = await lin.opens(authorize({}))
    later(6)
    expect(await exchange(new URL(url).searchParams.get('code') ?? '')).toMatchObject({ errcode: 40029 })
    const elsewhere = await lin.opens(authorize({ redirect_uri: 'http://127.0.0.1:9/back' }))
    expect(elsewhere.html).toContain('redirect_uri参数错误')
    expect(tencent.problems).toHaveLength(1)
  })

  test('F1: a member signs in inside WeCom; an Official Account page does not open there', async () => {
    const mei = tencent.staff('mei')
    const { url } = await mei.opens(authorize({ appid: tencent.brand.corpId, agentid: '1000002' }))
    const code = new URL(url).searchParams.get('code') ?? ''
    const who = `${tencent.bases.weComApi}/cgi-bin/auth/getuserinfo?access_token=${await agentToken()}&code=${code}`
    expect(await get(who)).toMatchObject({ errcode: 0, userid: 'mei' })
    expect(await get(who)).toMatchObject({ errcode: 42022 })
    await mei.opens(authorize({}))
    expect(tencent.problems).toEqual([expect.stringContaining('does not open inside WeCom')])
    expect((await mei.opens(authorize({}), { userAgent: userAgents.desktop })).status).toBe(200)
  })
})

test('A5: a link under the brand’s public name leads actors to where the product listens', async () => {
  const url = `http://127.0.0.1:${(product.address() as AddressInfo).port}`
  tencent.connect(url, 'https://brand.test')
  const seen = await tencent.customer('lin').opens('https://brand.test/l/slug?s=1')
  expect(seen).toMatchObject({ status: 200, url: 'https://brand.test/l/slug?s=1' })
  expect(received.map((one) => one.url)).toEqual(['/l/slug?s=1'])
})

test('I1: a world saved as JSON goes on where it was', async () => {
  const mei = tencent.staff('mei')
  await mei.adds(tencent.customer('lin'))
  await send(card())
  const again = await openFakeTencent({ clock: { now: () => now }, world: structuredClone(tencent.world) })
  expect(again.staff('mei').titles).toEqual(['林小姐 加购了羊绒大衣'])
  expect(again.customer('lin').externalUserId).toBe(tencent.customer('lin').externalUserId)
  await again.close()
})

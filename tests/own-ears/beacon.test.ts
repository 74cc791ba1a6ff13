import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MalformedCallback } from '../../server/domain/errors.ts'
import { parseBeacon } from '../../webhooks/beacon/parse.ts'
import { accountId, agents, miniProgramId, openEars, type Ears } from './support/ears.ts'
import { mallEvents, mallOf, mixedEvents, pageView, type Mall } from './support/mall.ts'

const lin = { openId: 'o-lin', unionId: 'u-lin' }
const daySeconds = 24 * 3600

let ears: Ears
let mall: Mall
beforeEach(async () => {
  ears = await openEars()
  mall = mallOf(ears, miniProgramId)
})
afterEach(() => ears.close())

describe('A7 what the mall reports', () => {
  test('a batch is kept once, in our words, under the openid of the session', async () => {
    const token = await mall.login(lin)
    const answer = await mall.report(token, mallEvents(ears))

    expect(answer).toMatchObject({ status: 200, body: { accepted: 10, seen: 0, rejected: [] } })
    expect(ears.events().map((event) => event.kind)).toEqual(mallEvents(ears).map((event) => event.kind))
    expect(ears.events()[2]).toEqual({
      key: 'beacon:wxmini:o-lin:e-3',
      at: ears.clock.now(),
      who: { kind: 'openid', appId: 'wxmini', openId: 'o-lin' },
      source: 'beacon',
      kind: 'view-item',
      item: { id: 'coat-7', title: '羊绒大衣', category: '大衣', price: 268000 },
      text: null,
    })
    expect(ears.events()[1]).toMatchObject({ kind: 'search', item: null, text: '羊绒大衣' })
  })

  test('one request is one round trip to the inbox', async () => {
    const token = await mall.login({ openId: 'o-lin' })
    await mall.report(token, mallEvents(ears))
    expect(ears.inbox.weather.calls).toBe(1)
  })

  test('good events are kept when others are bad, and each problem is named', async () => {
    const token = await mall.login(lin)
    const mixed = mixedEvents(ears)
    const answer = await mall.report(token, mixed.map(({ event }) => event))

    const expected = mixed.flatMap(({ problem, id }, index) => (problem === null ? [] : [{ index, id, problem }]))
    expect(answer).toMatchObject({ status: 200, body: { accepted: 2, seen: 0 } })
    expect(answer.body.rejected).toEqual(expected)
    expect(ears.events().map((event) => event.key)).toEqual(['beacon:wxmini:o-lin:ok-1', 'beacon:wxmini:o-lin:ok-2'])
  })

  test.each([
    ['exactly 7 days old', -7 * daySeconds, null],
    ['a moment older than 7 days', -7 * daySeconds - 0.001, 'at is more than 7 days old'],
    ['exactly 5 minutes ahead', 300, null],
    ['a moment more than 5 minutes ahead', 300.001, 'at is more than 5 minutes ahead'],
  ])('an event %s', async (_, seconds, problem) => {
    const token = await mall.login(lin)
    const { body } = await mall.report(token, [pageView(ears, 'e', seconds)])
    expect(body.rejected).toEqual(problem === null ? [] : [{ index: 0, id: 'e', problem }])
    expect(body.accepted).toBe(problem === null ? 1 : 0)
  })
})

describe('B2 the same id is counted once for ever', () => {
  test('twice in one batch, and again in the next, whatever its time', async () => {
    const token = await mall.login(lin)
    const first = await mall.report(token, [pageView(ears, 'e'), pageView(ears, 'e', -60), pageView(ears, 'f')])
    const again = await mall.report(token, [pageView(ears, 'e', 30), pageView(ears, 'f')])

    expect(first.body).toEqual({ accepted: 2, seen: 1, rejected: [] })
    expect(again.body).toEqual({ accepted: 0, seen: 2, rejected: [] })
    expect(ears.events().map(({ at }) => at)).toEqual([ears.clock.now(), ears.clock.now()])
  })

  test('after the inbox has forgotten it the timeline still knows', async () => {
    const token = await mall.login(lin)
    await mall.report(token, [pageView(ears, 'e')])
    for (const event of ears.events()) ears.timelineKeys.add(event.key)
    ears.inbox.forget()
    const { body } = await mall.report(token, [pageView(ears, 'e'), pageView(ears, 'f')])
    expect(body).toEqual({ accepted: 1, seen: 1, rejected: [] })
  })

  test('the same id of another openid, or of another app, is another event', async () => {
    const h5 = mallOf(ears, accountId)
    await mall.report(await mall.login(lin), [pageView(ears, 'e')])
    await mall.report(await mall.login({ openId: 'o-hua' }), [pageView(ears, 'e')])
    await h5.report(await h5.login(lin), [pageView(ears, 'e')])
    expect(new Set(ears.events().map((event) => event.key)).size).toBe(3)
  })

  test('a bad event does not use up its id', async () => {
    const token = await mall.login(lin)
    const { body } = await mall.report(token, [pageView(ears, 'e', 3600), pageView(ears, 'e')])
    expect(body).toMatchObject({ accepted: 1, seen: 0, rejected: [{ index: 0, id: 'e' }] })
  })
})

describe('A7 what is refused as a whole', () => {
  test('100 events are taken, 101 are not', async () => {
    const token = await mall.login(lin)
    const many = Array.from({ length: 101 }, (_, index) => pageView(ears, `e-${index}`))
    const full = await mall.report(token, many.slice(0, 100))
    const over = await mall.report(token, many)
    expect(full.body.accepted).toBe(100)
    expect(over).toMatchObject({ status: 400, body: { error: { code: 'bad-request' } } })
    expect(ears.events()).toHaveLength(100)
  })

  test('256 KiB are taken, one byte more is not', async () => {
    const token = await mall.login(lin)
    const body = JSON.stringify({ events: [] })
    const headers = { Authorization: `Bearer ${token}` }
    const full = await mall.post('', body.padEnd(256 * 1024), headers)
    const over = await mall.post('', body.padEnd(256 * 1024 + 1), headers)
    expect(full).toMatchObject({ status: 200, body: { accepted: 0, seen: 0, rejected: [] } })
    expect(over).toMatchObject({ status: 413, body: { error: { code: 'too-large' } } })
  })

  test.each([['not json'], ['[]'], ['{}'], ['{"events":{}}'], ['null'], ['"\\ud800']])('a body of %s', async (body) => {
    const token = await mall.login(lin)
    const answer = await mall.post('', body, { Authorization: `Bearer ${token}` })
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'bad-request' } } })
  })

  test('the content type does not matter: sendBeacon sends text/plain', async () => {
    const token = await mall.login(lin)
    const answer = await mall.report(token, [pageView(ears, 'e')], { 'Content-Type': 'text/plain;charset=UTF-8' })
    expect(answer.body.accepted).toBe(1)
  })

  test('B1 the store away: 503, and the whole batch may come again', async () => {
    const token = await mall.login({ openId: 'o-lin' })
    ears.inbox.weather.away = true
    const away = await mall.report(token, [pageView(ears, 'e')])
    ears.inbox.weather.away = false
    const back = await mall.report(token, [pageView(ears, 'e')])
    expect(away).toMatchObject({ status: 503, body: { error: { code: 'unavailable' } } })
    expect(back.body.accepted).toBe(1)
  })

  test('B1 the store silent: 503 within 4 s', async () => {
    const token = await mall.login({ openId: 'o-lin' })
    ears.inbox.weather.silent = true
    const answer = await Promise.race([
      mall.report(token, [pageView(ears, 'e')]),
      new Promise<null>((resolve) => void setTimeout(resolve, 4_000, null)),
    ])
    expect(answer?.status).toBe(503)
  })
})

describe('A7 whose report it is', () => {
  test('an unknown app is 404, on both routes, and an Official Account that is not configured too', async () => {
    const other = mallOf(ears, 'wxother')
    const bare = await openEars({ withAccount: false })
    const answers = [await other.session('c'), await other.report('t', []), await mallOf(bare, accountId).session('c')]
    await bare.close()
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404])
    expect(new Set(answers.map(({ body }) => body.error.code))).toEqual(new Set(['not-found']))
  })

  test.each([
    ['none', () => ''],
    ['another scheme', (token: string) => `Basic ${token}`],
    ['a changed payload', (token: string) => `Bearer ${swapFirst(token)}`],
    ['a changed signature', (token: string) => `Bearer ${token.slice(0, -2)}${token.endsWith('AA') ? 'BB' : 'AA'}`],
    ['no signature', (token: string) => `Bearer ${token.split('.')[0]}`],
    ['one part too many', (token: string) => `Bearer ${token}.x`],
  ])('a token with %s is 401', async (_, header) => {
    const token = await mall.login(lin)
    const answer = await mall.post('', { events: [pageView(ears, 'e')] }, { Authorization: header(token) })
    expect(answer).toMatchObject({ status: 401, body: { error: { code: 'bad-token' } } })
    expect(ears.events()).toEqual([])
  })

  test('a token of another app is 401', async () => {
    const token = await mallOf(ears, accountId).login(lin)
    const answer = await mall.report(token, [pageView(ears, 'e')])
    expect(answer.status).toBe(401)
  })

  test('a token lives until expiresAt, by our clock', async () => {
    const { body } = await mall.session(ears.tencent.grant(lin, ''))
    const lifeSeconds = (body.expiresAt - ears.clock.now().getTime()) / 1000
    expect(lifeSeconds).toBe(daySeconds)
    ears.later(lifeSeconds - 1)
    const before = await mall.report(body.token, [pageView(ears, 'e')])
    ears.later(1)
    const after = await mall.report(body.token, [pageView(ears, 'f')])
    expect([before.status, after.status]).toEqual([200, 401])
  })

  test.each([[40029], [40163], [40226]])('a code refused with %i is 401', async (errcode) => {
    ears.tencent.weather.errcode = errcode
    expect(await mall.session('code')).toMatchObject({ status: 401, body: { error: { code: 'refused-code' } } })
  })

  test.each([[-1], [45011], [40125]])('a refusal that is not the code’s fault (%i) is 503', async (errcode) => {
    ears.tencent.weather.errcode = errcode
    expect(await mall.session('code')).toMatchObject({ status: 503, body: { error: { code: 'unavailable' } } })
  })

  test('Tencent unreachable is 503', async () => {
    ears.tencent.weather.down = true
    expect((await mall.session('code')).status).toBe(503)
  })

  test.each([['{}'], ['{"code":7}'], ['{"code":""}'], ['code']])('a session asked for with %s is 400', async (body) => {
    expect((await mall.post('/session', body)).status).toBe(400)
  })

  test('a snapshot page’s visitor is 401 and leaves nothing behind', async () => {
    const h5 = mallOf(ears, accountId)
    const answer = await h5.session(ears.tencent.grant({ openId: 'o-virtual', unionId: 'u-virtual', snapshot: true }, 'snsapi_userinfo'))
    expect(answer).toMatchObject({ status: 401, body: { error: { code: 'snapshot-user' } } })
    expect(ears.inbox.kept).toEqual([])
  })

  test('nothing of code, openid or token is logged', async () => {
    await mall.session('a-code-nobody-issued')
    expect(ears.logged).toHaveLength(1)
    expect(ears.logged.join()).not.toMatch(/a-code-nobody|o-lin/)
  })
})

describe('C1 the unionid that a login tells', () => {
  test('becomes a link with its evidence, once', async () => {
    await mall.login(lin)
    await mall.login(lin)
    const h5 = mallOf(ears, accountId)
    await h5.session(ears.tencent.grant({ openId: 'o-lin-oa', unionId: 'u-lin' }, 'snsapi_userinfo'))

    expect(ears.links()).toEqual([
      {
        key: 'link:code2session:openid:wxmini:o-lin:u-lin',
        at: ears.clock.now(),
        a: { kind: 'openid', appId: 'wxmini', openId: 'o-lin' },
        b: { kind: 'unionid', unionId: 'u-lin' },
        evidence: { by: 'code2session', appId: 'wxmini' },
      },
      expect.objectContaining({ evidence: { by: 'oauth', appId: 'wxaccount' } }),
    ])
  })

  test('is not lost: no session while it cannot be stored', async () => {
    ears.inbox.weather.away = true
    const away = await mall.session(ears.tencent.grant(lin, ''))
    ears.inbox.weather.away = false
    await mall.login(lin)
    expect(away.status).toBe(503)
    expect(ears.links()).toHaveLength(1)
  })
})

describe('A7 robots', () => {
  test.each([['spider', 0], ['headless', 0], ['previewInWeChat', 0], ['httpLibrary', 1], ['weChatOnIPhone', 1]] as const)(
    'events sent by %s: %i kept',
    async (name, kept) => {
      const token = await mall.login({ openId: 'o-lin' })
      const answer = await mallOf(ears, miniProgramId, agents[name]).report(token, [pageView(ears, 'e'), {}])
      expect(answer).toMatchObject({ status: 200, body: { accepted: kept, seen: 0, rejected: [{ index: 1, id: null }] } })
      expect(ears.events()).toHaveLength(kept)
    },
  )
})

test.each([['not json'], ['{}'], ['{"kind":"refund"}']])('B4 a stored delivery of %s is set aside', (text) => {
  const delivery = { channel: 'beacon', account: 'wxmini', key: 'k', bytes: Buffer.from(text), receivedAt: new Date(0) } as const
  expect(() => parseBeacon(delivery)).toThrow(MalformedCallback)
})

function swapFirst(token: string): string {
  const [body = '', mac = ''] = token.split('.')
  const changed = Buffer.from(body, 'base64url').toString().replace('o-lin', 'o-mei')
  return `${Buffer.from(changed).toString('base64url')}.${mac}`
}

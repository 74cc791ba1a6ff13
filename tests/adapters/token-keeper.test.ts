import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { TencentRefused } from '../../server/domain/errors.ts'
import { tencentHttp } from '../../server/adapters/tencent/http.ts'
import { stableTokenApi } from '../../server/adapters/tencent/stable-token.ts'
import { weComApi } from '../../server/adapters/wecom/api.ts'
import { heldClock, keptLog, openDouble, say } from './double.ts'
import { memoryLeases, memoryTokens } from './memory-tokens.ts'

const anything = z.object({})
const secret = 'SECRET-OF-THE-APP'

/** A platform that issues T1, T2 …, honours the newest only, and can be told to refuse. */
async function openPlatform() {
  let issued = 0
  const mood = { honours: 'T1', staleCode: 42001, refuseToken: 0, expiresIn: 7200, slowMs: 0, alwaysStale: false }
  const double = await openDouble((heard, response) => {
    if (heard.path === '/cgi-bin/gettoken' || heard.path === '/cgi-bin/stable_token') {
      if (mood.refuseToken !== 0) return say(response, { errcode: mood.refuseToken, errmsg: `no ${secret}` })
      issued += 1
      mood.honours = `T${issued}`
      const answer = { errcode: 0, access_token: mood.honours, expires_in: mood.expiresIn }
      return void setTimeout(() => say(response, answer), mood.slowMs)
    }
    const fresh = heard.query.get('access_token') === mood.honours && !mood.alwaysStale
    say(response, fresh ? { errcode: 0 } : { errcode: mood.staleCode, errmsg: 'stale' })
  })
  return { double, mood, tokenCalls: () => double.count('/cgi-bin/gettoken') + double.count('/cgi-bin/stable_token') }
}

let platform: Awaited<ReturnType<typeof openPlatform>>
let clock = heldClock()
let shared = { tokens: memoryTokens(), leases: memoryLeases() }
let log = keptLog()

beforeEach(async () => {
  platform = await openPlatform()
  clock = heldClock()
  shared = { tokens: memoryTokens(), leases: memoryLeases() }
  log = keptLog()
})
afterEach(() => platform.double.close())

/** One process of the product. */
function deps(holder = 'one') {
  return { ...shared, clock, log, holder, http: tencentHttp(), base: platform.double.base }
}
const weCom = (holder?: string) => weComApi(deps(holder), { corpId: 'ww1', secret })
const account = (holder?: string) => stableTokenApi(deps(holder), { appId: 'wx1', appSecret: secret })
const call = (api: ReturnType<typeof weCom>) => api.get('/cgi-bin/user/get', { userid: 'mei' }, anything)

describe('B1, E6: one token for all', () => {
  test('fifty parallel calls fetch one token', async () => {
    const api = weCom()
    await Promise.all(Array.from({ length: 50 }, () => call(api)))
    expect(platform.tokenCalls()).toBe(1)
    expect(platform.double.count('/cgi-bin/user/get')).toBe(50)
  })

  test('two processes fetch one token between them', async () => {
    platform.mood.slowMs = 120
    const calls = [weCom('one'), weCom('two')].flatMap((api) => Array.from({ length: 25 }, () => call(api)))
    await Promise.all(calls)
    expect(platform.tokenCalls()).toBe(1)
  })

  test('a process that starts later finds the token in the store', async () => {
    await call(weCom('one'))
    await call(weCom('two'))
    expect(platform.tokenCalls()).toBe(1)
  })

  test('the token is renewed 300 s before its end, by the clock', async () => {
    const api = weCom()
    await call(api)
    clock.pass(6899)
    await call(api)
    expect(platform.tokenCalls()).toBe(1)
    clock.pass(1)
    await call(api)
    expect(platform.tokenCalls()).toBe(2)
  })

  test('a token with only 300 s to live is still used, for half of them', async () => {
    platform.mood.expiresIn = 300
    const api = account()
    await call(api)
    clock.pass(149)
    await call(api)
    expect(platform.tokenCalls()).toBe(1)
    clock.pass(1)
    await call(api)
    expect(platform.tokenCalls()).toBe(2)
  })

  test('neither the secret nor its plain hash input names the entry in the store', async () => {
    await call(weCom())
    expect([...shared.tokens.entries.keys()]).toEqual([expect.stringMatching(/^wecom-token:[0-9a-f]{24}$/)])
  })
})

describe('E6: a stale token is renewed once, silently', () => {
  test.each([40014, 42001])('WeCom says %i: fifty callers, one new token, every call succeeds', async (code) => {
    const api = weCom()
    await call(api)
    Object.assign(platform.mood, { honours: 'revoked', staleCode: code })
    await Promise.all(Array.from({ length: 50 }, () => call(api)))
    expect(platform.tokenCalls()).toBe(2)
    expect(log.lines).toEqual([])
  })

  test.each([40001, 40014, 42001])('the Official Account says %i: renewed likewise', async (code) => {
    const api = account()
    await call(api)
    Object.assign(platform.mood, { honours: 'revoked', staleCode: code })
    await call(api)
    expect(platform.tokenCalls()).toBe(2)
  })

  test('a process with the old token takes the one that another process fetched meanwhile', async () => {
    const [one, two] = [weCom('one'), weCom('two')]
    await call(one)
    await call(two)
    platform.mood.honours = 'revoked'
    await call(one)
    await call(two)
    expect(platform.tokenCalls()).toBe(2)
  })

  test('a call that starts while the discard is on its way does not bring the dead token back', async () => {
    const api = weCom()
    await call(api)
    platform.mood.honours = 'revoked'
    const late: Promise<unknown>[] = []
    const { discard } = shared.tokens
    shared.tokens.discard = async (name, token) => {
      if (late.length === 0) late.push(call(api))
      await late[0]
      await discard(name, token)
    }
    await expect(call(api)).resolves.toEqual({})
    await expect(late[0]).resolves.toEqual({})
    expect(platform.double.count('/cgi-bin/user/get')).toBe(4)
  })

  test('a token that stays stale ends in a refusal after one repeat', async () => {
    const api = weCom()
    platform.mood.alwaysStale = true
    await expect(call(api)).rejects.toMatchObject({ code: 'tencent-refused', errcode: 42001 })
    expect(platform.double.count('/cgi-bin/user/get')).toBe(2)
    expect(platform.tokenCalls()).toBe(2)
  })
})

describe('E6: a refused secret is left alone', () => {
  test('WeCom 40001: asked once, remembered for a minute, then for two, in every process', async () => {
    platform.mood.refuseToken = 40001
    const api = weCom('one')
    for (let round = 0; round < 20; round += 1) await expect(call(api)).rejects.toMatchObject({ errcode: 40001 })
    await expect(call(weCom('two'))).rejects.toBeInstanceOf(TencentRefused)
    expect(platform.tokenCalls()).toBe(1)
    clock.pass(60)
    await expect(call(api)).rejects.toMatchObject({ api: '/cgi-bin/gettoken', errcode: 40001 })
    clock.pass(119)
    await expect(call(api)).rejects.toMatchObject({ errcode: 40001 })
    expect(platform.tokenCalls()).toBe(2)
  })

  test('WeCom 40001 on an ordinary call is no reason to fetch a token', async () => {
    const api = weCom()
    await call(api)
    Object.assign(platform.mood, { honours: 'revoked', staleCode: 40001 })
    await expect(call(api)).rejects.toMatchObject({ errcode: 40001 })
    expect(platform.tokenCalls()).toBe(1)
  })

  test('the pause grows to an hour and no further; a mended secret works at its end', async () => {
    platform.mood.refuseToken = 40013
    const api = weCom()
    for (let round = 0; round < 12; round += 1) {
      await expect(call(api)).rejects.toMatchObject({ errcode: 40013 })
      clock.pass(3600)
    }
    expect(platform.tokenCalls()).toBe(12)
    platform.mood.refuseToken = 0
    await expect(call(api)).resolves.toEqual({})
  })

  test('a changed secret does not inherit the pause', async () => {
    platform.mood.refuseToken = 40001
    await expect(call(weCom())).rejects.toMatchObject({ errcode: 40001 })
    platform.mood.refuseToken = 0
    const mended = weComApi(deps(), { corpId: 'ww1', secret: 'another' })
    await expect(call(mended)).resolves.toEqual({})
  })

  test.each([45009, 45011, 45033])('%i passes by itself and blocks nobody', async (code) => {
    platform.mood.refuseToken = code
    const api = weCom()
    await expect(call(api)).rejects.toMatchObject({ errcode: code })
    platform.mood.refuseToken = 0
    await call(api)
    expect(platform.tokenCalls()).toBe(2)
  })

  test('a life told as quoted text is understood', async () => {
    Object.assign(platform.mood, { expiresIn: '7200' })
    const api = account()
    await call(api)
    await call(api)
    expect(platform.tokenCalls()).toBe(1)
  })

  test('a busy system (-1) is not remembered', async () => {
    platform.mood.refuseToken = -1
    const api = weCom()
    await expect(call(api)).rejects.toMatchObject({ errcode: -1 })
    platform.mood.refuseToken = 0
    await expect(call(api)).resolves.toEqual({})
  })

  test('the operator reads one line about it, without the secret', async () => {
    platform.mood.refuseToken = 40001
    const api = weCom()
    const error: unknown = await call(api).catch((caught: unknown) => caught)
    await expect(call(api)).rejects.toThrow(TencentRefused)
    expect(log.lines).toEqual([expect.stringContaining('"errcode":40001')])
    expect(log.lines.join() + inspect(error, { depth: 9 }) + String(error)).not.toContain(secret)
  })
})

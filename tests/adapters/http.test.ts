import { inspect } from 'node:util'
import { afterEach, expect, test } from 'vitest'
import { TencentRefused, TencentUnreachable } from '../../server/domain/errors.ts'
import { tencentHttp } from '../../server/adapters/tencent/http.ts'
import { openDouble, say, type Reply } from './double.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function callTo(reply: Reply, timeoutMs = 5000) {
  const double = await openDouble(reply)
  closing.push(double.close)
  const query = { access_token: 'SECRET-TOKEN' }
  return { double, answer: tencentHttp({ timeoutMs })({ base: double.base, api: '/cgi-bin/user/get', query }) }
}

const broken: [string, Reply, string][] = [
  ['HTTP 500', (_, response) => void response.writeHead(500).end('SECRET-TOKEN'), 'HTTP status 500'],
  ['HTTP 404 with JSON', (_, response) => void response.writeHead(404).end('{"errcode":0}'), 'HTTP status 404'],
  ['no JSON', (_, response) => void response.end('<html>SECRET-TOKEN</html>'), 'answer is not JSON'],
  ['an empty body', (_, response) => void response.end(), 'answer is not JSON'],
  ['JSON cut off', (_, response) => void response.end('{"access_token":"SECRET-TOKEN'), 'answer is not JSON'],
  [
    'a line cut in the middle of the answer',
    (_, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('{"errcode":0')
      setImmediate(() => response.destroy())
    },
    '',
  ],
  ['a line cut before the answer', (_, response) => void response.destroy(), ''],
]

test.each(broken)('E6: %s is unreachable, and only the path is named', async (_name, reply, words) => {
  const { answer } = await callTo(reply)
  const error: unknown = await answer.catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(TencentUnreachable)
  expect(error).toMatchObject({ api: '/cgi-bin/user/get', message: '/cgi-bin/user/get could not be reached' })
  expect(inspect(error, { depth: 9 })).toContain(words)
  expect(inspect(error, { depth: 9 })).not.toContain('SECRET-TOKEN')
})

test('E6: silence ends after the timeout', async () => {
  const { answer } = await callTo(() => undefined, 60)
  const error: unknown = await answer.catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(TencentUnreachable)
  expect(error).toMatchObject({ cause: { message: 'timeout' } })
})

test('E6: nobody at the address is unreachable, without the URL in the error', async () => {
  const double = await openDouble(() => undefined)
  await double.close()
  const call = tencentHttp()({ base: double.base, api: '/cgi-bin/gettoken', query: { corpsecret: 'SECRET' } })
  const error: unknown = await call.catch((caught: unknown) => caught)
  expect(error).toMatchObject({ code: 'tencent-unreachable', cause: { message: 'ECONNREFUSED' } })
  expect(inspect(error, { depth: 9 })).not.toContain('SECRET')
})

test('E6: a redirect is never followed', async () => {
  const { double, answer } = await callTo(
    (heard, response) => void response.writeHead(302, { location: `/elsewhere?${heard.query}` }).end(),
  )
  await expect(answer).rejects.toThrow(TencentUnreachable)
  expect(double.count('/elsewhere')).toBe(0)
})

test('E6: an answer over 5 MB is refused while it still comes', async () => {
  const { answer } = await callTo((_, response) => void response.end(`{"a":"${'x'.repeat(6 * 1024 * 1024)}"}`))
  await expect(answer).rejects.toMatchObject({ cause: { message: 'answer larger than 5242880 bytes' } })
})

test('E6: an errcode is a refusal with path and code', async () => {
  const refusal = { errcode: 45009, errmsg: 'token SECRET-TOKEN too often' }
  const { answer } = await callTo((_, response) => say(response, refusal))
  const error: unknown = await answer.catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(TencentRefused)
  expect(error).toMatchObject({ api: '/cgi-bin/user/get', errcode: 45009 })
  expect(inspect(error, { depth: 9 })).not.toContain('SECRET-TOKEN')
})

test('A3: 19-digit ids survive, quoted or not', async () => {
  const text = '{"bare":3700000000000000001,"quoted":"3700000000000000001","small":12,"price":1.5}'
  const { answer } = await callTo((_, response) => void response.end(text))
  expect(await answer).toEqual({ bare: '3700000000000000001', quoted: '3700000000000000001', small: 12, price: 1.5 })
})

test('E6: a frozen body crosses the wire byte for byte', async () => {
  const double = await openDouble((_, response) => say(response, { errcode: 0 }))
  closing.push(double.close)
  const frozen = '{ "b":1,  "a":"羊绒" }'
  await tencentHttp()({ base: double.base, api: '/cgi-bin/message/send', query: { access_token: 'T' }, body: frozen })
  expect(double.heard).toMatchObject([{ method: 'POST', body: frozen }])
})

import { createHmac } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { webhookKey } from '../../config/webhook-key.ts'
import { checkEndpoint } from '../../server/commands/conformance-check.ts'
import { conformance } from '../../server/commands/conformance.ts'
import { listenToConnector, type ConnectorCheck } from '../../server/commands/conformance-listen.ts'
import { allPass, tableOf, type Check } from '../../server/commands/conformance-table.ts'
import { sign } from '../support/connector.ts'
import { openReceiver } from '../support/receiver.ts'

const secret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`
const key = webhookKey(secret) ?? Buffer.alloc(0)
let connector: ConnectorCheck | null = null
afterEach(async () => {
  await connector?.close()
  connector = null
})

const signRight = (id: string, timestamp: string, body: string) => sign(secret, id, timestamp, body)
const resultsOf = (checks: readonly Check[]) => Object.fromEntries(checks.map(({ name, result }) => [name, result]))

test('A8: the kit finds nothing wrong with our own endpoint', async () => {
  const checks = await conformance(null)
  expect(tableOf(checks.filter(({ result }) => result !== 'PASS'))).toBe('\n0 passed, 0 failed\n')
  expect(checks.length).toBeGreaterThan(15)
}, 120_000)

test('A8: an endpoint that says yes to everything fails each check that a forger or a resend would profit by', async () => {
  const naive = await openReceiver()
  naive.answers((res) => void res.writeHead(200, { 'content-type': 'application/json' }).end('{"accepted":1,"seen":0,"problems":[]}'))
  const checks = await checkEndpoint({ url: `${naive.url}/till`, key, body: '{"id":"{{id}}","at":{{unixms}}}' }, async () => undefined)
  await naive.close()
  expect(allPass(checks)).toBe(false)
  expect(checks.filter(({ result }) => result === 'PASS').map(({ name }) => name)).toEqual([
    'a signed message is taken', 'an older event after a newer one is taken', 'one of two signatures is ours: taken',
    'clock 290 s behind or ahead: taken', 'both clocks agree within 60 s',
  ])
  expect(checks.find(({ name }) => name.startsWith('20 copies'))?.note).toBe('taken 20 times')
})

interface Sending {
  id: string
  body?: string
  timestamp?: number
  signature?: (id: string, timestamp: string, body: string) => string
  headers?: Record<string, string>
}

/** Listens, sends these one after another (`after`: seconds that pass before), and gives the checks by name. */
async function sent(list: readonly (Sending & { after?: number })[]) {
  let now = Date.parse('2026-03-02T02:00:00Z')
  const lines: string[] = []
  connector = await listenToConnector({ port: 0, secret, key, say: (line) => void lines.push(line), now: () => new Date(now) })
  const statuses: number[] = []
  for (const { id, body = '{"n":1}', signature = signRight, headers = {}, after = 0, timestamp } of list) {
    now += after * 1000
    const time = String(timestamp ?? now / 1000)
    const all = { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature(id, time, body), ...headers }
    statuses.push((await fetch(`http://127.0.0.1:${connector.port}/`, { method: 'POST', headers: all, body })).status)
  }
  const checks = connector.checks()
  return { checks, statuses, lines, result: resultsOf(checks), wrong: checks.filter(({ result }) => result === 'FAIL').map(({ note }) => note) }
}

test('A8: a connector that retries under the same id, signed anew, after a while, passes; the kit is done then', async () => {
  const { checks, statuses } = await sent([{ id: 'a' }, { id: 'a', after: 5 }, { id: 'b', body: '{"n":2}', after: 1 }])
  expect(statuses).toEqual([503, 202, 202])
  expect(tableOf(checks)).toContain('11 passed, 0 failed\n')
  await connector?.done
})

const faults: readonly (readonly [string, readonly (Sending & { after?: number })[], RegExp])[] = [
  ['another id on the retry', [{ id: 'a' }, { id: 'b', after: 5 }], /another webhook-id/],
  ['another body on the retry', [{ id: 'a' }, { id: 'a', body: '{"n":2}', after: 5 }], /the body changed/],
  ['the old timestamp on the retry', [{ id: 'a', timestamp: 1772416800 }, { id: 'a', timestamp: 1772416800, after: 60 }], /the old timestamp/],
  ['a retry without a pause', [{ id: 'a' }, { id: 'a' }], /after 0 ms/],
  ['one id for two messages', [{ id: 'a' }, { id: 'a', after: 5 }, { id: 'a', body: '{"n":2}', after: 5 }], /two different bodies/],
  ['a message again although it was taken', [{ id: 'a' }, { id: 'a', after: 5 }, { id: 'a', after: 5 }], /although it had been taken/],
  ['a form instead of JSON', [{ id: 'a', headers: { 'content-type': 'application/x-www-form-urlencoded' } }], /content-type/],
  ['a body that is not JSON', [{ id: 'a', body: 'n=1' }], /not JSON/],
  ['a clock ten minutes behind', [{ id: 'a', timestamp: 1772416200 }], /600 s behind/],
]
test.each(faults)('A8: %s is told to the connector’s author', async (_, list, told) => {
  const { wrong } = await sent(list)
  expect(wrong).toEqual([expect.stringMatching(told)])
})

test('A8: a body over a megabyte, and a retry that never comes, are told too', async () => {
  const { result, statuses } = await sent([{ id: 'a' }, { id: 'b', body: `"${'x'.repeat(1024 * 1024)}"`, after: 5 }])
  expect(statuses).toEqual([503, 413])
  expect(result).toMatchObject({ 'no body is over 1 MiB': 'FAIL', 'after 503 it is sent again': 'not seen' })
})

const hmac = (base: string, how: { key?: Uint8Array | string; digest?: string; form?: 'hex' | 'base64' | 'base64url' } = {}) =>
  createHmac(how.digest ?? 'sha256', how.key ?? key).update(base).digest(how.form ?? 'base64')
const signatures: readonly (readonly [string, NonNullable<Sending['signature']>, RegExp])[] = [
  ['the body alone', (_, __, body) => `v1,${hmac(body)}`, /the body alone was signed/],
  ['timestamp and body', (_, time, body) => `v1,${hmac(`${time}.${body}`)}`, /the webhook-id comes first/],
  ['the timestamp first', (id, time, body) => `v1,${hmac(`${time}.${id}.${body}`)}`, /the webhook-id comes first/],
  ['no dots', (id, time, body) => `v1,${hmac(`${id}${time}${body}`)}`, /without the dots/],
  ['the JSON spelled otherwise', (id, time) => `v1,${hmac(`${id}.${time}.{"n":1}`)}`, /another spelling of the JSON/],
  ['the secret as text', (id, time, body) => `v1,${hmac(`${id}.${time}.${body}`, { key: secret })}`, /used as text/],
  ['hex', (id, time, body) => `v1,${hmac(`${id}.${time}.${body}`, { form: 'hex' })}`, /must be base64/],
  ['SHA-1', (id, time, body) => `v1,${hmac(`${id}.${time}.${body}`, { digest: 'sha1' })}`, /SHA1 was used/],
  ['no version', (id, time, body) => hmac(`${id}.${time}.${body}`), /lacks its version/],
  ['two mistakes at once', (_, __, body) => `v1,${hmac(body, { form: 'hex' })}`, /must be base64.*the body alone was signed/],
  ['nothing that we know', () => `v1,${Buffer.alloc(32).toString('base64')}`, /does not fit/],
  ['an empty header', () => '', /webhook-signature is missing/],
]
test.each(signatures)('A8: a signature over %s is refused, and its author told what it is', async (_, signature, told) => {
  const { wrong, statuses } = await sent([{ id: 'a', body: '{ "n": 1 }', signature }])
  expect(statuses).toEqual([401])
  expect(wrong).toEqual([expect.stringMatching(told)])
})

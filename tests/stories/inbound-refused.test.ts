import { afterAll, beforeAll, expect, test } from 'vitest'
import { connector, inboundEnv, message, secrets, sign, type Sending } from '../support/connector.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'

let brand: TestBrand
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00', env: inboundEnv })
})
afterAll(() => brand.close())

const receipt = () => message('till-return.json', { phone: '13800138000', receipt: 'R-1', time: '2026-03-02 09:00:00' })
const send = (how: Sending = {}, body = receipt()) => connector(brand, 'till', secrets.INBOUND_TILL_SECRET)(body, how)
const seconds = (offset: number) => String(Math.floor(brand.clock.now().getTime() / 1000) + offset)
const stranger = `whsec_${Buffer.alloc(32, 9).toString('base64')}`

const forged: readonly (readonly [string, () => Sending, RegExp])[] = [
  ['signed with another secret', () => ({ secret: stranger }), /does not fit/],
  ['signed about another body', () => ({ id: 'm', timestamp: seconds(0), headers: { 'webhook-signature': sign(secrets.INBOUND_TILL_SECRET, 'm', seconds(0), '{}') } }), /does not fit/],
  ['signed under another id', () => ({ headers: { 'webhook-id': 'msg_other' } }), /does not fit/],
  ['without a signature', () => ({ headers: { 'webhook-signature': undefined } }), /webhook-signature is missing/],
  ['with an unknown version of signature', () => ({ headers: { 'webhook-signature': 'v2,abc' } }), /must hold v1/],
  ['without an id', () => ({ headers: { 'webhook-id': undefined } }), /webhook-id is missing/],
  ['with an id that is none', () => ({ id: 'a b' }), /webhook-id must be/],
  ['without a timestamp', () => ({ headers: { 'webhook-timestamp': undefined } }), /webhook-timestamp is missing/],
  ['with milliseconds', () => ({ timestamp: `${seconds(0)}000` }), /seconds, not in milliseconds/],
  ['with words for a time', () => ({ timestamp: 'now' }), /whole seconds/],
  ['five minutes and a second late', () => ({ timestamp: seconds(-301) }), /301 s behind our clock/],
  ['five minutes and a second early', () => ({ timestamp: seconds(301) }), /301 s ahead of our clock/],
]
test.each(forged)('A8: a message %s is refused with 401, told why, and not kept', async (_, how, why) => {
  const { status, body } = await send(how())
  expect(status).toBe(401)
  expect(body.error).toMatchObject({ code: 'untrusted', message: expect.stringMatching(why) as string })
  expect((await brand.server.stores.inbox.depth()).waiting).toBe(0)
})

test.each([
  ['five minutes late', () => ({ timestamp: seconds(-300) })],
  ['five minutes early', () => ({ timestamp: seconds(300) })],
  ['with the key that is being replaced', () => ({ secret: secrets.INBOUND_TILL_SECRET_OLD })],
  ['with a foreign signature beside ours', () => {
    const [id, timestamp] = ['msg_two', seconds(0)]
    const both = [stranger, secrets.INBOUND_TILL_SECRET].map((secret) => sign(secret, id, timestamp, receipt())).join(' ')
    return { id, timestamp, headers: { 'webhook-signature': `v1a,xyz ${both}` } }
  }],
] as const)('A8: a message %s is taken', async (_, how) => {
  expect((await send(how())).status).toBe(202)
  await brand.settle()
})

const malformed: readonly (readonly [string, string])[] = [
  ['half of an object', '{"type":"sale"'],
  ['a bare word', '"sale"'],
  ['XML', '<xml/>'],
  ['nothing', ''],
  ['brackets without end', '['.repeat(200)],
  ['two values under one name', '{"type":"sale","type":"return"}'],
]
test.each(malformed)('A8: %s, well signed, is answered with 400', async (_, body) => {
  const answer = await send({}, body)
  expect(answer.status).toBe(400)
  expect(answer.body.error?.code).toBe('bad-request')
})

test('A8: unknown, switched off, GET: no such door; a megabyte and a byte is too much', async () => {
  const doors = ['nobody', 'asleep', 'Till', 'till/more'].map((source) => connector(brand, source, secrets.INBOUND_TILL_SECRET)(receipt()))
  expect((await Promise.all(doors)).map(({ status }) => status)).toEqual([404, 404, 404, 404])
  expect((await fetch(`${brand.url}/webhooks/inbound/till`)).status).toBe(405)
  const big = JSON.stringify({ type: 'unheard-of', filler: 'x'.repeat(1024 * 1024) })
  expect((await send({}, big)).status).toBe(413)
})

test('A8 B4: what the mapping has no word for is acked and kept as unrecognised', async () => {
  expect(await send({}, '{"type":"stocktaking"}')).toMatchObject({ status: 202, body: { accepted: 0, seen: 0, ignored: 1, problems: [] } })
  expect(await send({}, '[]')).toMatchObject({ status: 202, body: { ignored: 1 } })
  await brand.settle()
  const kept = await brand.server.stores.inbox.list('unrecognised', 10)
  expect(kept.map(({ channel, reason }) => [channel, reason])).toEqual([['inbound', 'inbound till'], ['inbound', 'inbound till']])
})

test('A8 B1: while the store is away the answer is 503, so that the sender sends again', async () => {
  const other = await openBrand({ at: '2026-03-02T10:00', env: inboundEnv })
  await other.server.stores.close()
  const answer = await connector(other, 'till', secrets.INBOUND_TILL_SECRET)(receipt())
  expect(answer.status).toBe(503)
  expect(answer.body.error?.code).toBe('unavailable')
  await other.close()
})

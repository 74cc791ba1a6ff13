import { connect } from 'node:net'
import * as fc from 'fast-check'
import { afterEach, beforeAll, afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { MalformedCallback, StoreUnavailable } from '../../server/domain/errors.ts'
import { deliveryReader } from '../../webhooks/read.ts'
import { callbackConfig, openEdge, type Edge } from './edge.ts'
import { fixture, fixtureNames } from './fixture.ts'
import { pathOf, plain, sealed, withQuery } from './post-office.ts'

const readDelivery = deliveryReader(new Map())

const limit = 1024 * 1024
const hostile = fixtureNames('hostile')
const hostileXml = hostile.filter((name) => name.endsWith('.xml'))
const text = fixture('official-account/text.xml')
let edge: Edge

beforeAll(async () => {
  edge = await openEdge(callbackConfig('secure'))
})
afterAll(() => edge.close())
beforeEach(() => edge.clear())
afterEach(() => {
  vi.useRealTimers()
})

describe('B4 what an XML parser might obey', () => {
  test.each(hostileXml)('in the envelope, beside a valid Encrypt: %s -> 400', async (name) => {
    const { path, body } = sealed('official-account', text)
    const encrypt = /<Encrypt>.*<\/Encrypt>/.exec(body)?.[0] ?? ''
    const answer = await edge.post(path, fixture(name).replace(/<\/xml>$/, `${encrypt}</xml>`))
    expect(answer.status).toBe(400)
    expect(edge.deliveries()).toEqual([])
    const fields = { channel: 'official-account', status: 400 }
    expect(edge.logged).toMatchObject([{ message: 'callback refused', fields }])
  })

  test.each(hostile)('inside a trusted message: %s is acked, then set aside or without effect', async (name) => {
    const message = fixture(name)
    const { path, body } = sealed('official-account', message)
    expect((await edge.post(path, body)).status).toBe(200)
    const [delivery] = edge.deliveries()
    expect(new TextDecoder().decode(delivery?.bytes)).toBe(message)
    expect(() => delivery && readDelivery(delivery)).toThrow(MalformedCallback)
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })

  test('in plain mode the message is trusted as it is: acked and set aside', async () => {
    const plainEdge = await openEdge(callbackConfig('plain'))
    const { path, body } = plain('official-account', fixture('hostile/doctype.xml'))
    expect((await plainEdge.post(path, body)).status).toBe(200)
    expect(() => plainEdge.deliveries().flatMap(readDelivery)).toThrow(MalformedCallback)
    await plainEdge.close()
  })

  test('inside CDATA anything is text', async () => {
    const { path, body } = sealed('official-account', fixture('official-account/text-looks-like-xml.xml'))
    expect((await edge.post(path, body)).status).toBe(200)
    expect(edge.deliveries().flatMap(readDelivery)).toMatchObject([
      { event: { kind: 'sent-message', text: '<MsgId>1</MsgId><!DOCTYPE a>&nope;' } },
    ])
  })

  test.each([
    ['two Encrypt elements', (body: string) => body.replace('<Encrypt>', '<Encrypt>x</Encrypt><Encrypt>'), 400],
    ['two root elements', (body: string) => `${body}<xml></xml>`, 400],
    ['text after the root', (body: string) => `${body}tail`, 400],
    ['a body that breaks off', (body: string) => body.slice(0, -3), 400],
    ['nothing', () => '', 400],
    ['brackets without end', () => `{"a":${'['.repeat(100_000)}`, 400],
    ['elements without end', () => '<a>'.repeat(100_000), 400],
    ['Encrypt one level too deep', (body: string) => `<xml>${body}</xml>`, 401],
    ['an empty Encrypt', (body: string) => body.replace(/<Encrypt>.*<\/Encrypt>/, '<Encrypt/>'), 401],
    ['JSON whose Encrypt is no text', () => '{"Encrypt":{"a":"b"}}', 401],
    ['JSON with an inherited Encrypt', () => '{"__proto__":{"Encrypt":"AAAA"}}', 401],
  ])('%s', async (_, change, status) => {
    const { path, body } = sealed('official-account', text)
    expect((await edge.post(path, change(body))).status).toBe(status)
    expect(edge.deliveries()).toEqual([])
  })

  test('a mutated request is never answered with 5xx and never yields another message', async () => {
    const byte = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), value: fc.integer({ min: 0, max: 255 }) })
    const formats = fc.constantFrom('xml', 'json')
    await fc.assert(
      fc.asyncProperty(fc.array(byte, { minLength: 1, maxLength: 4 }), formats, async (changes, format) => {
        edge.clear()
        const { path, body } = sealed('official-account', fixture(`official-account/text.${format}`))
        const bytes = Buffer.from(body)
        for (const { at, value } of changes) bytes[Math.min(bytes.length - 1, Math.floor(at * bytes.length))] = value
        const { status } = await edge.post(path, bytes)
        expect([200, 400, 401]).toContain(status)
        expect(edge.texts()).toEqual(status === 200 ? [fixture(`official-account/text.${format}`)] : [])
      }),
      { numRuns: 300 },
    )
  })

  test('any body at all is refused', async () => {
    const { path } = sealed('official-account', text)
    const insideXml = fc.string().map((inside) => Buffer.from(`<xml>${inside}</xml>`))
    const anything = fc.oneof(fc.uint8Array({ maxLength: 200 }), insideXml)
    await fc.assert(
      fc.asyncProperty(anything, async (bytes) => {
        expect([400, 401]).toContain((await edge.post(path, bytes)).status)
      }),
      { numRuns: 200 },
    )
    expect(edge.deliveries()).toEqual([])
  })
})

describe('bodies over 1 MiB', () => {
  const { path } = sealed('official-account', text)

  test('exactly 1 MiB is read, one byte more is 413', async () => {
    const { path: signed, body } = sealed('official-account', text)
    const padded = body.replace('</xml>', `${' '.repeat(limit - body.length)}</xml>`)
    expect((await edge.post(signed, padded)).status).toBe(200)
    expect((await edge.post(signed, `${padded} `)).status).toBe(413)
    expect(edge.logged).toMatchObject([{ message: 'callback refused', fields: { status: 413 } }])
  })

  test('413 reaches a client that declared too much and sends nothing yet', async () => {
    const answer = await raw([`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${limit + 1}\r\n\r\n`])
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
  })

  test('413 reaches a client that declared nothing and never stops', async () => {
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
    const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`
    expect(await raw([head, ...Array.from({ length: 40 }, () => chunk)])).toMatch(/^HTTP\/1\.1 413 /)
  })

  test('a declared length that is too small does not smuggle the rest in', async () => {
    const { path: signed, body } = sealed('official-account', text)
    const answer = await raw([`POST ${signed} HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n${body}`])
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(edge.deliveries()).toEqual([])
  })
})

describe('B1 B2 the inbox', () => {
  test('a resend is acked and stored once, even under new nonce and random bytes', async () => {
    for (let round = 0; round < 3; round += 1) {
      const { path, body } = sealed('official-account', text)
      expect((await edge.post(path, body)).status).toBe(200)
    }
    expect(edge.texts()).toEqual([text])
  })

  test('a message repeated with the same MsgId is one; two senders may share a MsgId', async () => {
    for (const openid of ['oOne', 'oTwo', 'oOne']) {
      const { path, body } = sealed('official-account', fixture('official-account/text.xml', { openid }))
      expect((await edge.post(path, body)).status).toBe(200)
    }
    expect(edge.deliveries()).toHaveLength(2)
  })

  test('two events of one person in one second are two', async () => {
    for (const name of ['subscribe-scene', 'scan', 'click', 'location-event']) {
      const { path, body } = sealed('official-account', fixture(`official-account/${name}.xml`))
      expect((await edge.post(path, body)).status).toBe(200)
    }
    expect(edge.deliveries()).toHaveLength(4)
  })

  test('the receipt is dated by the clock', async () => {
    const { path, body } = sealed('wecom', fixture('wecom/card-tap.xml'))
    await edge.post(path, body)
    expect(edge.deliveries()[0]?.receivedAt).toEqual(new Date('2026-01-01T00:00:01Z'))
  })

  test('a store that fails is answered with 503, in one log line without the cause', async () => {
    const broken = await openEdge(callbackConfig())
    broken.failWith(() => Promise.reject(new StoreUnavailable()))
    const { path, body } = sealed('wecom', fixture('wecom/card-tap.xml'))
    const answer = await broken.post(path, body)
    expect([answer.status, answer.body]).toEqual([503, ''])
    expect(broken.logged).toMatchObject([{ message: 'callback not stored', fields: { channel: 'wecom', status: 503 } }])
    await broken.close()
  })

  test('a store that is silent is answered with 503 within 4 s', async () => {
    const silent = await openEdge(callbackConfig())
    const asked = new Promise<void>((resolve) => {
      silent.failWith(() => (resolve(), new Promise(() => {})))
    })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { path, body } = sealed('wechat-shop', fixture('wechat-shop/order-pay.json'))
    const answer = silent.post(path, body)
    await asked
    await vi.advanceTimersByTimeAsync(3_999)
    expect((await answer).status).toBe(503)
    await silent.close()
  })

  test('no log line names a person or repeats a body', async () => {
    const { path, body } = sealed('official-account', text)
    await edge.post(withQuery(path, 'msg_signature', 'f'.repeat(40)), body)
    await edge.post(pathOf('official-account'), text)
    await edge.post(path, fixture('hostile/doctype.xml'))
    const lines = JSON.stringify(edge.logged)
    expect(edge.logged).toHaveLength(3)
    expect(lines).not.toMatch(/oUser|价格|gh_acc|Token|DOCTYPE xml/)
  })
})

/** Writes to the edge's socket and gives what came back by the first complete head. */
function raw(parts: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(edge.port, '127.0.0.1', () => parts.forEach((part) => socket.write(part)))
    socket.setEncoding('utf8')
    let received = ''
    socket.on('error', reject)
    socket.on('data', (data: string) => {
      received += data
      if (!received.includes('\r\n\r\n')) return
      socket.destroy()
      resolve(received)
    })
  })
}

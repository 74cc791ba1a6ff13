import { createServer, request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BodyTooLarge, MalformedEnvelope } from '../../server/domain/errors.ts'
import { readBody } from '../../webhooks/raw-body.ts'

const limits = { limitBytes: 10, timeoutMs: 50 }
const waiting: ((outcome: Buffer | Error) => void)[] = []
const server = createServer((req, res) => {
  const answer = (status: number) => (outcome: Buffer | Error) => {
    waiting.shift()?.(outcome)
    return res.writeHead(status).end()
  }
  return readBody(req, limits).then(answer(200), answer(418))
})

beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)))
afterAll(() => {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(resolve))
})

const nextOutcome = () => new Promise<Buffer | Error>((resolve) => void waiting.push(resolve))
const open = (headers: Record<string, string> = {}) => {
  const { port } = server.address() as AddressInfo
  return request({ host: '127.0.0.1', port, method: 'POST', headers })
}

test('bytes come back as they were sent, in any chunks', async () => {
  const outcome = nextOutcome()
  const outgoing = open()
  outgoing.write(Buffer.from([0, 255, 1]))
  outgoing.end(Buffer.from([13, 10, 200]))
  expect(await outcome).toEqual(Buffer.from([0, 255, 1, 13, 10, 200]))
})

test('a client that stops in the middle is answered after the timeout', async () => {
  const outcome = nextOutcome()
  const outgoing = open({ 'content-length': '8' })
  const status = new Promise((resolve, reject) => {
    outgoing.on('response', (response: IncomingMessage) => resolve(response.statusCode))
    outgoing.on('error', reject)
  })
  outgoing.write('abc')
  expect(await outcome).toBeInstanceOf(MalformedEnvelope)
  expect(await status).toBe(418)
  outgoing.destroy()
})

test('a client that goes away in the middle is no body', async () => {
  const outcome = nextOutcome()
  const outgoing = open({ 'content-length': '8' })
  outgoing.on('error', () => outgoing.destroy())
  outgoing.write('abc', () => outgoing.destroy())
  expect(await outcome).toBeInstanceOf(MalformedEnvelope)
})

test('too many bytes are refused by what arrives as well as by what is declared', async () => {
  const arrived = nextOutcome()
  open().end('x'.repeat(11))
  expect(await arrived).toBeInstanceOf(BodyTooLarge)

  const declared = nextOutcome()
  const outgoing = open({ 'content-length': '11' })
  outgoing.on('error', () => outgoing.destroy())
  outgoing.flushHeaders()
  expect(await declared).toBeInstanceOf(BodyTooLarge)
  outgoing.destroy()
})

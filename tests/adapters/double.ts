import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Log } from '../../server/ports/log.ts'

/** One request as the double received it. */
export interface Heard {
  method: string
  path: string
  query: URLSearchParams
  body: string
}

export type Reply = (heard: Heard, response: ServerResponse) => void

/** A bare HTTP server for weather that well-behaved stand-ins do not make: broken answers, cut lines, odd shapes. */
export async function openDouble(reply: Reply) {
  const heard: Heard[] = []
  const server = createServer((request, response) => void hear(request, response))
  async function hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString('utf8')
    const one = { method: request.method ?? '', path: url.pathname, query: url.searchParams, body }
    heard.push(one)
    reply(one, response)
  }
  await new Promise<void>((ready) => void server.listen(0, '127.0.0.1', ready))
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    count: (path: string) => heard.filter((one) => one.path === path).length,
    async close() {
      server.closeAllConnections()
      await new Promise((done) => void server.close(done))
    },
  }
}

/** Answers 200 with JSON. */
export function say(response: ServerResponse, answer: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
}

/** A clock that stands until it is set. */
export function heldClock(start = '2026-03-02T12:31:00Z') {
  let now = new Date(start)
  return {
    now: () => now,
    pass(seconds: number) {
      now = new Date(now.getTime() + seconds * 1000)
    },
  }
}

/** A log that remembers its lines as text. */
export function keptLog(): Log & { lines: string[] } {
  const lines: string[] = []
  const write = (fields: object, message: string) => void lines.push(JSON.stringify({ ...fields, message }))
  return { lines, info: write, warn: write, error: write }
}

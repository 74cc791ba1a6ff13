import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What stands before several processes of the product: each request goes to the next one that takes it. */
export interface Balancer {
  url: string
  /** Who takes requests from now on, base URLs. */
  serve(targets: readonly string[]): void
  /** Requests that nobody took. */
  untaken(): number
  close(): Promise<void>
}

/**
 * Round robin on 127.0.0.1. Who cannot be reached, or lets go before the first byte of an answer, is passed over: a process
 * that stops resets what waits unaccepted at its door, and a callback may be sent twice without harm.
 */
export async function openBalancer(): Promise<Balancer> {
  let targets: readonly string[] = []
  let turn = 0
  let untaken = 0
  const server = createServer((incoming, outgoing) => void pass(incoming, outgoing))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of incoming) parts.push(part as Buffer)
    turn += 1
    const order = targets.map((_, index) => targets[(turn + index) % targets.length] as string)
    for (const target of order) if (await tryOne(target, incoming, Buffer.concat(parts), outgoing)) return
    untaken += 1
    outgoing.writeHead(502).end()
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve: (next) => void (targets = next),
    untaken: () => untaken,
    close() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** Streams the answer through; false: no answer came. */
function tryOne(target: string, { method, url, headers }: IncomingMessage, body: Buffer, outgoing: ServerResponse): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(new URL(url ?? '/', target), { method, headers: { ...headers, connection: 'close' }, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
      answer.once('error', () => outgoing.destroy())
      resolve(true)
    })
    outgoing.once('close', () => asked.destroy())
    asked.once('error', () => resolve(outgoing.headersSent))
    asked.end(body)
  })
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What arrived, in order. */
export interface Heard {
  /** Path and query. */
  url: string
  headers: IncomingHttpHeaders
  body: string
}

/** Another system of the brand that listens on this host; `answer` may be changed at any time. */
export async function openReceiver() {
  const heard: Heard[] = []
  const receiver = { answer: (res: ServerResponse): void => void res.writeHead(204).end() }
  const server = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      heard.push({ url: req.url ?? '', headers: req.headers, body: Buffer.concat(chunks).toString() })
      receiver.answer(res)
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/hooks`,
    port,
    heard,
    answers(how: (res: ServerResponse) => void): void {
      receiver.answer = how
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export type Receiver = Awaited<ReturnType<typeof openReceiver>>

/** A file of receivers as a brand writes it, gone when `remove` is called. */
export async function receiversFile(receivers: readonly object[]): Promise<{ path: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'receivers-'))
  const path = join(folder, 'outgoing.json')
  await writeFile(path, JSON.stringify({ receivers }))
  return { path, remove: () => rm(folder, { recursive: true }) }
}

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { extname, join, normalize } from 'node:path'
import type { Act, DemoState, RawStep } from './contract.ts'

export interface PageServerOptions {
  port: number
  /** Built page. */
  folder: string
  state(): DemoState
  raw(id: number): RawStep | null
  act(act: Act): Promise<void>
  startOver(): Promise<void>
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** The newcomer's page: built files, the whole state as server-sent events, and acts. Loopback only. */
export async function openPageServer(options: PageServerOptions) {
  const listeners = new Set<ServerResponse>()
  let waiting: ReturnType<typeof setTimeout> | null = null
  const server = createServer((request, response) => {
    void answer(options, listeners, request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500)
      response.end(error instanceof Error ? error.message : 'failed')
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', resolve)
  })
  return {
    /** Tells every open page, at most 20 times a second. */
    changed() {
      waiting ??= setTimeout(() => {
        waiting = null
        const text = `data: ${JSON.stringify(options.state())}\n\n`
        for (const one of listeners) one.write(text)
      }, 50)
    },
    async close() {
      if (waiting) clearTimeout(waiting)
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

async function answer(
  options: PageServerOptions,
  listeners: Set<ServerResponse>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<unknown> {
  const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1')
  if (pathname === '/demo/live') return follow(options, listeners, response)
  if (pathname === '/demo/state') return json(response, options.state())
  if (pathname.startsWith('/demo/steps/')) return json(response, options.raw(Number(pathname.split('/').at(-1))))
  if (pathname === '/demo/act' && isOurs(request)) {
    await options.act(JSON.parse(await readText(request)) as Act)
    return json(response, { now: options.state().now })
  }
  if (pathname === '/demo/start-over' && isOurs(request)) {
    await options.startOver()
    return json(response, {})
  }
  return file(options.folder, pathname, response)
}

/** A POST with JSON from our own page: other sites cannot send one without asking first. */
function isOurs(request: IncomingMessage): boolean {
  return request.method === 'POST' && request.headers['content-type'] === 'application/json'
}

function follow({ state }: PageServerOptions, listeners: Set<ServerResponse>, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' })
  response.write(`retry: 1000\ndata: ${JSON.stringify(state())}\n\n`)
  listeners.add(response)
  response.once('close', () => listeners.delete(response))
}

function json(response: ServerResponse, body: unknown): void {
  response
    .writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
    .end(JSON.stringify(body))
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

async function file(folder: string, pathname: string, response: ServerResponse): Promise<void> {
  const inside = normalize(pathname === '/' ? '/index.html' : pathname)
  const path = join(folder, inside)
  const found = path.startsWith(folder) ? await stat(path).catch(() => null) : null
  if (!found?.isFile()) return void response.writeHead(404).end()
  response.writeHead(200, {
    'content-type': types[extname(path)] ?? 'application/octet-stream',
    'cache-control': 'no-cache',
  })
  createReadStream(path).pipe(response)
}

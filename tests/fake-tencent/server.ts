import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Answer, Desk } from './api.ts'
import { contactWayPicture, qrFolder } from './apis/contact-ways.ts'
import { apiName, apis, serveApi, type Host } from './desk-clerk.ts'
import { actorHeader, signInPage } from './pages.ts'
import type { WeatherStation } from './weather.ts'

/** One API call as it was received and answered; tokens and secrets are masked. */
export interface Call {
  host: Host
  api: string
  method: string
  query: Record<string, string>
  body: unknown
  /** null: never answered (silent, cut off). */
  answer: Answer | null
  status: number | null
  at: Date
  /** Machine time from arrival to answer. */
  ms: number
}

interface Deps {
  desk: Desk
  station: WeatherStation
  trusted(): readonly string[]
  onCall(call: Call): void
}

type OpenHost = Exclude<Host, 'weChatPay'>

const hosts: readonly OpenHost[] = ['weComApi', 'weChatApi', 'weChatOpen', 'weComLogin']

/** Four hosts, one world: each listens on its own port of 127.0.0.1, so that a call to the wrong host is seen. */
export async function openHosts(deps: Deps): Promise<{ bases: Record<OpenHost, string>; close(): Promise<void> }> {
  const servers = hosts.map((host) => createServer((request, response) => void serve(deps, host, request, response)))
  const bases = {} as Record<OpenHost, string>
  for (const [index, server] of servers.entries()) {
    const host = hosts[index]
    if (host) bases[host] = await listen(server)
  }
  return {
    bases,
    async close() {
      deps.station.weather.comeBack()
      for (const server of servers) server.closeAllConnections()
      await Promise.all(servers.map((server) => new Promise((done) => server.close(done))))
    },
  }
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })
}

async function serve(deps: Deps, host: OpenHost, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    response.setHeader('date', deps.desk.now().toUTCString())
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    if (host === 'weChatOpen' || host === 'weComLogin') return servePage(deps, request, response, url)
    if (host === 'weComApi' && url.pathname.startsWith(qrFolder)) return servePicture(deps, response, url)
    await serveCall(deps, host, request, response, url)
  } catch (error) {
    deps.desk.problem(`the stand-in itself failed: ${String(error)}`)
    response.destroy()
  }
}

function servePage({ desk, trusted }: Deps, request: IncomingMessage, response: ServerResponse, url: URL): void {
  const header = request.headers[actorHeader]
  const page = signInPage(desk, {
    url,
    actor: typeof header === 'string' ? decodeURIComponent(header) : null,
    userAgent: request.headers['user-agent'] ?? '',
    trusted: trusted(),
  })
  const headers = page.location === null ? {} : { location: page.location }
  response.writeHead(page.status, { 'content-type': 'text/html; charset=utf-8', ...headers }).end(page.html)
}

function servePicture({ desk, station }: Deps, response: ServerResponse, url: URL): void {
  const gust = station.over('qr')
  if (gust) return void (gust.kind === 'status' ? response.writeHead(gust.status).end() : response.destroy())
  const picture = contactWayPicture(desk, url.pathname)
  response.writeHead(picture ? 200 : 404, { 'content-type': 'image/png' }).end(picture ?? '')
}

async function serveCall(
  { desk, station, onCall }: Deps,
  host: 'weComApi' | 'weChatApi',
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const started = performance.now()
  const method = request.method ?? 'GET'
  const text = await readText(request)
  const api = apis[host][url.pathname]
  const name = apiName(url)
  const note = (answer: Answer | null, status: number | null) =>
    onCall({
      host,
      api: name,
      method,
      query: masked(url),
      body: maskedBody(text),
      answer: maskedAnswer(answer),
      status,
      at: desk.now(),
      ms: performance.now() - started,
    })
  const end = (status: number, answer: Answer) => {
    note(answer, status)
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(answer))
  }

  if (!api) {
    desk.problem(`unknown path ${method} ${url.pathname} on ${host}`)
    return end(404, { errcode: -1, errmsg: 'unknown path' })
  }
  if (station.delayMs() > 0) await new Promise((go) => setTimeout(go, station.delayMs()))
  const gust = station.over(name)
  if (gust?.kind === 'silent') {
    note(null, null)
    await station.calm()
    return void response.destroy()
  }
  if (gust?.kind === 'down') return (note(null, null), void response.destroy())
  if (gust?.kind === 'status')
    return (note(null, gust.status), void response.writeHead(gust.status).end('<html>busy</html>'))
  if (gust?.kind === 'refuse') return end(200, { errcode: gust.errcode, errmsg: 'refused by the weather' })
  const answer = serveApi(desk, api, { method, url, text })
  if (!station.dropsAnswer(name)) return end(200, answer)
  note(null, null)
  response.destroy()
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

const secretNames = new Set([
  'access_token',
  'refresh_token',
  'session_key',
  'ticket',
  'corpsecret',
  'secret',
  'code',
  'js_code',
])

function maskedAnswer(answer: Answer | null): Answer | null {
  if (answer === null) return null
  return Object.fromEntries(
    Object.entries(answer).map(([name, value]) => [name, secretNames.has(name) ? '•••' : value]),
  )
}

function masked(url: URL): Record<string, string> {
  return Object.fromEntries([...url.searchParams].map(([name, value]) => [name, secretNames.has(name) ? '•••' : value]))
}

function maskedBody(text: string): unknown {
  if (text === '') return null
  try {
    return JSON.parse(text, (name, value: unknown) => (secretNames.has(name) ? '•••' : value)) as unknown
  } catch {
    return text
  }
}

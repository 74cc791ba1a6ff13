import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { Bases } from '../fake-tencent/brand.ts'
import { cookieHeader, keepCookie } from '../fake-tencent/browser.ts'
import { actorHeader } from '../fake-tencent/pages.ts'

/** What one document of the product was to this actor: the redirects on the way, and the page at the end. */
export interface Visit {
  /** Paths without query, first to last; Tencent's pages as `tencent`. */
  trail: readonly string[]
  status: number
  ms: number
  html: string
}

export interface ActorProxyOptions {
  port: number
  /** `customer:lin` or `staff:mei`. */
  actor: string
  userAgent: string
  productUrl: string
  bases: Bases
  /** Cookies that the real browser never sees. */
  jar: Map<string, string>
  onVisit(visit: Visit): void
  /** The page around is a phone, which shows every page as one of its own, those that no page may frame included. */
  isPhone?: boolean
  /** Scripts put before the page's own, and what its host (WeCom, WeChat) answers; null: an ordinary browser. */
  host: { script(): string; call(name: string, params: Record<string, unknown>): Promise<unknown> | unknown } | null
}

const tencentPath = /^\/__tencent\/(\w+)(\/.*)$/
const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'set-cookie', 'location'])

/**
 * One actor's browser, as an origin of its own: sets the user agent, keeps the cookies, tells Tencent's sign-in pages
 * who is there, and keeps every redirect on this origin.
 */
export async function openActorProxy(options: ActorProxyOptions): Promise<{ origin: string; close(): Promise<void> }> {
  const origin = `http://127.0.0.1:${options.port}`
  const trail: { path: string; at: number }[] = []
  const server = createServer((request, response) => {
    const url = request.url ?? '/'
    if (url.startsWith('/__host/') && options.host) void answerHost(options.host, request, response, url)
    else forward({ ...options, origin, trail }, request, response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', resolve)
  })
  return {
    origin,
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

type Forwarding = ActorProxyOptions & { origin: string; trail: { path: string; at: number }[] }

function targetOf({ bases, productUrl }: Forwarding, path: string): URL {
  const match = tencentPath.exec(path)
  const base = match ? bases[match[1] as keyof Bases] : productUrl
  return new URL((match?.[2] ?? path).replace(/^\/+/, '/'), base)
}

function forward(to: Forwarding, request: IncomingMessage, response: ServerResponse): void {
  const url = targetOf(to, request.url ?? '/')
  if (isDocument(request) || isForm(request)) noteStep(to, url)
  const isProduct = url.origin === new URL(to.productUrl).origin
  const headers: IncomingHttpHeaders = { ...request.headers, host: url.host, 'user-agent': to.userAgent }
  delete headers.cookie
  headers['accept-encoding'] = 'identity'
  if (isProduct) Object.assign(headers, cookieHeader(to.jar, url))
  else headers[actorHeader] = encodeURIComponent(to.actor)
  const outgoing = httpRequest(url, { method: request.method ?? 'GET', headers }, (incoming) => {
    if (isProduct) for (const line of incoming.headers['set-cookie'] ?? []) keepCookie(to.jar, url, line)
    giveBack(to, url, request, incoming, response)
  })
  outgoing.once('error', () => {
    if (response.headersSent) return void response.destroy()
    response.writeHead(502, { 'content-type': 'text/plain; charset=utf-8' }).end('暂时连不上服务器')
  })
  response.once('close', () => outgoing.destroy())
  request.pipe(outgoing)
}

function giveBack(
  to: Forwarding,
  url: URL,
  request: IncomingMessage,
  incoming: IncomingMessage,
  response: ServerResponse,
): void {
  const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => !hopByHop.has(name)))
  const location = incoming.headers.location
  if (location !== undefined) headers['location'] = onThisOrigin(to, new URL(location, url))
  const status = incoming.statusCode ?? 502
  const isPage = (incoming.headers['content-type'] ?? '').includes('text/html')
  const namesPictures = isPage || url.pathname.startsWith('/api/content')
  // The demo's page shows the covers too, from another port.
  delete headers['cross-origin-resource-policy']
  if (isPage && to.isPhone) allowFrame(headers)
  if (!namesPictures) {
    response.writeHead(status, headers)
    return void incoming.pipe(response)
  }
  const chunks: Buffer[] = []
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
  incoming.once('end', () => {
    const html = picturesHere(to, Buffer.concat(chunks).toString('utf8'))
    response.writeHead(status, headers).end(isPage ? withHost(to, html) : html)
    if (isPage && isDocument(request) && location === undefined) noteEnd(to, status, html)
  })
}

/** Our pictures have the product's own address, which no page of another origin may show. */
function picturesHere({ origin, productUrl }: Forwarding, text: string): string {
  return ['src="', '"cover":"'].reduce((done, before) => done.replaceAll(`${before}${productUrl}/`, `${before}${origin}/`), text)
}

function allowFrame(headers: IncomingHttpHeaders): void {
  const policy = headers['content-security-policy']
  if (policy) headers['content-security-policy'] = String(policy).replace(/;?\s*frame-ancestors[^;]*/, '')
}

function isDocument(request: IncomingMessage): boolean {
  return request.method === 'GET' && (request.headers.accept ?? '').includes('text/html')
}

function isForm(request: IncomingMessage): boolean {
  return request.method === 'POST' && (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')
}

/** The same address, reached through this proxy. */
function onThisOrigin({ origin, productUrl, bases }: Forwarding, url: URL): string {
  const rest = url.pathname + url.search + url.hash
  if (url.origin === new URL(productUrl).origin) return origin + rest
  const host = Object.entries(bases).find(([, base]) => new URL(base as string).origin === url.origin)
  return host ? `${origin}/__tencent/${host[0]}${rest}` : url.href
}

function withHost({ host }: Forwarding, html: string): string {
  if (!host) return html
  // A page whose policy names a nonce lets only scripts with it run.
  const nonce = / nonce="[\w-]+"/.exec(html)?.[0] ?? ''
  return html.replace(/<head[^>]*>/i, (tag) => `${tag}<script${nonce} src="/__host/bridge.js"></script>`)
}

function noteStep({ trail, productUrl }: Forwarding, url: URL): void {
  const isProduct = url.origin === new URL(productUrl).origin
  trail.push({ path: isProduct ? url.pathname : 'tencent', at: performance.now() })
}

function noteEnd({ trail, onVisit }: Forwarding, status: number, html: string): void {
  const steps = trail.splice(0)
  const ms = performance.now() - (steps[0]?.at ?? 0)
  onVisit({ trail: steps.map(({ path }) => path), status, ms, html })
}

async function answerHost(
  host: NonNullable<ActorProxyOptions['host']>,
  request: IncomingMessage,
  response: ServerResponse,
  url: string,
): Promise<void> {
  const name = url.replace(/^\/__host\//, '').replace(/\?.*$/, '')
  if (name === 'bridge.js') {
    return void response
      .writeHead(200, { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'no-store' })
      .end(host.script())
  }
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const params = JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}') as Record<string, unknown>
  const answer = (await host.call(name, params)) ?? { ok: true }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
}

import { actorHeader } from './pages.ts'

/** User agents as the clients send them. */
export const userAgents = {
  weChat:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.49(0x1800312e) NetType/WIFI Language/zh_CN',
  weCom:
    'Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/107.0.5304.110 Safari/537.36 wxwork/4.1.38 (MicroMessenger/6.2) WindowsWechat',
  desktop:
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
  preview: 'Mozilla/5.0 (compatible; Baiduspider-render/2.0; +http://www.baidu.com/search/spider.html)',
} as const

/** What a person sees at the end of all redirects. */
export interface Seen {
  status: number
  url: string
  html: string
  /** Every address on the way, the first one included. */
  steps: readonly string[]
  /** og:url of the page: what WeChat hands on when the page is shared; null when it has none. */
  shareUrl: string | null
}

/** A browser of one actor: its user agent, and its cookies, which no other browser sees. */
export interface Browser {
  opens(url: string, options?: { userAgent?: string; cookies?: boolean }): Promise<Seen>
  /** One request without following redirects, with this browser's cookies and user agent. */
  request(url: string, init?: RequestInit & { userAgent?: string }): Promise<Response>
  /** Cookies by `origin name`; plain data. */
  jar: Map<string, string>
}

/** What lies where on this little internet. */
export interface Net {
  isTencent(url: URL): boolean
  /** Where an address is really served: the brand's public address may be any name. */
  route(url: URL): URL
}

/** @param actor `staff:mei` or `customer:lin`, told to Tencent's sign-in pages only */
export function openBrowser(actor: string, userAgent: string, net: Net): Browser {
  const jar = new Map<string, string>()

  async function request(
    address: string,
    init: RequestInit & { userAgent?: string } = {},
    cookies = true,
  ): Promise<Response> {
    const url = new URL(address)
    const headers = new Headers(init.headers)
    headers.set('user-agent', init.userAgent ?? userAgent)
    if (cookies) for (const [name, value] of Object.entries(cookieHeader(jar, url))) headers.set(name, value)
    if (net.isTencent(url)) headers.set(actorHeader, encodeURIComponent(actor))
    const response = await fetch(net.route(url), { ...init, headers, redirect: 'manual' })
    if (cookies) for (const line of response.headers.getSetCookie()) keepCookie(jar, url, line)
    return response
  }

  return {
    jar,
    request: (url, init) => request(url, init),
    async opens(first, options = {}) {
      const steps = [first]
      for (;;) {
        const here = steps.at(-1) ?? first
        const agent = options.userAgent === undefined ? {} : { userAgent: options.userAgent }
        const response = await request(here, { headers: { accept: 'text/html' }, ...agent }, options.cookies ?? true)
        const target = response.headers.get('location')
        if (response.status < 300 || response.status > 399 || target === null) return seen(response, here, steps)
        if (steps.length > 10) throw new Error(`more than 10 redirects from ${first}`)
        await response.body?.cancel()
        steps.push(new URL(target, here).href)
      }
    },
  }
}

async function seen(response: Response, url: string, steps: readonly string[]): Promise<Seen> {
  const html = await response.text()
  const tag = /<meta[^>]+property="og:url"[^>]*>/i.exec(html)?.[0] ?? ''
  const shareUrl = /content="([^"]*)"/i.exec(tag)?.[1]?.replaceAll('&amp;', '&') ?? null
  return { status: response.status, url, html, steps, shareUrl }
}

/** The Cookie header for one address; empty when there is nothing to send. */
export function cookieHeader(jar: ReadonlyMap<string, string>, url: URL): { cookie?: string } {
  const mine = [...jar].filter(([name]) => name.startsWith(`${url.origin} `))
  if (mine.length === 0) return {}
  return { cookie: mine.map(([name, value]) => `${name.split(' ')[1]}=${value}`).join('; ') }
}

/** Keeps or forgets one Set-Cookie line. Secure cookies are kept on loopback, as browsers do. */
export function keepCookie(jar: Map<string, string>, url: URL, line: string): void {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
  const cut = pair.indexOf('=')
  const name = `${url.origin} ${pair.slice(0, cut)}`
  const gone = attributes.some((one) => /^max-age=(0|-\d+)$/i.test(one) || /^expires=thu, 01 jan 1970/i.test(one))
  if (gone) jar.delete(name)
  else jar.set(name, pair.slice(cut + 1))
}

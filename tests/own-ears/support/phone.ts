import { agents, type Ears } from './ears.ts'
import { oauthPage, type WeChatUser } from './tencent.ts'

/** What a phone shows at the end of one navigation, and every address it passed. */
export interface Shown {
  status: number
  /** Path and query of the last address, or the whole of a foreign one. */
  address: string
  html: string
  headers: Headers
  /** Answers on the way, oldest first. */
  hops: readonly { status: number; location: string | null; cookies: readonly string[] }[]
}

export interface PhoneOptions {
  userAgent?: string
  keepsCookies?: boolean
  /** Changes the address on which OAuth brings the visitor back. */
  meddle?: (callback: URL) => URL
}

export type Phone = ReturnType<typeof phoneOf>

/** A browser with its own cookies and WeChat account; Tencent's OAuth page is walked through by itself. */
export function phoneOf(ears: Ears, user: WeChatUser, options: PhoneOptions = {}) {
  const { userAgent = agents.weChatOnIPhone, keepsCookies = true, meddle = (url: URL) => url } = options
  const cookies = new Map<string, { value: string; path: string }>()

  function keep(lines: readonly string[]): void {
    if (!keepsCookies) return
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split('; ')
      const [name = '', value = ''] = pair.split(/=(.*)/s)
      const path = attributes.find((part) => part.startsWith('Path='))?.slice(5) ?? '/'
      if (attributes.includes('Max-Age=0')) cookies.delete(name)
      else cookies.set(name, { value, path })
    }
  }

  async function request(path: string, init: RequestInit = {}): Promise<Response> {
    const fits = [...cookies].filter(([, { path: own }]) => path.startsWith(own))
    const cookie = fits.map(([name, { value }]) => `${name}=${value}`).join('; ')
    const headers = { 'User-Agent': userAgent, ...(cookie ? { Cookie: cookie } : {}), ...init.headers }
    const answer = await fetch(ears.origin + path, { redirect: 'manual', ...init, headers })
    keep(answer.headers.getSetCookie())
    return answer
  }

  /** The path that a redirect leads to; null when it leaves us for good. */
  function follow(location: string): string | null {
    if (location.startsWith(oauthPage)) {
      const asked = new URL(location).searchParams
      const back = new URL(asked.get('redirect_uri') ?? '')
      back.searchParams.set('code', ears.tencent.grant(user, asked.get('scope') ?? ''))
      back.searchParams.set('state', asked.get('state') ?? '')
      return pathIn(meddle(back).href)
    }
    return location.startsWith('/') ? location : null
  }

  function pathIn(url: string): string {
    return url.replace(new URL(ears.publicUrl).origin, '')
  }

  async function opens(path: string, init: RequestInit = {}): Promise<Shown> {
    const hops: Shown['hops'][number][] = []
    let address = path
    for (let hop = 0; hop < 8; hop += 1) {
      const answer = await request(address, init)
      const location = answer.headers.get('Location')
      hops.push({ status: answer.status, location, cookies: answer.headers.getSetCookie() })
      const next = location ? follow(location) : null
      if (next) address = next
      else {
        const html = await answer.text()
        return { status: answer.status, address: location ?? address, html, headers: answer.headers, hops }
      }
    }
    throw new Error('redirected in a circle')
  }

  return { cookies, request, opens }
}

/** What the page's script is told. */
export function scriptData(html: string) {
  const text = /<script type="application\/json" id="reading">(.*?)<\/script>/s.exec(html)?.[1] ?? 'null'
  return JSON.parse(text) as {
    path: string
    read: { to: string; visit: string } | null
    share: { sdk: string; config: object; card: Record<string, string> } | null
  }
}

/** The address that the page asks to be shared. */
export function sharedUrl(html: string): string {
  return /<meta property="og:url" content="([^"]*)"/.exec(html)?.[1] ?? ''
}

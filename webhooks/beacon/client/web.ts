import type { Platform } from './types.ts'

/** A page in a browser. Requests go on after the page is left (`keepalive`); what they lose waits in localStorage. */
export function webPlatform(): Platform {
  return {
    login: async () => null,
    read: (key) => {
      try {
        return JSON.parse(localStorage.getItem(key) ?? 'null') as unknown
      } catch {
        return null
      }
    },
    write: (key, value) => {
      try {
        localStorage.setItem(key, JSON.stringify(value))
      } catch {
        // Private mode or a full disk: this page still remembers.
      }
    },
    async post(url, body, token) {
      const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) }
      const text = JSON.stringify(body)
      // A browser refuses to keep more than 64 KiB alive, at every try (Fetch, section 4.6); a character takes 3 bytes at most.
      const answer = await fetch(url, { method: 'POST', headers, body: text, keepalive: text.length < 2e4, credentials: 'omit' })
      const retryAfter = Number(answer.headers.get('retry-after')) || null
      return { status: answer.status, body: await answer.json().catch(() => undefined), retryAfter }
    },
    onPage(opened) {
      // A sign-in leaves its own fragment behind.
      const path = () => location.pathname + location.hash.replace(/\?.*|#wechat_redirect$/, '')
      const tell = () => opened(path(), document.title)
      for (const name of ['pushState', 'replaceState'] as const) {
        const change = history[name].bind(history)
        history[name] = (...args) => {
          const before = path()
          change(...args)
          if (path() !== before) setTimeout(tell)
        }
      }
      addEventListener('popstate', tell)
      addEventListener('hashchange', tell)
      addEventListener('pageshow', (event) => event.persisted && tell())
      tell()
    },
    onMoment(send) {
      addEventListener('pagehide', send)
      addEventListener('online', send)
      document.addEventListener('visibilitychange', send)
    },
    later: (work, ms) => void setTimeout(work, ms),
  }
}

const asked = 'beacon:asked'

/** The hash with which the page was left for the sign-in page, if it had one; that page's own is none of the mall's. */
function hashBefore(): string | undefined {
  try {
    return /^#(?!wechat_redirect).+/.exec(sessionStorage.getItem(asked) ?? '')?.[0]
  } catch {
    return undefined
  }
}

/**
 * The login code of an H5 mall in WeChat: taken from the address where WeChat has just put it, else fetched by one
 * round trip through its sign-in page per visit. Null outside WeChat. `snsapi_base` is silent; `snsapi_userinfo` asks,
 * and is what gives a unionid of somebody who does not follow (official-account.md section 12). The address is afterwards
 * what it was, with the part after # that the round trip loses.
 */
export async function weChatCode({
  appId,
  scope = 'snsapi_base',
  open = 'https://open.weixin.qq.com',
}: {
  appId: string
  scope?: 'snsapi_base' | 'snsapi_userinfo'
  open?: string
}): Promise<string | null> {
  const here = new URL(location.href)
  const code = here.searchParams.get('code')
  if (code && here.searchParams.get('state') === 'beacon') {
    for (const name of ['code', 'state']) here.searchParams.delete(name)
    const before = hashBefore()
    here.hash = here.hash.replace('#wechat_redirect', '')
    history.replaceState(history.state, '', here)
    // Not by the history: a page whose views hang on the hash has to hear of it.
    if (before && !here.hash) location.replace(before)
    return code
  }
  const { userAgent } = navigator
  if (!/MicroMessenger/i.test(userAgent) || /wxwork/i.test(userAgent)) return null
  try {
    if (sessionStorage.getItem(asked)) return null
    sessionStorage.setItem(asked, location.hash || '#')
  } catch {
    // Without memory we would go round in circles.
    return null
  }
  const query = new URLSearchParams({ appid: appId, redirect_uri: location.href.split('#')[0] ?? '', response_type: 'code', scope, state: 'beacon' })
  location.replace(`${open}/connect/oauth2/authorize?${query.toString()}#wechat_redirect`)
  return null
}

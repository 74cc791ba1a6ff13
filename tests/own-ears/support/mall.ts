import { agents, fixture, type Ears } from './ears.ts'
import type { WeChatUser } from './tencent.ts'

/** One event as it crosses the wire; deliberately loose, since wrong ones are sent too. */
export type WireEvent = Record<string, unknown> & { id?: unknown; at?: unknown }

export interface Answer {
  status: number
  headers: Headers
  body: {
    token: string
    expiresAt: number
    accepted: number
    seen: number
    rejected: { index: number; id: string | null; problem: string }[]
    error: { code: string; message: string }
  }
}

export type Mall = ReturnType<typeof mallOf>

/** The brand's mall, which reports to one app's beacon. */
export function mallOf(ears: Ears, appId: string, userAgent: string = agents.weChatOnAndroid) {
  async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const all = { 'User-Agent': userAgent, 'Content-Type': 'application/json', ...headers }
    const answer = await fetch(`${ears.origin}/beacon/${appId}${path}`, { method: 'POST', body: text, headers: all })
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Answer['body'] }
  }

  return {
    post,
    session: (code: string, headers?: Record<string, string>) => post('/session', { code }, headers),

    /** Logs somebody in and returns their token. */
    async login(user: WeChatUser): Promise<string> {
      const { body } = await post('/session', { code: ears.tencent.grant(user, 'snsapi_base') })
      return body.token
    },

    report: (token: string, events: unknown, headers: Record<string, string> = {}) =>
      post('', { events }, { Authorization: `Bearer ${token}`, ...headers }),
  }
}

/** The events of a fixture, all at the present moment. */
export function mallEvents(ears: Ears): WireEvent[] {
  return withTimes(ears, JSON.parse(fixture('beacon-mall.json'))) as WireEvent[]
}

/** Good and bad events, each with the problem that must be named. */
export function mixedEvents(ears: Ears): { event: unknown; id?: string | null; problem: string | null }[] {
  return withTimes(ears, JSON.parse(fixture('beacon-mixed.json'))) as never
}

/** One plain event of that id, `seconds` from now. */
export function pageView(ears: Ears, id: string, seconds = 0): WireEvent {
  return { ...mallEvents(ears)[0], id, at: ears.clock.now().getTime() + seconds * 1000 }
}

function withTimes(ears: Ears, value: unknown): unknown {
  const at = ears.clock.now().getTime()
  return JSON.parse(JSON.stringify(value), (_, part: unknown) => (part === '{{at}}' ? at : part))
}

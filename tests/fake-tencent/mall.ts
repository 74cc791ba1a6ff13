import type { Browser } from './browser.ts'
import type { Stage } from './stage.ts'

/** One row of the mall's own report. */
export interface MallEvent {
  id: string
  /** Unix ms. */
  at: number
  kind: string
  item?: { id: string; title?: string; category?: string; price?: number }
  text?: string
}

export interface MallAnswer {
  status: number
  body: unknown
}

/** What the brand's mini-program does on the customer's phone: sign in by wx.login, report. */
export interface MallVisits {
  /** A new beacon session from a wx.login code. */
  startsMallSession(code?: string): Promise<MallAnswer & { token: string | null }>
  /** Taps the phone button and lets the mini-program send its code; `code` replaces it. */
  provesPhone(number: string, options?: { countryCode?: string; code?: string; token?: string }): Promise<MallAnswer>
  /** Shows the beacon's words and sends what the customer decided; `version` replaces that of the words. */
  answersNotice(answer: 'shown' | 'agree' | 'decline' | 'withdraw', options?: { version?: string; token?: string }): Promise<MallAnswer>
  /** Reports under the newest session; starts one if there is none. */
  reports(events: readonly MallEvent[], options?: { token?: string }): Promise<MallAnswer>
}

/** Codes that WeChat gives the mini-program on this customer's phone. */
export interface MallCodes {
  wxLoginCode(): string
  phoneCode(number: string, countryCode: string): string
}

/** The mini-program's side of the beacon, as an independent caller writes it. */
export function mallOf(stage: Stage, browser: Browser, { wxLoginCode, phoneCode }: MallCodes): MallVisits {
  let newest: string | null = null
  const post = async (path: string, body: unknown, headers: Record<string, string>): Promise<MallAnswer> => {
    const url = `${stage.productUrl()}/beacon/${stage.desk.brand.miniProgram.appId}${path}`
    const response = await browser.request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    return { status: response.status, body: parsed(await response.text()) }
  }

  async function startsMallSession(code = wxLoginCode()) {
    const answer = await post('/session', { code }, {})
    const token = tokenOf(answer.body)
    newest = token ?? newest
    return { ...answer, token }
  }

  return {
    startsMallSession,
    async provesPhone(number, { countryCode = '86', code = phoneCode(number, countryCode), token } = {}) {
      if (newest === null && token === undefined) await startsMallSession()
      return post('/phone', { code }, { authorization: `Bearer ${token ?? newest ?? ''}` })
    },
    async answersNotice(answer, options = {}) {
      if (newest === null && options.token === undefined) await startsMallSession()
      const url = `${stage.productUrl()}/beacon/${stage.desk.brand.miniProgram.appId}/notice`
      const words = parsed(await (await browser.request(url)).text()) as { version: string }
      const { version = words.version, token = newest ?? '' } = options
      return post('/consent', { version, answer }, { authorization: `Bearer ${token}` })
    },
    async reports(events, options = {}) {
      if (newest === null && options.token === undefined) await startsMallSession()
      return post('', { events }, { authorization: `Bearer ${options.token ?? newest ?? ''}` })
    },
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

function tokenOf(body: unknown): string | null {
  const token = typeof body === 'object' && body !== null && 'token' in body ? body.token : null
  return typeof token === 'string' ? token : null
}

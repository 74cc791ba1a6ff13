import type { z } from 'zod'
import { Refusal, type Answer, type Api, type Desk } from './api.ts'
import { contactWays } from './apis/contact-ways.ts'
import { contacts } from './apis/contacts.ts'
import { refuseByConsole } from './console.ts'
import { directory } from './apis/directory.ts'
import { messages } from './apis/messages.ts'
import { shop } from './apis/shop.ts'
import { weChatTokens, weComTokens } from './apis/tokens.ts'
import { weChat } from './apis/we-chat.ts'
import type { TokenRecord } from './world.ts'

/** Which of Tencent's hosts was called; each answers only its own paths. */
export type Host = 'weComApi' | 'weChatApi' | 'weChatOpen' | 'weComLogin' | 'weChatPay'

export const apis: Record<'weComApi' | 'weChatApi', Record<string, Api>> = {
  weComApi: { ...weComTokens, ...directory, ...contacts, ...contactWays, ...messages },
  weChatApi: { ...weChatTokens, ...weChat, ...shop },
}

export interface ApiRequest {
  method: string
  url: URL
  text: string
}

/**
 * Checks one request as strictly as the contract and runs it. Always an errcode, as Tencent answers.
 * What the contract forbids is also noted as a problem.
 */
export function serveApi(desk: Desk, api: Api, request: ApiRequest): Answer {
  const name = apiName(request.url)
  try {
    const token = checkToken(desk, api, request.url)
    refuseByConsole(desk, request.url.pathname, token)
    const query = checked(api.query, queryOf(request.url), 'query')
    const body = api.body === null ? null : checked(api.body, parsed(request.text), 'body')
    if (request.method !== api.method) throw new Refusal(40058, `must be ${api.method}`, true)
    return { errcode: 0, errmsg: 'ok', ...api.run(desk, { query, body, token, text: request.text }) }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    if (error.ours) desk.problem(`${name}: ${error.message}`)
    return { errcode: error.errcode, errmsg: error.message }
  }
}

/** `message/send` for `/cgi-bin/message/send`. */
export function apiName(url: URL): string {
  return url.pathname.replace(/^\/(cgi-bin\/)?/, '')
}

function checkToken(desk: Desk, api: Api, url: URL): TokenRecord | null {
  const text = url.searchParams.get('access_token')
  if (api.tokens === null) {
    if (text !== null) throw new Refusal(40058, 'takes no access_token', true)
    return null
  }
  if (!text) throw new Refusal(41001, 'access_token missing', true)
  const token = desk.world.tokens[text]
  if (!token) throw new Refusal(40014, 'access_token was never issued', true)
  if (!api.tokens.includes(token.kind)) throw new Refusal(48002, `called with a token of ${token.kind}`, true)
  if (token.revoked) throw new Refusal(40014, 'invalid access_token')
  if (token.expiresAtMs <= desk.now().getTime()) throw new Refusal(42001, 'access_token expired')
  return token
}

function queryOf(url: URL): Record<string, string> {
  const { access_token: _token, ...rest } = Object.fromEntries(url.searchParams)
  return rest
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw Object.assign(new Refusal(40058, 'body is not JSON', true), { cause })
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const faults = result.error.issues.map((issue) => `${[what, ...issue.path].join('.')}: ${issue.message}`)
  throw new Refusal(40058, faults.join('; '), true)
}

import { z } from 'zod'
import { getApi, postApi, Refusal, type Api, type Desk } from '../api.ts'
import { consoleOf } from '../console.ts'
import { nextId, type TicketKind, type TokenKind } from '../world.ts'

const validMs = 7200_000
/** stable_token gives the same token until so long before its end; then old and new live side by side. */
const overlapMs = 300_000

/** gettoken of WeCom: one token per secret. Source: developer.work.weixin.qq.com/document/path/91039. */
const getToken = getApi(null, z.strictObject({ corpid: z.string(), corpsecret: z.string() }), (desk, { query }) => {
  const { brand } = desk
  if (query.corpid !== brand.corpId) throw new Refusal(40013, 'invalid corpid', true)
  if (query.corpsecret === brand.agentSecret) return issue(desk, 'agent')
  if (brand.contactSecret !== null && query.corpsecret === brand.contactSecret) return issue(desk, 'contact')
  throw new Refusal(40001, 'invalid credential', true)
})

/** stable_token of the Official Account, the mini-program and the shop: by appid. */
const stableToken = postApi(
  null,
  z.strictObject({}),
  z.strictObject({
    grant_type: z.literal('client_credential'),
    appid: z.string(),
    secret: z.string(),
    force_refresh: z.boolean().optional(),
  }),
  (desk, { body }) => {
    const app = appsOf(desk).find((one) => one.appId === body.appid)
    if (!app) throw new Refusal(40013, 'invalid appid', true)
    if (app.secret !== body.secret) throw new Refusal(40125, 'invalid appsecret', true)
    if (app.kind === 'account' && !consoleOf(desk.world).accountIpListed) throw new Refusal(40164, 'invalid ip, not in whitelist')
    return body.force_refresh ? issue(desk, app.kind) : (running(desk, app.kind) ?? issue(desk, app.kind))
  },
)

function appsOf({ brand }: Desk): { appId: string; secret: string; kind: TokenKind }[] {
  return [
    { ...brand.account, kind: 'account' },
    { ...brand.shop, kind: 'shop' },
    { ...brand.miniProgram, kind: 'mini-program' },
  ]
}

function running(desk: Desk, kind: TokenKind) {
  const nowMs = desk.now().getTime()
  const found = Object.entries(desk.world.tokens).find(
    ([, token]) => token.kind === kind && !token.revoked && token.expiresAtMs - overlapMs > nowMs,
  )
  return found ? { access_token: found[0], expires_in: Math.floor((found[1].expiresAtMs - nowMs) / 1000) } : null
}

function issue(desk: Desk, kind: TokenKind) {
  const nowMs = desk.now().getTime()
  for (const [key, token] of Object.entries(desk.world.tokens)) {
    if (token.expiresAtMs < nowMs - 86_400_000) delete desk.world.tokens[key]
  }
  const text = nextId(desk.world, `token-${kind}-`)
  desk.world.tokens[text] = {
    kind,
    issuedAtMs: nowMs,
    expiresAtMs: nowMs + validMs,
    revoked: false,
    actor: null,
    scope: null,
  }
  return { access_token: text, expires_in: validMs / 1000 }
}

const none = z.strictObject({})

/** The current ticket of a kind; one lives 7200 s. The demo's host bridge checks signatures against it. */
export function ticketOf(desk: Desk, kind: TicketKind): { ticket: string; expires_in: number } {
  const nowMs = desk.now().getTime()
  const found = Object.entries(desk.world.tickets).find(
    ([, one]) => one.kind === kind && one.expiresAtMs > nowMs + 60_000,
  )
  if (found) return { ticket: found[0], expires_in: Math.floor((found[1].expiresAtMs - nowMs) / 1000) }
  const ticket = nextId(desk.world, `ticket-${kind}-`)
  desk.world.tickets[ticket] = { kind, expiresAtMs: nowMs + validMs }
  return { ticket, expires_in: validMs / 1000 }
}

export const weComTokens: Record<string, Api> = {
  '/cgi-bin/gettoken': getToken,
  '/cgi-bin/get_jsapi_ticket': getApi(['agent'], none, (desk) => ticketOf(desk, 'corp')),
  '/cgi-bin/ticket/get': getApi(['agent'], z.strictObject({ type: z.literal('agent_config') }), (desk) =>
    ticketOf(desk, 'agent'),
  ),
  '/cgi-bin/getcallbackip': getApi(['agent'], none, () => ({ ip_list: ['127.0.0.1'] })),
}

export const weChatTokens: Record<string, Api> = {
  '/cgi-bin/stable_token': stableToken,
  '/cgi-bin/ticket/getticket': getApi(['account'], z.strictObject({ type: z.literal('jsapi') }), (desk) =>
    ticketOf(desk, 'account'),
  ),
}

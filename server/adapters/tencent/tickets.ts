import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../ports/clock.ts'
import type { TencentApi } from './api.ts'
import { tokenKeeper, type KeeperDeps, type TokenKeeper } from './token-keeper.ts'
import { lifeSeconds } from './words.ts'

const ticketAnswer = z.object({ ticket: z.string().min(1), expires_in: lifeSeconds })

/** Keeps a JS ticket like a token: calls are rationed (100 an hour per app; document/path/90506). */
export function ticketKeeper(
  deps: KeeperDeps,
  source: { name: string; api: string; query: Readonly<Record<string, string>>; through: TencentApi },
): TokenKeeper {
  return tokenKeeper(deps, {
    name: source.name,
    api: source.api,
    async fetch() {
      const answer = await source.through.get(source.api, source.query, ticketAnswer)
      return { token: answer.ticket, expiresInSeconds: answer.expires_in }
    },
  })
}

/** What a page's JS-SDK wants: seconds, and `nonceStr` with a capital although the signed text says `noncestr`. */
export interface Signed {
  timestamp: number
  nonceStr: string
  signature: string
}

/** Signs one page URL with a ticket; WeCom and the Official Account share the recipe (document/path/90506). */
export function signPage(ticket: string, url: string, timestamp: number, nonceStr: string): Signed {
  const page = url.split('#', 1)[0] ?? ''
  const text = `jsapi_ticket=${ticket}&noncestr=${nonceStr}&timestamp=${timestamp}&url=${page}`
  return { timestamp, nonceStr, signature: createHash('sha1').update(text).digest('hex') }
}

/** Signs with the clock's second and a fresh nonce. */
export function signPageNow(ticket: string, url: string, clock: Clock): Signed {
  return signPage(ticket, url, Math.floor(clock.now().getTime() / 1000), randomBytes(12).toString('hex'))
}

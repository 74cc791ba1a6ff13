import type { Context } from 'koa'
import { z } from 'zod'
import type { Config } from '../../config/load.ts'
import { identityKey, type AppId, type IdentityKey, type OpenId, type UnionId } from '../../server/domain/ids.ts'
import type { Clock } from '../../server/ports/clock.ts'
import { isRobot } from '../robots.ts'
import { signerFor } from '../../server/edge/signed.ts'
import { cookieJar } from './cookie-jar.ts'

/** A reader whom the Official Account's OAuth named. */
export interface Visitor {
  appId: AppId
  openId: OpenId
  /** Told by snsapi_userinfo only. */
  unionId: UnionId | null
  /** Has said yes to snsapi_userinfo: not asked again, even if there was no unionid to learn. */
  asked: boolean
}

export type Visitors = ReturnType<typeof visitors>

/** A month: WeChat accounts on one phone may share a cookie store, so a visitor is asked again, silently. */
const rememberMs = 30 * 24 * 3600_000
const cookieName = 'wl_visitor'

const claim = z.object({ appId: z.string(), openId: z.string(), unionId: z.string().nullable(), asked: z.boolean() })

/** Remembers who reads, in a cookie that only we can write. */
export function visitors(deps: { config: Pick<Config, 'publicUrl' | 'sessionSecret'>; clock: Clock }) {
  const { config, clock } = deps
  const signer = signerFor(config.sessionSecret, 'links-visitor', claim)
  const jar = cookieJar(config.publicUrl)
  return {
    /** Known by our cookie for this Official Account; null: not, or the cookie was changed, or has expired. */
    read(ctx: Context, appId: AppId): Visitor | null {
      const found = signer.open(jar.read(ctx, cookieName), clock.now())
      return found?.appId === appId ? (found as Visitor) : null
    },

    remember(ctx: Context, visitor: Visitor): void {
      const expiresAt = new Date(clock.now().getTime() + rememberMs)
      jar.write(ctx, cookieName, signer.seal(visitor, expiresAt), { path: '/l', maxAgeMs: rememberMs })
    },
  }
}

/** The identity under which a visitor's events and tokens are kept. */
export function keyOf({ appId, openId }: Pick<Visitor, 'appId' | 'openId'>): IdentityKey {
  return identityKey({ kind: 'openid', appId, openId })
}

/**
 * Whether a person navigates inside WeChat: there OAuth works. WeCom's webview says MicroMessenger too, and wxwork;
 * a HEAD request or a prefetch is nobody's visit.
 */
export function navigatesInWeChat(ctx: Context, method: 'GET' | 'POST' = 'GET'): boolean {
  return /MicroMessenger/i.test(ctx.get('User-Agent')) && navigates(ctx, method)
}

/** Whether a person outside WeCom, where our own staff look at what they send, navigates here in whatever browser. */
export function navigates(ctx: Context, method: 'GET' | 'POST' = 'GET'): boolean {
  const agent = ctx.get('User-Agent')
  const purpose = ['Sec-Purpose', 'Purpose', 'X-Purpose'].map((name) => ctx.get(name)).join(' ')
  return ctx.method === method && !/wxwork/i.test(agent) && !isRobot(agent) && !/prefetch|preview|prerender/i.test(purpose)
}

import { randomBytes } from 'node:crypto'
import type { Context } from 'koa'
import { z } from 'zod'
import type { Config } from '../../config/load.ts'
import { TencentRefused, TencentUnreachable } from '../../server/domain/errors.ts'
import type { AppId } from '../../server/domain/ids.ts'
import type { Clock } from '../../server/ports/clock.ts'
import type { AccountOAuth } from '../../server/ports/identities.ts'
import type { Log } from '../../server/ports/log.ts'
import { signerFor } from '../../server/edge/signed.ts'
import { within } from '../within.ts'
import { cookieJar } from './cookie-jar.ts'
import type { Visitor } from './visitor.ts'

/** Where a visitor was going when OAuth began. A slug and a token: an address of ours, never a URL. */
export type Errand = z.output<typeof errand>

export interface OAuthDeps {
  config: Pick<Config, 'publicUrl' | 'sessionSecret'>
  appId: AppId
  oauth: AccountOAuth
  /** Where Tencent's page sends the visitor back to: a path of ours that ends in `/callback`. */
  callbackPath?: string
  clock: Clock
  log: Log
}

const errand = z.object({
  state: z.string(),
  slug: z.string(),
  /** Share token in the address, whoever's it is. */
  token: z.string().nullable(),
  scope: z.enum(['snsapi_base', 'snsapi_userinfo']),
})

/** A code lives five minutes (official-account.md section 12); the visitor may hesitate before that. */
const errandMs = 10 * 60_000
/** A reader is not kept waiting for a silent Tencent: after this the page is shown without a name. */
const patienceMs = 2_500
const silent = () => new TencentUnreachable('sns/oauth2/access_token')
const linksCallback = '/l/callback'

/**
 * The way through Tencent's OAuth page and back. `state` is a random number and the slug in hex (the platform allows
 * letters and digits only); who began is proved by a signed cookie named after that number, which is used up on return.
 */
export function accountDoor(deps: OAuthDeps) {
  const { config, appId, oauth, clock, log, callbackPath = linksCallback } = deps
  const signer = signerFor(config.sessionSecret, `links-oauth${callbackPath === linksCallback ? '' : callbackPath}`, errand)
  const jar = cookieJar(config.publicUrl)

  return {
    /** Sends the visitor to Tencent's page. */
    leave(ctx: Context, going: Omit<Errand, 'state'>): void {
      const state = randomBytes(12).toString('hex') + Buffer.from(going.slug).toString('hex')
      const sealed = signer.seal({ ...going, state }, new Date(clock.now().getTime() + errandMs))
      jar.write(ctx, cookieOf(state), sealed, { path: callbackPath, maxAgeMs: errandMs })
      ctx.redirect(oauth.authorizeUrl(config.publicUrl + callbackPath, going.scope, state))
    },

    /** What the visitor who comes back had set out for; null when this browser never set out, or has returned before. */
    welcome(ctx: Context, state: string): Errand | null {
      const name = cookieOf(state)
      const found = signer.open(jar.read(ctx, name), clock.now())
      if (found) jar.clear(ctx, name, callbackPath)
      return found?.state === state ? found : null
    },

    /** Who a code names; null: refused, silent, or a snapshot page's made-up identity (is_snapshotuser). */
    async whoIs(code: string, asked: boolean): Promise<Visitor | null> {
      const found = await whoOrWhy(code, asked)
      return typeof found === 'string' ? null : found
    },

    whoOrWhy,
  }

  /** Who a code names, or why it names nobody. */
  async function whoOrWhy(code: string, asked: boolean): Promise<Visitor | 'snapshot' | 'refused'> {
    try {
      const { openId, unionId, snapshot } = await within(patienceMs, oauth.exchange(code), silent)
      return snapshot ? 'snapshot' : { appId, openId, unionId, asked }
    } catch (error) {
      if (!(error instanceof TencentRefused) && !(error instanceof TencentUnreachable)) throw error
      const errcode = error instanceof TencentRefused ? error.errcode : null
      log.warn({ channel: 'links', api: error.api, code: error.code, errcode }, 'reader shown without a name')
      return 'refused'
    }
  }
}

/** The slug inside a `state`, to show its content although nothing else about the visit can be trusted. */
export function slugIn(state: string): string {
  return Buffer.from(state.slice(24), 'hex').toString()
}

function cookieOf(state: string): string {
  return `wl_oauth_${state.slice(0, 12)}`
}

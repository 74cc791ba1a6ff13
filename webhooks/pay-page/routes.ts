import { Router, type RouterContext } from '@koa/router'
import type { Middleware } from 'koa'
import { z } from 'zod'
import type { Config } from '../../config/load.ts'
import { StoreUnavailable } from '../../server/domain/errors.ts'
import { identityKey, type OpenId } from '../../server/domain/ids.ts'
import type { Payment } from '../../server/domain/payment.ts'
import { moneyText } from '../../server/domain/words.ts'
import { signerFor } from '../../server/edge/signed.ts'
import type { RateLimits } from '../../server/edge/rate-limits.ts'
import type { Clock } from '../../server/ports/clock.ts'
import type { AccountOAuth } from '../../server/ports/identities.ts'
import type { Log } from '../../server/ports/log.ts'
import type { Notices } from '../../server/ports/notices.ts'
import type { PaymentGateway, Payments } from '../../server/ports/payments.ts'
import { answerPage, answerStoreAway, guardHeaders } from '../links/answers.ts'
import { cookieJar } from '../links/cookie-jar.ts'
import { accountDoor, slugIn } from '../links/oauth.ts'
import { plainPage } from '../links/reader-page.ts'
import { navigatesInWeChat } from '../links/visitor.ts'
import { within } from '../within.ts'
import { payPage } from './page.ts'

export interface PayPageDeps {
  config: Pick<Config, 'publicUrl' | 'sessionSecret' | 'officialAccount' | 'allowedOrigins' | 'notices'>
  payments: Payments
  notices: Pick<Notices, 'note'>
  gateway: Pick<PaymentGateway, 'pageParameters'>
  /** null: no Official Account; then no payment is a link. */
  accountOAuth: AccountOAuth | null
  limits: RateLimits
  clock: Clock
  log: Log
}

const cookieName = 'pay_visitor'
const rememberMs = 24 * 3600_000
const storeMs = 3_000
const payerClaim = z.object({ openId: z.string() })

/** `GET /pay/:id`: where a customer pays what their salesperson asked for, in WeChat, as themselves (A4). */
export function payPageRoutes(deps: PayPageDeps): Router {
  const { config, payments, gateway, clock } = deps
  const { officialAccount, allowedOrigins, publicUrl } = config
  const signer = signerFor(config.sessionSecret, 'pay-visitor', payerClaim)
  const jar = cookieJar(publicUrl)
  const door =
    officialAccount && deps.accountOAuth
      ? accountDoor({ ...deps, appId: officialAccount.appId, oauth: deps.accountOAuth, callbackPath: '/pay/callback' })
      : null

  const pathOf = (id: string) => `/pay/${id}`
  const payerOf = (ctx: RouterContext) => signer.open(jar.read(ctx, cookieName), clock.now())?.openId ?? null

  function say(ctx: RouterContext, status: number, title: string, text: string): void {
    answerPage(ctx, allowedOrigins, status, (nonce) => plainPage({ title, text, nonce }))
  }

  async function find(ctx: RouterContext): Promise<Payment | null> {
    const payment = await within(storeMs, payments.get(String(ctx.params.id)), () => new StoreUnavailable())
    return payment?.way.kind === 'link' ? payment : null
  }

  async function open(ctx: RouterContext): Promise<void> {
    const payment = await find(ctx)
    if (!payment || !door) return say(ctx, 404, '没找到这笔付款', '链接可能不完整，可以请导购再发一次给您。')
    if (!navigatesInWeChat(ctx)) return say(ctx, 200, '请在微信里打开', '这个付款链接要在微信里打开。')
    const payer = payerOf(ctx)
    if (payer === null) return door.leave(ctx, { slug: payment.id, token: null, scope: 'snsapi_base' })
    if (!isFor(payment, payer)) return say(ctx, 403, '这笔付款不是给您的', '请用收到链接的那个微信打开。')
    await show(ctx, payment)
  }

  async function show(ctx: RouterContext, payment: Payment): Promise<void> {
    const state = stateOf(payment, clock.now())
    if (state === 'paid')
      return say(ctx, 200, '已经付款', `${payment.description} ${moneyText(payment.amount)}，谢谢您。`)
    if (state === 'over' || payment.prepayId === null) {
      return say(ctx, 200, '这笔付款已经结束', '请让导购再发一次给您。')
    }
    const { description, prepayId } = payment
    const parameters = gateway.pageParameters(prepayId)
    const statePath = `${pathOf(payment.id)}/state`
    const notice = await told(payment)
    const view = { description, amount: moneyText(payment.amount), parameters, notice, statePath }
    answerPage(ctx, allowedOrigins, 200, (nonce) => payPage({ ...view, nonce }))
  }

  /** The notice on the page, noted as shown to the payer (C5). */
  async function told({ way, appId }: Payment): Promise<string> {
    const { version, notice } = config.notices.texts['wechat-pay']
    if (way.kind === 'link') {
      const identity = identityKey({ kind: 'openid', appId, openId: way.openId })
      const act = { identity, source: 'wechat-pay', version, deed: 'shown', how: 'page', at: clock.now() } as const
      await within(storeMs, deps.notices.note([act]), () => new StoreUnavailable())
    }
    return notice.zh
  }

  async function callback(ctx: RouterContext): Promise<void> {
    const [state, code] = [oneOf(ctx.query.state, /^[a-z0-9]{24,128}$/), oneOf(ctx.query.code, /^[\w-]{1,256}$/)]
    const errand = door && state ? door.welcome(ctx, state) : null
    const payer = door && errand && code ? await door.whoIs(code, false) : null
    if (!payer || !errand) return say(ctx, 200, '没有打开付款', '微信没有告诉我们您是谁，请再点一次导购发给您的链接。')
    const sealed = signer.seal({ openId: payer.openId }, new Date(clock.now().getTime() + rememberMs))
    jar.write(ctx, cookieName, sealed, { path: '/pay', maxAgeMs: rememberMs })
    ctx.redirect(pathOf(errand.slug))
  }

  async function tellState(ctx: RouterContext): Promise<void> {
    const [payment, payer] = [await find(ctx), payerOf(ctx)]
    const isTheirs = payment && payer !== null && isFor(payment, payer)
    ctx.status = isTheirs ? 200 : 404
    ctx.body = isTheirs ? { state: stateOf(payment, clock.now()) } : {}
  }

  const router = new Router({ prefix: '/pay' })
  router.use(guardHeaders)
  const storeAway = answerStoreAway(allowedOrigins, (ctx) => pathOf(idAgain(ctx.path, ctx.query.state)), '付款')
  const limited: Middleware = async (ctx, next) => {
    deps.limits.checkAddress('pay', ctx.ip)
    await next()
  }
  router.get('/callback', storeAway, limited, callback)
  router.get('/:id', storeAway, limited, open)
  router.get('/:id/state', storeAway, limited, tellState)
  return router
}

function isFor({ way }: Payment, openId: string): boolean {
  return way.kind === 'link' && way.openId === (openId as OpenId)
}

/** What the customer's page needs to know of it. */
function stateOf({ state, expiresAt }: Payment, now: Date): 'open' | 'paid' | 'over' {
  if (state === 'paid' || state === 'refunded' || state === 'differs') return 'paid'
  return state === 'open' && now < expiresAt ? 'open' : 'over'
}

function idAgain(path: string, state: string | string[] | undefined): string {
  const known = oneOf(state, /^[a-z0-9]{24,128}$/)
  return encodeURIComponent(known ? slugIn(known) : (/\/pay\/(\w+)/.exec(path)?.[1] ?? ''))
}

function oneOf(value: string | string[] | undefined, shape: RegExp): string | null {
  return typeof value === 'string' && shape.test(value) ? value : null
}

import { Router, type RouterContext } from '@koa/router'
import { z } from 'zod'
import type { Config } from '../../config/load.ts'
import { BadRequest, StoreUnavailable, TencentRefused, TencentUnreachable } from '../../server/domain/errors.ts'
import type { AppId, OpenId, UnionId } from '../../server/domain/ids.ts'
import { refusalKind } from '../../server/domain/refusal.ts'
import type { Clock } from '../../server/ports/clock.ts'
import type { AccountOAuth, MiniProgramLogin, MiniProgramPhones } from '../../server/ports/identities.ts'
import type { Inbox } from '../../server/ports/inbox.ts'
import type { Log } from '../../server/ports/log.ts'
import type { NoteSighting } from '../../server/ports/sightings.ts'
import type { Timeline } from '../../server/ports/timeline.ts'
import { identityHasher } from '../../server/edge/identity-hash.ts'
import type { RateLimits } from '../../server/edge/rate-limits.ts'
import type { Consent } from '../consent.ts'
import { corsFor } from '../cors.ts'
import { answerJsonErrors, jsonOf, refuse, refuseForNow } from '../json-answers.ts'
import { linkDelivery } from '../learnt-link.ts'
import { readBody } from '../raw-body.ts'
import { isRobot } from '../robots.ts'
import { within } from '../within.ts'
import { checkBatch, type BeaconEvent } from './check-batch.ts'
import { allows, beaconConsent, noticeReport } from './consent.ts'
import { beaconDelivery, beaconEventKey, type Reporter } from './deliveries.ts'
import { phoneDelivery } from './phone.ts'
import { beaconSessions } from './session.ts'

export interface BeaconDeps {
  config: Pick<Config, 'allowedOrigins' | 'miniProgram' | 'officialAccount' | 'sessionSecret' | 'identitySecret'>
  inbox: Inbox
  timeline: Pick<Timeline, 'known'>
  limits: RateLimits
  consent: Consent
  /** Hears whether logins of the mini-program bring unionids. */
  noteSighting?: NoteSighting
  clock: Clock
  log: Log
  /** null: no mini-program configured. */
  miniProgramLogin: MiniProgramLogin | null
  /** null: no mini-program configured. */
  miniProgramPhones: MiniProgramPhones | null
  /** null: no Official Account configured. */
  accountOAuth: AccountOAuth | null
}

/** Who a login code stands for. */
interface LoggedIn {
  openId: OpenId
  unionId: UnionId | null
  snapshot?: boolean
}

/** One app whose customers report to us. */
interface BeaconApp {
  appId: AppId
  learnsBy: 'code2session' | 'oauth'
  login: { exchange(code: string): Promise<LoggedIn> }
  /** null: customers of this app cannot prove a phone. */
  phones: MiniProgramPhones | null
}

const batchLimits = { limitBytes: 256 * 1024, timeoutMs: 10_000 }
const sessionLimits = { limitBytes: 4 * 1024, timeoutMs: 5_000 }
/** A sender is answered within 4 s, whatever the store does. */
const storeMs = 3_000

const wrongLogin = '登录凭证无效或已用过，请重新登录后再换。'
const wrongPhoneCode = '手机号凭证无效或已用过，请客人再点一次按钮。'
const isPermanent = (errcode: number) => refusalKind(errcode) === 'permanent'
/** 40013: here, the code is another app's. Any other refusal, a quota used up for one, is no fault of the code. */
const isWrongPhoneCode = (errcode: number) => errcode === 40029 || errcode === 40013

const loginCode = z.object({ code: z.string().min(1).max(512) })
const login = loginCode.extend({ notice: noticeReport.optional() })
const needsConsent = '客人还没有同意记录，这次什么也没有存。The customer has not agreed yet: nothing was kept.'
const refusedConsent = '客人不同意记录，这次什么也没有存。The customer said no: nothing was kept.'
const otherWords = '客人看到的不是现在用的告知文字，请取新的文字再给客人看。Another version of the notice is in use.'

/**
 * The mall's own report: `POST /beacon/:appId/session`, `/phone`, `/consent` and `POST /beacon/:appId` (A7). A robot's events are checked
 * and answered like anybody's, but neither kept nor counted.
 */
export function beaconRoutes(deps: BeaconDeps): Router {
  const { config, inbox, limits, clock, log } = deps
  const sessions = beaconSessions({ sessionSecret: config.sessionSecret, clock })
  const apps = appsOf(deps)
  const consents = beaconConsent(deps.consent)

  async function openSession(ctx: RouterContext, app: BeaconApp): Promise<void> {
    limits.checkAddress('beacon-session', ctx.ip)
    const { data } = login.safeParse(jsonOf(await readBody(ctx.req, sessionLimits)))
    if (!data) throw new BadRequest('code must be a string; notice, if given, must be { version, answer }')
    const who = await answered(ctx, app.appId, () => app.login.exchange(data.code), isPermanent, wrongLogin)
    if (!who) return
    if (app.learnsBy === 'code2session') deps.noteSighting?.('mini-program-login', who.unionId ? 'good' : 'mini-program-not-bound')
    if (who.snapshot) return refuse(ctx, 401, 'snapshot-user', '快照页里的访客没有真实身份，不能上报。')
    if (data.notice) await consents.note(app.appId, who.openId, data.notice)
    const notice = await consents.stateOf(app.appId, who.openId)
    if (who.unionId && allows(notice)) await keepLink(app, who.openId, who.unionId)
    const { token, expiresAt } = sessions.issue(app.appId, who.openId)
    ctx.set('Cache-Control', 'no-store')
    ctx.body = { token, expiresAt: expiresAt.getTime(), notice }
  }

  /** What WeChat answers about a code; undefined when the refusal has been answered. */
  async function answered<Answer>(
    ctx: RouterContext,
    appId: AppId,
    ask: () => Promise<Answer>,
    isWrong: (errcode: number) => boolean,
    words: string,
  ): Promise<Answer | undefined> {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof TencentRefused) && !(error instanceof TencentUnreachable)) throw error
      const errcode = error instanceof TencentRefused ? error.errcode : null
      log.warn({ channel: 'beacon', appId, api: error.api, code: error.code, errcode }, 'code not exchanged')
      if (errcode !== null && isWrong(errcode)) refuse(ctx, 401, 'refused-code', words)
      else refuse(ctx, 503, 'unavailable', '微信暂时没有应答，请稍后重新登录再试。')
      return undefined
    }
  }

  async function keepLink({ appId, learnsBy }: BeaconApp, openId: OpenId, unionId: UnionId): Promise<void> {
    const at = clock.now().getTime()
    const delivery = linkDelivery('beacon', { kind: 'linked', by: learnsBy, appId, openId, unionId, at })
    await within(storeMs, inbox.accept([delivery]), () => new StoreUnavailable())
  }

  /** The words of notice and consent as they are now, for the mall to show. */
  function tellNotice(ctx: RouterContext): void {
    const { version, notice, consent: asked } = deps.consent.textOf('beacon')
    ctx.body = { version, consentFirst: deps.consent.asks('beacon'), notice, consent: asked }
  }

  /** What the customer saw or decided on the mall's own screen (C5). */
  async function takeConsent(ctx: RouterContext, { appId }: BeaconApp): Promise<void> {
    const openId = bearerOf(ctx, appId)
    if (!openId) return
    limits.check('beacon-events', `${appId} ${openId}`)
    const { data } = noticeReport.safeParse(jsonOf(await readBody(ctx.req, sessionLimits)))
    if (!data) throw new BadRequest('version must be a string; answer must be shown, agree, decline or withdraw')
    if (!(await consents.note(appId, openId, data))) return refuse(ctx, 409, 'other-version', otherWords)
    ctx.body = await consents.stateOf(appId, openId)
  }

  /** Whether anything of this customer may be kept; false when the refusal has been answered. */
  async function mayKeep(ctx: RouterContext, appId: AppId, openId: OpenId): Promise<boolean> {
    const state = await consents.stateOf(appId, openId)
    if (allows(state)) return true
    const isAsked = state.consent === 'needed'
    refuse(ctx, 403, isAsked ? 'consent-needed' : 'consent-refused', isAsked ? needsConsent : refusedConsent)
    return false
  }

  /** A phone that the customer proves by the mini-program's button; only its keyed hash goes further (C1). */
  async function provePhone(ctx: RouterContext, { appId, phones }: BeaconApp): Promise<void> {
    if (!phones) return refuse(ctx, 404, 'not-found', '只有小程序里能验证手机号。')
    const openId = bearerOf(ctx, appId)
    if (!openId) return
    limits.check('beacon-phone', `${appId} ${openId}`)
    const { data } = loginCode.safeParse(jsonOf(await readBody(ctx.req, sessionLimits)))
    if (!data) throw new BadRequest('code must be a string')
    if (!(await mayKeep(ctx, appId, openId))) return
    const phone = await answered(ctx, appId, () => phones.numberOf(data.code), isWrongPhoneCode, wrongPhoneCode)
    if (phone === undefined) return
    if (phone === null) return refuse(ctx, 422, 'no-mobile', '这个号码不是手机号，没有记下。')
    const { hash } = identityHasher(config.identitySecret).phone(phone)
    const delivery = phoneDelivery({ kind: 'proved-phone', appId, openId, hash, at: clock.now().getTime() })
    await within(storeMs, inbox.accept([delivery]), () => new StoreUnavailable())
    ctx.status = 204
  }

  /** Whom the bearer token speaks for; null when the refusal has been answered. */
  function bearerOf(ctx: RouterContext, appId: AppId): OpenId | null {
    const openId = sessions.read(appId, ctx.get('Authorization'))
    if (openId) return openId
    const waitSeconds = limits.refusedFrom(ctx.ip)
    if (waitSeconds > 0) return refuseForNow(ctx, waitSeconds), null
    log.info({ channel: 'beacon', appId, reason: 'bad-token' }, 'report refused')
    refuse(ctx, 401, 'bad-token', '上报凭证无效或已过期，请重新登录换取。')
    return null
  }

  async function report(ctx: RouterContext, { appId }: BeaconApp): Promise<void> {
    const openId = bearerOf(ctx, appId)
    if (!openId) return
    limits.check('beacon-events', `${appId} ${openId}`)
    const body = jsonOf(await readBody(ctx.req, batchLimits))
    if (!(await mayKeep(ctx, appId, openId))) return
    const now = clock.now()
    const { good, rejected } = checkBatch(body, now)
    const kept = isRobot(ctx.get('User-Agent')) ? [] : good
    const counts = await within(storeMs, keep({ appId, openId, now }, kept), () => new StoreUnavailable())
    ctx.body = { ...counts, rejected }
  }

  /** Stores what is new. The timeline is asked too: it remembers ids for longer than the inbox. */
  async function keep(reporter: Reporter, events: readonly BeaconEvent[]) {
    const byKey = new Map<string, BeaconEvent>()
    for (const event of events) {
      const key = beaconEventKey(reporter.appId, reporter.openId, event.id)
      if (!byKey.has(key)) byKey.set(key, event)
    }
    const known = byKey.size > 0 ? await deps.timeline.known([...byKey.keys()]) : new Set<string>()
    const fresh = [...byKey].filter(([key]) => !known.has(key)).map(([, event]) => beaconDelivery(reporter, event))
    const results = fresh.length > 0 ? await inbox.accept(fresh) : []
    const accepted = results.filter((result) => result === 'stored').length
    return { accepted, seen: events.length - accepted }
  }

  const forApp = (serve: (ctx: RouterContext, app: BeaconApp) => Promise<void>) => async (ctx: RouterContext) => {
    const app = apps.get(String(ctx.params.appId))
    if (!app) return refuse(ctx, 404, 'not-found', '这里没有这个应用的上报入口。')
    await serve(ctx, app)
  }

  const cors = corsFor(config.allowedOrigins)
  const router = new Router({ prefix: '/beacon' })
  router.options(['/:appId', '/:appId/session', '/:appId/phone', '/:appId/consent', '/:appId/notice'], cors)
  router.post('/:appId/session', cors, answerJsonErrors, forApp(openSession))
  router.post('/:appId/consent', cors, answerJsonErrors, forApp(takeConsent))
  router.get('/:appId/notice', cors, forApp(async (ctx) => tellNotice(ctx)))
  router.post('/:appId/phone', cors, answerJsonErrors, forApp(provePhone))
  router.post('/:appId', cors, answerJsonErrors, forApp(report))
  return router
}

function appsOf({ config, miniProgramLogin, miniProgramPhones, accountOAuth }: BeaconDeps): ReadonlyMap<string, BeaconApp> {
  const apps: BeaconApp[] = []
  if (config.miniProgram && miniProgramLogin) {
    apps.push({ appId: config.miniProgram.appId, learnsBy: 'code2session', login: miniProgramLogin, phones: miniProgramPhones })
  }
  if (config.officialAccount && accountOAuth) {
    apps.push({ appId: config.officialAccount.appId, learnsBy: 'oauth', login: accountOAuth, phones: null })
  }
  return new Map(apps.map((app) => [app.appId, app]))
}

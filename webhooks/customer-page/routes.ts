import { Router, type RouterContext } from '@koa/router'
import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import type { Config } from '../../config/load.ts'
import { StoreUnavailable } from '../../server/domain/errors.ts'
import { type IdentityKey, type OpenId } from '../../server/domain/ids.ts'
import { wallClock } from '../../server/domain/local-time.ts'
import { askingSources, type AskingSource, type NoticeAct } from '../../server/domain/notice.ts'
import type { OwnRecord } from '../../server/domain/own-record.ts'
import type { RateLimits } from '../../server/edge/rate-limits.ts'
import { signerFor } from '../../server/edge/signed.ts'
import type { Clock } from '../../server/ports/clock.ts'
import type { AccountOAuth } from '../../server/ports/identities.ts'
import type { Log } from '../../server/ports/log.ts'
import type { Notices } from '../../server/ports/notices.ts'
import type { People } from '../../server/ports/people.ts'
import { answerPage, answerStoreAway, guardHeaders } from '../links/answers.ts'
import { cookieJar } from '../links/cookie-jar.ts'
import { accountDoor } from '../links/oauth.ts'
import { plainPage } from '../links/reader-page.ts'
import { keyOf, navigatesInWeChat, type Visitor } from '../links/visitor.ts'
import { readBody } from '../raw-body.ts'
import { within } from '../within.ts'
import { doneWords, erasePage, recordPage, tooLatePage, type Done, type PageFrame } from './page.ts'

export interface CustomerPageDeps {
  config: Pick<Config, 'publicUrl' | 'sessionSecret' | 'officialAccount' | 'allowedOrigins' | 'notices' | 'retention' | 'hours'>
  viewOwnRecord: (key: IdentityKey, before: Date | null) => Promise<OwnRecord>
  pauseCustomer: {
    pause(key: IdentityKey, at: Date, by: string): Promise<void>
    resume(key: IdentityKey, at: Date, by: string): Promise<void>
  }
  eraseCustomer: { erase(key: IdentityKey, reason: 'request', scope: 'person', by: string): Promise<string> }
  notices: Pick<Notices, 'note'>
  people: Pick<People, 'find'>
  /** null: no Official Account; then nobody can be recognised here. */
  accountOAuth: AccountOAuth | null
  limits: RateLimits
  clock: Clock
  log: Log
}

const cookieName = 'me_visitor'
/** Two WeChat accounts on one phone may share cookies: soon asked again, silently. */
const rememberMs = 10 * 60_000
const storeMs = 3_000
const formLimits = { limitBytes: 4 * 1024, timeoutMs: 5_000 }
const claim = z.object({ openId: z.string() })

/**
 * `GET /me`: what we noted of whoever opens it, in WeChat, as themselves; pause, resume, erase (C4). Recognised by the
 * Official Account's OAuth only. A form counts with this browser's cookie (SameSite=Lax) and a proof, signed for the same
 * openid, that stands in our page alone: no other site can send one, and nobody's proof serves another.
 */
export function customerPageRoutes(deps: CustomerPageDeps): Router {
  const { config, viewOwnRecord, pauseCustomer, eraseCustomer, notices, people, clock } = deps
  const { officialAccount, allowedOrigins, publicUrl, sessionSecret } = config
  const visitors = signerFor(sessionSecret, 'me-visitor', claim)
  const proofs = signerFor(sessionSecret, 'me-form', claim)
  const jar = cookieJar(publicUrl)
  const wall = wallClock(config.hours.timeZone)
  const door = officialAccount && deps.accountOAuth ? accountDoor({ ...deps, appId: officialAccount.appId, oauth: deps.accountOAuth, callbackPath: '/me/callback' }) : null

  const inTime = <T>(work: Promise<T>) => within(storeMs, work, () => new StoreUnavailable())
  const expiry = () => new Date(clock.now().getTime() + rememberMs)

  function say(ctx: RouterContext, status: number, title: string, text: string): void {
    answerPage(ctx, allowedOrigins, status, (nonce) => plainPage({ title, text, nonce }))
  }

  /** Who opens the page, by our cookie; null: to be asked. */
  function visitorOf(ctx: Context): Pick<Visitor, 'appId' | 'openId'> | null {
    const found = visitors.open(jar.read(ctx, cookieName), clock.now())
    return found && officialAccount ? { appId: officialAccount.appId, openId: found.openId as OpenId } : null
  }

  /** Sends the unknown to WeChat's sign-in; null: that, or a sentence, has been answered. */
  function known(ctx: RouterContext): Pick<Visitor, 'appId' | 'openId'> | null {
    if (!door) {
      say(ctx, 200, '请联系导购', '这里还没有接上公众号，认不出您是谁。想查看、暂停或删除记录，请直接告诉您的导购。')
      return null
    }
    if (!navigatesInWeChat(ctx)) {
      say(ctx, 200, '请在微信里打开', '要在微信里打开这个页面，才认得出您是谁，才能给您看您的记录。')
      return null
    }
    const visitor = visitorOf(ctx)
    if (!visitor) door.leave(ctx, { slug: ctx.path === '/me/erase' ? 'erase' : 'me', token: null, scope: 'snsapi_base' })
    return visitor
  }

  function show(ctx: RouterContext, { appId, openId }: Pick<Visitor, 'appId' | 'openId'>, make: (frame: PageFrame) => string): void {
    const proof = proofs.seal({ openId }, expiry())
    const frame = { book: config.notices, days: config.retention, wall, officialAccount: appId, proof }
    answerPage(ctx, [], 200, (nonce) => make({ ...frame, nonce }), ["'self'"])
  }

  async function open(ctx: RouterContext): Promise<void> {
    const visitor = known(ctx)
    if (!visitor) return
    const before = /^\d{1,15}$/.test(String(ctx.query.before)) ? new Date(Number(ctx.query.before)) : null
    const record = await inTime(viewOwnRecord(keyOf(visitor), before))
    show(ctx, visitor, (frame) => recordPage(record, frame, doneOf(ctx)))
  }

  async function askErase(ctx: RouterContext): Promise<void> {
    const visitor = known(ctx)
    if (!visitor) return
    const record = await inTime(viewOwnRecord(keyOf(visitor), null))
    if (record.erasing || record.recording === 'erased') return ctx.redirect('/me')
    show(ctx, visitor, (frame) => erasePage(record, frame))
  }

  async function callback(ctx: RouterContext): Promise<void> {
    const [state, code] = [oneOf(ctx.query.state, /^[a-z0-9]{24,128}$/), oneOf(ctx.query.code, /^[\w-]{1,256}$/)]
    const errand = door && state ? door.welcome(ctx, state) : null
    const visitor = door && errand && code ? await door.whoIs(code, false) : null
    if (!visitor || !errand) return say(ctx, 200, '没有打开您的记录', '微信没有告诉我们您是谁，所以不能给您看。请从公众号里再打开一次。')
    jar.write(ctx, cookieName, visitors.seal({ openId: visitor.openId }, expiry()), { path: '/me', maxAgeMs: rememberMs })
    ctx.redirect(errand.slug === 'erase' ? '/me/erase' : '/me')
  }

  /**
   * A form of our page, by the customer it was made for; then back to the page, which says what was done. One that has
   * waited too long says so and leads nowhere by itself: a form may not be led on to WeChat's sign-in.
   */
  function takes(act: (key: IdentityKey, form: URLSearchParams) => Promise<Done | null>): Middleware {
    return async (ctx) => {
      const form = new URLSearchParams(Buffer.from(await readBody(ctx.req, formLimits)).toString())
      const visitor = visitorOf(ctx)
      const proof = proofs.open(form.get('proof') ?? undefined, clock.now())
      if (!visitor || !proof) return answerPage(ctx, [], 200, (nonce) => tooLatePage(nonce))
      const done = proof.openId === visitor.openId ? await act(keyOf(visitor), form) : null
      ctx.redirect(done ? `/me?done=${done}` : '/me')
      ctx.status = 303
    }
  }

  async function decide(key: IdentityKey, form: URLSearchParams): Promise<Done | null> {
    const source = askingSources.find((each) => each === form.get('source'))
    const deed = form.get('answer') === 'agree' ? 'agreed' : form.get('answer') === 'withdraw' ? 'withdrawn' : null
    if (!source || !deed) return null
    await inTime(note(key, source, deed))
    return deed
  }

  /** Under every openid of the same human: each ear looks under the one it knows. */
  async function note(key: IdentityKey, source: AskingSource, deed: NoticeAct['deed']): Promise<void> {
    const person = (await people.find([key])).get(key)
    const keys = person?.identities.map((identity) => identity.key).filter((each) => each.startsWith('openid:')) ?? []
    const { version } = config.notices.texts[source]
    const act = { source, version, deed, how: 'page', at: clock.now() } as const
    await notices.note([...new Set([key, ...keys])].map((identity) => ({ ...act, identity })))
  }

  const router = new Router({ prefix: '/me' })
  router.use(guardHeaders)
  const storeAway = answerStoreAway(allowedOrigins, () => '/me', '您的记录')
  const limited: Middleware = async (ctx, next) => {
    deps.limits.checkAddress('links', ctx.ip)
    await next()
  }
  router.get('/', storeAway, limited, open)
  router.get('/callback', storeAway, limited, callback)
  router.get('/erase', storeAway, limited, askErase)
  router.post('/pause', storeAway, limited, takes(async (key) => (await pauseCustomer.pause(key, clock.now(), 'customer'), 'paused')))
  router.post('/resume', storeAway, limited, takes(async (key) => (await pauseCustomer.resume(key, clock.now(), 'customer'), 'resumed')))
  router.post('/erase', storeAway, limited, takes(async (key) => (await eraseCustomer.erase(key, 'request', 'person', 'customer'), 'erasing')))
  router.post('/consent', storeAway, limited, takes(decide))
  return router
}

function doneOf(ctx: Context): Done | null {
  const said = String(ctx.query.done)
  return Object.hasOwn(doneWords, said) ? (said as Done) : null
}

function oneOf(value: string | string[] | undefined, shape: RegExp): string | null {
  return typeof value === 'string' && shape.test(value) ? value : null
}

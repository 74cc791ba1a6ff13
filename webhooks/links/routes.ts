import { Router, type RouterContext } from '@koa/router'
import type { Context, Middleware } from 'koa'
import type { Config } from '../../config/load.ts'
import { StoreUnavailable } from '../../server/domain/errors.ts'
import type { UnionId } from '../../server/domain/ids.ts'
import type { RateLimits } from '../../server/edge/rate-limits.ts'
import type { Clock } from '../../server/ports/clock.ts'
import type { ContentLibrary, Shares } from '../../server/ports/content.ts'
import type { AccountOAuth } from '../../server/ports/identities.ts'
import type { Inbox } from '../../server/ports/inbox.ts'
import type { Log } from '../../server/ports/log.ts'
import type { People } from '../../server/ports/people.ts'
import type { Pictures } from '../../server/ports/pictures.ts'
import type { AccountPageSignatures } from '../../server/ports/staff.ts'
import type { Consent } from '../consent.ts'
import { answerJsonErrors } from '../json-answers.ts'
import { linkDelivery } from '../learnt-link.ts'
import { within } from '../within.ts'
import { createCountAnonymous } from './anonymous.ts'
import { answerNoSuchPage, answerStoreAway, guardHeaders } from './answers.ts'
import { askConsent, type Asking } from './ask-consent.ts'
import { arrivals, type ArrivedBy, type Copy } from './arrivals.ts'
import { cookieJar } from './cookie-jar.ts'
import { accountDoor, slugIn } from './oauth.ts'
import { createReader, type ReaderDeps } from './reader.ts'
import { readingTime } from './reading-time.ts'
import { servePicture, servePoster, type Posters } from './picture-routes.ts'
import { keyOf, navigatesInWeChat, visitors, type Visitor } from './visitor.ts'

export interface LinkDeps {
  config: Pick<Config, 'publicUrl' | 'allowedOrigins' | 'hours' | 'officialAccount' | 'sessionSecret'>
  inbox: Inbox
  content: ContentLibrary
  pictures: Pictures
  findContactCode: ReaderDeps['findContactCode']
  posters: Posters
  shares: Shares
  /** Whose unionid we know already is not asked for it. */
  people: Pick<People, 'find'>
  limits: RateLimits
  consent: Consent
  clock: Clock
  log: Log
  /** null: no Official Account; everybody reads anonymously. */
  accountOAuth: AccountOAuth | null
  accountPageSignatures: AccountPageSignatures | null
  /** Address of WeChat's JS-SDK script; null where it cannot be reached. */
  jsSdkUrl: string | null
  /** A valid sidebar session: our own staff, read anonymously and never counted. */
  isStaffSession(ctx: Context): boolean | Promise<boolean>
}

/** Where WeChat's JS-SDK lives (official-account.md section 13). */
export const weChatJsSdkUrl = 'https://res.wx.qq.com/open/js/jweixin-1.6.0.js'

const storeMs = 3_000
/** Says for one navigation how it came about; unsigned, since it decides nothing but the small print. */
const arrivedByCookie = 'wl_by'

/** Tracked links and share chains: `GET /l/:slug` and what belongs to it (A5, A6). */
export function linkRoutes(deps: LinkDeps): Router {
  const { config, inbox, clock, people } = deps
  const { allowedOrigins } = config
  const appId = config.officialAccount?.appId ?? null
  const door = appId && deps.accountOAuth ? accountDoor({ ...deps, appId, oauth: deps.accountOAuth }) : null
  const readers = visitors(deps)
  const jar = cookieJar(config.publicUrl)
  const arrived = arrivals(deps)
  const asked = askConsent(deps)
  const times = readingTime(deps)
  const countAnonymous = createCountAnonymous(deps)
  const reader = createReader({ ...deps, signatures: deps.accountPageSignatures })

  async function copyOf(slug: string): Promise<Copy | null> {
    if (!/^[\w-]{1,50}$/.test(slug)) return null
    const find = async () => {
      const link = await deps.content.bySlug(slug)
      const content = link && (await deps.content.get(link.contentId))
      return link && content ? { link, content } : null
    }
    return within(storeMs, find(), () => new StoreUnavailable())
  }

  /** Unsigned and uncounted. A token that led here is handed on: whoever opens next still comes from its owner. */
  async function showAnonymously(ctx: RouterContext, copy: Copy, given: string | null, asking: Asking | null = null): Promise<void> {
    const share = await arrived.shareOf(copy, given)
    await reader.show(ctx, copy, share?.token ?? null, null, asking)
  }

  async function showTo(ctx: RouterContext, copy: Copy, visitor: Visitor, given: string | null): Promise<void> {
    const standing = await asked.standing(ctx, visitor)
    if (standing !== 'may') return showAnonymously(ctx, copy, given, asked.question(ctx, copy.link.slug, given, standing))
    const by = arrivedBy(ctx, copy.link.slug)
    const arrival = await arrived.record(copy, visitor, given, by)
    const mayIdentify = !visitor.asked && visitor.unionId === null && !(await hasUnionId(visitor))
    await reader.show(ctx, copy, arrival.token, { visit: times.ticket(copy, visitor, arrival), mayIdentify }, null)
  }

  async function hasUnionId(visitor: Visitor): Promise<boolean> {
    const key = keyOf(visitor)
    const person = (await people.find([key])).get(key)
    return person?.identities.some((identity) => identity.key.startsWith('unionid:')) ?? false
  }

  /** Reads and uses up the note that `comeBack` left. */
  function arrivedBy(ctx: RouterContext, slug: string): ArrivedBy {
    const note = jar.read(ctx, arrivedByCookie)
    if (note) jar.clear(ctx, arrivedByCookie, `/l/${slug}`)
    return note === 'oauth' || note === 'known' ? note : 'cookie'
  }

  /** Back on the clean address, where the one arrival of this navigation is recorded. */
  function comeBack(ctx: RouterContext, slug: string, token: string | null, by: ArrivedBy): void {
    if (by !== 'cookie') jar.write(ctx, arrivedByCookie, by, { path: `/l/${slug}`, maxAgeMs: 60_000 })
    ctx.redirect(reader.pathOf(slug, token))
  }

  async function open(ctx: RouterContext): Promise<void> {
    const slug = String(ctx.params.slug)
    const copy = await copyOf(slug)
    if (!copy) return answerNoSuchPage(ctx, allowedOrigins)
    const token = tokenIn(ctx)
    const isStaff = await deps.isStaffSession(ctx)
    if (!door || !appId || !navigatesInWeChat(ctx) || isStaff) {
      if (!isStaff) await countAnonymous(ctx, copy.link, 'outside')
      return showAnonymously(ctx, copy, token)
    }
    const visitor = readers.read(ctx, appId)
    if (visitor) return showTo(ctx, copy, visitor, token)
    if (!asked.mayAskWho(ctx)) return showAnonymously(ctx, copy, token, asked.question(ctx, slug, token, null))
    door.leave(ctx, { slug, token, scope: 'snsapi_base' })
  }

  /** Only after a tap: asks WeChat for the unionid of a reader whom we know by openid. */
  function identify(ctx: RouterContext): void {
    const slug = String(ctx.params.slug)
    const token = tokenIn(ctx)
    const known = appId && navigatesInWeChat(ctx) ? readers.read(ctx, appId) : null
    if (!door || !known || !/^[\w-]{1,50}$/.test(slug)) return ctx.redirect(reader.pathOf(encodeURIComponent(slug), token))
    door.leave(ctx, { slug, token, scope: 'snsapi_userinfo' })
  }

  /** 同意 or 不同意; either way back to the content. */
  async function takeAnswer(ctx: RouterContext): Promise<void> {
    const slug = String(ctx.params.slug)
    const known = appId && navigatesInWeChat(ctx, 'POST') ? readers.read(ctx, appId) : null
    const token = oneOf((await asked.take(ctx, known)) ?? undefined, /^[\w-]{1,128}$/)
    ctx.redirect(reader.pathOf(encodeURIComponent(slug), token))
    ctx.status = 303
  }

  /** Whatever went wrong on the way, the content is shown. */
  async function callback(ctx: RouterContext): Promise<void> {
    const state = oneOf(ctx.query.state, /^[a-z0-9]{24,128}$/) ?? ''
    const code = navigatesInWeChat(ctx) ? oneOf(ctx.query.code, /^[\w-]{1,256}$/) : null
    const errand = door?.welcome(ctx, state) ?? null
    const slug = errand?.slug ?? slugIn(state)
    const copy = await copyOf(slug)
    if (!door || !appId || !copy) return answerNoSuchPage(ctx, allowedOrigins)
    const token = errand?.token ?? null
    const before = readers.read(ctx, appId)
    const byTap = errand?.scope === 'snsapi_userinfo'
    const found = errand && code ? await door.whoOrWhy(code, byTap) : 'refused'
    const visitor = typeof found === 'string' ? null : found
    if (visitor) {
      if (visitor.unionId && (await asked.standing(ctx, visitor)) === 'may') await keepLink(visitor, visitor.unionId)
      readers.remember(ctx, visitor)
      return comeBack(ctx, slug, token, byTap && before?.openId === visitor.openId ? 'known' : 'oauth')
    }
    if (before) return comeBack(ctx, slug, token, byTap ? 'known' : 'cookie')
    if (errand && typeof found === 'string') await countAnonymous(ctx, copy.link, found)
    await showAnonymously(ctx, copy, token)
  }

  async function keepLink({ appId: account, openId }: Visitor, unionId: UnionId): Promise<void> {
    const at = clock.now().getTime()
    const delivery = linkDelivery('links', { kind: 'linked', by: 'oauth', appId: account, openId, unionId, at })
    await within(storeMs, inbox.accept([delivery]), () => new StoreUnavailable())
  }

  /** A code works once, so after a failure on the way back the reader starts at the content again. */
  function pathAgain(ctx: Context): string {
    const state = oneOf(ctx.query.state, /^[a-z0-9]{24,128}$/)
    const slug = state ? slugIn(state) : /\/l\/([\w-]+)/.exec(ctx.path)?.[1]
    return reader.pathOf(encodeURIComponent(slug ?? ''), tokenIn(ctx))
  }

  async function poster(ctx: RouterContext): Promise<void> {
    const copy = await copyOf(String(ctx.params.slug))
    if (!copy || !(await servePoster(ctx, deps.posters, copy))) answerNoSuchPage(ctx, allowedOrigins)
  }

  const router = new Router({ prefix: '/l' })
  router.use(guardHeaders)
  router.post('/:slug/read', answerJsonErrors, (ctx) => times.take(ctx))
  const storeAway = answerStoreAway(allowedOrigins, pathAgain)
  const limited: Middleware = async (ctx, next) => {
    deps.limits.checkAddress('links', ctx.ip)
    await next()
  }
  router.post('/:slug/consent', storeAway, limited, takeAnswer)
  router.get('/callback', storeAway, limited, callback)
  router.get('/:slug/identify', storeAway, limited, (ctx) => identify(ctx))
  router.get('/:slug', storeAway, limited, open)
  router.get('/:slug/poster', storeAway, limited, poster)
  router.get('/:slug/poster/:file', storeAway, limited, poster)
  return router
}

/** Pictures of articles, covers and codes. */
export function pictureRoutes(deps: { pictures: Pictures }): Router {
  return new Router({ prefix: '/pictures' }).get('/:name', answerJsonErrors, servePicture(deps))
}

/** The share token in the address; anything that cannot be one is none. */
function tokenIn(ctx: Context): string | null {
  return oneOf(ctx.query.s, /^[\w-]{1,128}$/)
}

function oneOf(value: string | string[] | undefined, shape: RegExp): string | null {
  return typeof value === 'string' && shape.test(value) ? value : null
}

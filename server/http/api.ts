import { bodyParser } from '@koa/bodyparser'
import { Router } from '@koa/router'
import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import { BadRequest, BodyTooLarge, Denied, SignedOut } from '../domain/errors.ts'
import type { ExternalUserId } from '../domain/ids.ts'
import type { Log } from '../ports/log.ts'
import type { PageSignatures } from '../ports/staff.ts'
import type { createAddContent, createListMyContent } from '../usecases/add-content.ts'
import type { Clock } from '../ports/clock.ts'
import type { GiveFeedback } from '../usecases/give-feedback.ts'
import type { ListAlerts } from '../usecases/list-alerts.ts'
import type { ViewCustomer } from '../usecases/view-customer.ts'
import type { ContentListView } from './contract.ts'
import { readDescription } from './description.ts'
import { customerTabRoutes, type CustomerTabsDeps } from './customer-tabs.ts'
import { answerErrors } from './errors.ts'
import { groupChatRoutes, type GroupChatRoutesDeps } from './group-chats.ts'
import { personLinkRoutes, type LinkRoutesDeps } from './links.ts'
import { linkRateRoutes, type LinkRateRoutesDeps } from './link-rate.ts'
import type { LiveStreams } from './live.ts'
import { parse } from './parse.ts'
import { paymentRoutes, type PaymentRoutesDeps } from './payments.ts'
import type { Member, Sessions } from './session.ts'
import { shareRoutes, type ShareRoutesDeps } from './shares.ts'
import type { Views } from './views.ts'

export interface ApiDeps extends PaymentRoutesDeps, LinkRoutesDeps, CustomerTabsDeps, GroupChatRoutesDeps, ShareRoutesDeps, LinkRateRoutesDeps {
  sessions: Sessions
  viewCustomer: ViewCustomer
  listAlerts: ListAlerts
  giveFeedback: GiveFeedback
  addContent: ReturnType<typeof createAddContent>
  listMyContent: ReturnType<typeof createListMyContent>
  pageSignatures: PageSignatures
  liveStreams: LiveStreams
  views: Views
  allowedOrigins: readonly string[]
  clock: Clock
  log: Log
}

const feedback = z.strictObject({
  action: z.enum(['following', 'later', 'not-useful', 'undo']),
  reason: z.string().max(200).optional(),
})
const sent = z.strictObject({
  what: z.enum(['opener', 'article', 'copied']),
  alertKey: z.string().max(2000).optional(),
  contentId: z.string().max(200).optional(),
})
const signature = z.strictObject({ kind: z.enum(['corp', 'agent']), url: z.url().max(4096) })
const newContent = z.strictObject({
  title: z.string(),
  url: z.string().max(4096).optional(),
  markdown: z.string().optional(),
  cover: z.string().max(4096).optional(),
  description: z.string().optional(),
})
/** Unix ms that a Date can hold. */
const moment = z.coerce.number().int().positive().max(8.64e15)
const scope = z.enum(['mine', 'team']).default('mine')
const filter = z.enum(['open', 'following', 'done', 'all']).default('open')

/** The JSON API of the pages, described by openapi.json; errors as `{ "error": { "code", "message" } }`. */
export function apiRoutes(deps: ApiDeps): Router {
  const { sessions, views, clock } = deps
  const router = new Router({ prefix: '/api' })
  const isOperator = (ctx: Context) => {
    const member = sessions.current(ctx)
    return member !== null && sessions.isOperator(member)
  }
  router.use(noStore, answerErrors(deps.log, isOperator), sameOrigin(deps.allowedOrigins), jsonBody)

  const openApi = readDescription()
  router.get('/openapi.json', (ctx) => {
    ctx.body = openApi
  })

  router.get('/session', (ctx) => sessions.handle(ctx))

  router.use(async (ctx, next) => {
    const member = sessions.current(ctx)
    if (member && (await sessions.isOver(member))) throw new SignedOut()
    await next()
  })

  router.get('/customers/:externalUserId', async (ctx) => {
    const member = sessions.require(ctx)
    const before = parse(moment.optional(), ctx.query.before)
    const id = ctx.params.externalUserId as ExternalUserId
    const older = before === undefined ? null : new Date(before)
    ctx.body = views.customer(await deps.viewCustomer(member.staffId, id, older), member)
  })

  router.post('/customers/:externalUserId/sent', async (ctx) => {
    const member = sessions.require(ctx)
    const { what, alertKey = null } = parse(sent, ctx.request.body)
    await deps.giveFeedback.onSent(member.staffId, ctx.params.externalUserId as ExternalUserId, what, alertKey)
    ctx.status = 204
  })

  paymentRoutes(router, deps)
  personLinkRoutes(router, deps)
  shareRoutes(router, deps)
  linkRateRoutes(router, deps)
  customerTabRoutes(router, deps)
  groupChatRoutes(router, deps)

  router.get('/alerts', async (ctx) => {
    const member = sessions.require(ctx)
    const list = parse(scope, ctx.query.scope) === 'team' ? deps.listAlerts.team : deps.listAlerts.mine
    ctx.body = views.inbox(member, await list(member.staffId, parse(filter, ctx.query.filter)))
  })

  router.post('/alerts/:key/feedback', async (ctx) => {
    const member = sessions.require(ctx)
    const { action, reason } = parse(feedback, ctx.request.body)
    const { key } = ctx.params as { key: string }
    ctx.body = views.feedback(await deps.giveFeedback.onAlert(member.staffId, key, action, reason ?? null))
  })

  router.get('/live', (ctx) => {
    const member = sessions.require(ctx)
    deps.liveStreams.open(ctx, member.staffId, () => sessions.isOver(member))
  })

  router.post('/jssdk/signature', async (ctx) => {
    sessions.require(ctx)
    const { kind, url } = parse(signature, ctx.request.body)
    if (!deps.allowedOrigins.includes(new URL(url).origin)) throw new Denied('wrong-origin')
    ctx.body = await deps.pageSignatures.sign(kind, url.replace(/#.*$/s, ''))
  })

  router.get('/content', async (ctx) => {
    const { staffId } = sessions.require(ctx)
    const [items, sentences] = await Promise.all([deps.listMyContent(staffId), deps.proposeSentences(staffId)])
    const body: ContentListView = {
      now: clock.now().getTime(),
      sentences: [...sentences],
      items: items.map(({ id, title, cover, link: url, poster, addedAt }) => ({ id, title, cover, url, poster, addedAt: addedAt.getTime() })),
    }
    ctx.body = body
  })

  router.post('/content', async (ctx) => {
    onlyOperators(sessions, sessions.require(ctx))
    const { title, url = null, markdown = null, cover = null, description } = parse(newContent, ctx.request.body)
    ctx.body = await deps.addContent({ title, url, markdown, cover, ...(description && { description }) })
    ctx.status = 201
  })

  return router
}

function onlyOperators(sessions: Sessions, member: Member): void {
  if (!sessions.isOperator(member)) throw new Denied('operators-only')
}

const noStore: Middleware = async (ctx, next) => {
  ctx.set('cache-control', 'no-store')
  await next()
}

/**
 * What changes something must come from our own pages: cookies alone prove nothing (CSRF). From another site comes only the
 * way back of a sign-in; a customer's page read for somebody else's would count as opened.
 */
function sameOrigin(allowed: readonly string[]): Middleware {
  return async (ctx, next) => {
    const origin = ctx.get('origin')
    const isCrossSite = ctx.get('sec-fetch-site') === 'cross-site'
    const isOurs = origin === '' ? !isCrossSite : allowed.includes(origin)
    const mayRead = !isCrossSite || ctx.path === '/api/session'
    if (ctx.method === 'POST' ? !isOurs : !mayRead) throw new Denied('wrong-origin')
    await next()
  }
}

/** An article in Markdown fits: 200,000 characters of up to three bytes. */
const bodyLimitBytes = 1024 * 1024

const jsonBody = bodyParser({
  enableTypes: ['json'],
  jsonLimit: bodyLimitBytes,
  onError: (error) => {
    if ('status' in error && error.status === 413) throw new BodyTooLarge(bodyLimitBytes)
    throw new BadRequest('the body must be JSON')
  },
})

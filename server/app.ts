import { Router } from '@koa/router'
import Koa, { type Middleware } from 'koa'
import compress from 'koa-compress'
import helmet from 'koa-helmet'
import { answerUnknown } from './http/errors.ts'
import type { Log } from './ports/log.ts'

export interface AppDeps {
  publicUrl: string
  /** Pages that may show ours in a frame besides WeCom's own. */
  allowedOrigins: readonly string[]
  /** How many proxies of ours add to X-Forwarded-For; what stands before their entries is anybody's claim. */
  trustProxy: number
  /** Receivers of POSTed callbacks by their whole path; asked before all else, since no page sees their answers. */
  callbacks: ReadonlyMap<string, Middleware>
  /** Groups of routes; the first that knows a path answers it. */
  routers: readonly Router[]
  /** A callback was answered 503: its sender may not send it again. */
  onNotStored: () => void
  /** Files, asked last, in this order. */
  files: readonly Middleware[]
  log: Log
}

/** WeCom's desktop client shows the sidebar in a frame of its own. Source: contracts of the sidebar; hosts UNCONFIRMED. */
const weComFrames = ['https://*.work.weixin.qq.com', 'https://*.weixin.qq.com']

/** A Koa made from routes, not yet listening. */
export function createApp(deps: AppDeps): Koa {
  const app = new Koa()
  app.proxy = deps.trustProxy > 0
  app.maxIpsCount = deps.trustProxy
  app.silent = true
  app.on('error', (error: unknown) => {
    if (!isClientGone(error) && !isTheirFault(error)) deps.log.error({ err: error }, 'request failed')
  })
  app.use(callbacksFirst(deps))
  app.use(securityHeaders(deps))
  app.use(async (ctx, next) => {
    ctx.cookies.secure = deps.publicUrl.startsWith('https:')
    ctx.set('Permissions-Policy', unused)
    await next()
  })
  app.use(compress({ threshold: 1024, filter: (type) => !type.startsWith('text/event-stream') && /text|json|javascript|svg/.test(type) }))
  app.use(answerUnknown)
  app.use(async (ctx, next) => {
    await next()
    if (ctx.status === 503 && ctx.path.startsWith('/webhooks/')) deps.onNotStored()
  })
  app.use(refuseOtherMethods(deps.routers))
  for (const router of deps.routers) app.use(router.routes()).use(router.allowedMethods())
  for (const file of deps.files) app.use(file)
  return app
}

/** A callback needs no router, no cookie and no header for browsers: its answer is one word to a platform's server. */
function callbacksFirst({ callbacks, onNotStored }: AppDeps): Middleware {
  return async (ctx, next) => {
    const receiver = ctx.method === 'POST' ? callbacks.get(ctx.path) : undefined
    if (!receiver) return next()
    await receiver(ctx, next)
    if (ctx.status === 503) onNotStored()
  }
}

/** A method that no route of ours has is nobody's mistake but the sender's: 405, whatever the path. */
function refuseOtherMethods(routers: readonly Router[]): Middleware {
  const known = new Set(['HEAD', 'OPTIONS', ...routers.flatMap(({ stack }) => stack).flatMap(({ methods }) => methods)])
  return async (ctx, next) => {
    if (known.has(ctx.method)) return next()
    ctx.status = 405
    ctx.set('Allow', [...known].toSorted().join(', '))
  }
}

/** `GET /api/alerts/:key/feedback` of each; HEAD goes where GET goes. */
export function routesOf(routers: readonly Router[]): string[] {
  const layers = routers.flatMap(({ stack }) => stack)
  return layers.flatMap(({ methods, path }) => methods.filter((method) => method !== 'HEAD').map((method) => `${method} ${String(path)}`))
}

/** A page that was closed while we were still streaming to it, or a sender who stops speaking HTTP, is no failure of ours. */
function isClientGone(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE'].includes(code) || code.startsWith('HPE_')
}

/** A path that is none, a body that is not what it says: answered with its status, and no fault of ours to log. */
function isTheirFault(error: unknown): boolean {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' && error.status < 500
}

/** Nothing of a phone that our pages do not use. */
const unused = ['camera', 'geolocation', 'microphone', 'payment', 'usb', 'serial'].map((name) => `${name}=()`).join(', ')

/** One policy for all; the reader page sets its own, with a nonce. */
function securityHeaders({ publicUrl, allowedOrigins }: AppDeps): Middleware {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:', 'https:', 'http:'],
        connectSrc: ["'self'"],
        frameAncestors: ["'self'", ...allowedOrigins, ...weComFrames],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
      },
    },
    frameguard: false,
    crossOriginEmbedderPolicy: false,
    crossOriginOpenerPolicy: false,
    crossOriginResourcePolicy: { policy: 'same-site' },
    hsts: publicUrl.startsWith('https:') ? { maxAge: 15_552_000 } : false,
  }) as unknown as Middleware
}

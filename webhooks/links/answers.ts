import { randomBytes } from 'node:crypto'
import type { Context, Middleware } from 'koa'
import { StoreUnavailable, TooManyRequests } from '../../server/domain/errors.ts'
import { plainPage } from './reader-page.ts'

/**
 * Answers with one of our pages: never cached or indexed, nothing runs but our own nonced script, no address leaks in
 * a Referer, framed by allowed origins only. Returns nothing; `make` gets the nonce. Forms lead to `formTargets`, and on
 * from there (a browser checks redirects too); without any, nowhere.
 */
export function answerPage(
  ctx: Context,
  frameAncestors: readonly string[],
  status: number,
  make: (nonce: string) => string,
  formTargets: readonly string[] = [],
): void {
  const nonce = randomBytes(16).toString('base64url')
  ctx.status = status
  ctx.type = 'html'
  ctx.set('Content-Security-Policy', policy(nonce, frameAncestors, formTargets))
  ctx.remove('X-Frame-Options')
  ctx.body = make(nonce)
}

/** Headers of every answer below /l, redirects included. */
export const guardHeaders: Middleware = async (ctx, next) => {
  ctx.set('Cache-Control', 'no-store')
  ctx.set('Referrer-Policy', 'no-referrer')
  ctx.set('X-Content-Type-Options', 'nosniff')
  ctx.set('X-Robots-Tag', 'noindex')
  await next()
}

/** A store that is away, or too many requests, are said in a sentence, and the page asks again by itself. */
export function answerStoreAway(
  frameAncestors: readonly string[],
  pathAgain: (ctx: Context) => string,
  what = '文章',
): Middleware {
  return async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      if (!(error instanceof StoreUnavailable) && !(error instanceof TooManyRequests)) throw error
      const isBusy = error instanceof TooManyRequests
      const seconds = isBusy ? Math.max(3, error.retryAfterSeconds) : 3
      ctx.set('Retry-After', String(seconds))
      const again = { seconds, path: pathAgain(ctx) }
      const text = isBusy ? `现在打开的人太多，${seconds} 秒后会自动重试。` : `${what}暂时打不开，几秒后会自动重试。`
      answerPage(ctx, frameAncestors, isBusy ? 429 : 503, (nonce) => plainPage({ title: '请稍等一下', text, nonce, again }))
    }
  }
}

/** The slug leads nowhere. */
export function answerNoSuchPage(ctx: Context, frameAncestors: readonly string[]): void {
  const text = '链接可能不完整，或文章已经下架。可以请导购再发一次给您。'
  answerPage(ctx, frameAncestors, 404, (nonce) => plainPage({ title: '没找到这篇文章', text, nonce }))
}

function policy(nonce: string, frameAncestors: readonly string[], formTargets: readonly string[]): string {
  return [
    "default-src 'none'",
    'img-src * data:',
    `style-src 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    'frame-src weixin:', // the bridge of older WeChat versions
    "base-uri 'none'",
    `form-action ${formTargets.length > 0 ? formTargets.join(' ') : "'none'"}`,
    `frame-ancestors 'self' ${frameAncestors.join(' ')}`,
  ].join('; ')
}

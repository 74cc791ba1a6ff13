import type { Middleware } from 'koa'

/**
 * Lets pages of the allowed origins call us and read the answer; any other origin gets no CORS header at all.
 * No credentials: our own ears are opened by a bearer token, never by a cookie.
 */
export function corsFor(allowedOrigins: readonly string[]): Middleware {
  const allowed = new Set(allowedOrigins)
  return async (ctx, next) => {
    ctx.vary('Origin')
    const origin = ctx.get('Origin')
    if (allowed.has(origin)) ctx.set('Access-Control-Allow-Origin', origin)
    if (ctx.method !== 'OPTIONS') return next()
    if (allowed.has(origin)) {
      ctx.set('Access-Control-Allow-Methods', 'POST')
      ctx.set('Access-Control-Allow-Headers', 'Authorization, Content-Type')
      ctx.set('Access-Control-Max-Age', '600')
    }
    ctx.status = 204
  }
}

import { send } from '@koa/send'
import type { Middleware } from 'koa'

const files = new Set(['/beacon.js', '/beacon.mjs'])

/** The built client of the beacon, for pages of any origin: `/beacon.js` by script tag, `/beacon.mjs` as a module (A7). */
export function beaconScript(root: string): Middleware {
  return async (ctx, next) => {
    if (!files.has(ctx.path) || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) return next()
    await send(ctx, ctx.path, { root })
    ctx.type = 'text/javascript'
    ctx.set('cache-control', 'public, max-age=3600')
    ctx.set('access-control-allow-origin', '*')
    ctx.set('cross-origin-resource-policy', 'cross-origin')
  }
}

import { send } from '@koa/send'
import type { Middleware } from 'koa'

/**
 * The built pages under `/sidebar/`. Files with a hash in their name are kept by browsers for a year, the page itself
 * is asked for each time. `/` leads to the sidebar.
 */
export function pages(root: string): Middleware {
  return async (ctx, next) => {
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return next()
    if (ctx.path === '/' || ctx.path === '/sidebar') return ctx.redirect('/sidebar/')
    if (!ctx.path.startsWith('/sidebar/')) return next()
    const file = ctx.path.slice('/sidebar'.length)
    const isAsset = file.startsWith('/assets/')
    try {
      await send(ctx, file, {
        root,
        index: 'index.html',
        setHeaders: (response) =>
          void response.setHeader('cache-control', isAsset ? 'public, max-age=31536000, immutable' : 'no-cache'),
      })
    } catch (error) {
      if (!(error instanceof Error) || !('status' in error) || error.status !== 404) throw error
    }
  }
}

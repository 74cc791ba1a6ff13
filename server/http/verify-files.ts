import type { Middleware } from 'koa'

/**
 * The files by which the consoles of WeCom, the Official Account and the mini-program see that the domain is ours. A
 * console that names an address with a path asks for the file in its last folder, so the folder does not matter.
 */
export function verifyFileRoutes(files: ReadonlyMap<string, string>): Middleware {
  return async (ctx, next) => {
    const content = ctx.method === 'GET' || ctx.method === 'HEAD' ? files.get(ctx.path.slice(ctx.path.lastIndexOf('/') + 1)) : undefined
    if (content === undefined) return next()
    ctx.type = 'text/plain'
    ctx.body = content
  }
}

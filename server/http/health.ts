import { Router } from '@koa/router'

/** `/healthz`: the process answers. `/readyz`: it can store an event; 503 while it cannot or is stopping. */
export function healthRoutes(deps: { ping: () => Promise<void>; isStopping: () => boolean }): Router {
  const router = new Router()
  router.get('/healthz', (ctx) => {
    ctx.body = { status: 'ok' }
  })
  router.get('/readyz', async (ctx) => {
    const ready = !deps.isStopping() && (await deps.ping().then(() => true, () => false))
    ctx.status = ready ? 200 : 503
    ctx.body = { status: ready ? 'ready' : 'not-ready' }
  })
  return router
}

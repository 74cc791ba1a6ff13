import { Router } from '@koa/router'
import { nonceShape } from '../edge/health-proof.ts'

export interface HealthDeps {
  ping: () => Promise<void>
  isStopping: () => boolean
  /** What shows that the server has our settings, for this nonce. */
  prove: (nonce: string) => string
}

/**
 * `/healthz`: the process answers, with `?proof=<nonce>` also as whom. `/readyz`: it can store an event; 503 while it
 * cannot or is stopping.
 */
export function healthRoutes(deps: HealthDeps): Router {
  const router = new Router()
  router.get('/healthz', (ctx) => {
    const nonce = typeof ctx.query.proof === 'string' && nonceShape.test(ctx.query.proof) ? ctx.query.proof : null
    ctx.body = { status: 'ok', ...(nonce === null ? {} : { proof: deps.prove(nonce) }) }
  })
  router.get('/readyz', async (ctx) => {
    const ready = !deps.isStopping() && (await deps.ping().then(() => true, () => false))
    ctx.status = ready ? 200 : 503
    ctx.body = { status: ready ? 'ready' : 'not-ready' }
  })
  return router
}

import { timingSafeEqual, createHash } from 'node:crypto'
import { BlockList, isIPv6 } from 'node:net'
import { Router } from '@koa/router'
import type { Context } from 'koa'

export interface MetricsRouteDeps {
  /** What a scrape gets. */
  text: () => Promise<string>
  /** Whoever asks must bear it; null: only hosts of private networks may ask, and none through a proxy. */
  token: string | null
}

/** `GET /metrics` in Prometheus' text format (I4); 403 for everybody else. No personal data are in it. */
export function metricsRoutes({ text, token }: MetricsRouteDeps): Router {
  const router = new Router()
  router.get('/metrics', async (ctx) => {
    ctx.set('cache-control', 'no-store')
    if (!(token === null ? isNear(ctx) : bears(ctx, token))) {
      ctx.status = 403
      ctx.body = 'forbidden\n'
      return
    }
    ctx.type = 'text/plain; version=0.0.4; charset=utf-8'
    ctx.body = await text()
  })
  return router
}

const near = new BlockList()
for (const [network, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
] as const) {
  near.addSubnet(network, bits, 'ipv4')
}
for (const [network, bits] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  near.addSubnet(network, bits, 'ipv6')

/** What a proxy of ours adds says that the world may be behind it. */
const proxied = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'forwarded', 'x-real-ip', 'via'] as const

function isNear(ctx: Context): boolean {
  if (proxied.some((name) => ctx.get(name) !== '')) return false
  const address = (ctx.req.socket.remoteAddress ?? '').replace(/^::ffff:/, '')
  return address !== '' && near.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

function bears(ctx: Context, token: string): boolean {
  const given = /^Bearer (?<token>\S+)$/i.exec(ctx.get('authorization'))?.groups?.['token'] ?? ''
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(token))
}

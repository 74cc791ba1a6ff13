import type { RouterContext } from '@koa/router'
import type { Middleware } from 'koa'
import { StoreUnavailable } from '../../server/domain/errors.ts'
import { sizeInName } from '../../server/domain/picture.ts'
import type { Pictures } from '../../server/ports/pictures.ts'
import { within } from '../within.ts'
import type { Copy } from './arrivals.ts'

/** A poster as it is planned and painted. */
export interface Posters {
  /** null: the copy belongs to nobody. */
  plan(copy: Copy): Promise<{ id: string } | null>
  draw(plan: { id: string }): Promise<{ png: Uint8Array; isWhole: boolean }>
}

const storeMs = 3_000
/** Planning may ask WeCom for a code; a poster without one is better than none. */
const planMs = 8_000
const forEver = 'public, max-age=31536000, immutable'

/** `GET /pictures/:name`: never changed under its name, so that a phone asks once. */
export function servePicture({ pictures }: { pictures: Pictures }): Middleware {
  return async (ctx) => {
    const { name } = (ctx as RouterContext).params as { name: string }
    const find = () => within(storeMs, pictures.get(name), () => new StoreUnavailable())
    const found = sizeInName(name) ? await find() : null
    if (!found) return void (ctx.status = 404)
    ctx.type = found.type
    ctx.set('Cache-Control', forEver)
    ctx.set('X-Content-Type-Options', 'nosniff')
    ctx.set('Content-Security-Policy', "default-src 'none'")
    ctx.body = Buffer.from(found.bytes)
  }
}

/**
 * `GET /l/:slug/poster` leads to `/l/:slug/poster/<id>.png`, whose address changes with what it shows and which is kept
 * for ever. null: no such poster.
 */
export async function servePoster(ctx: RouterContext, posters: Posters, copy: Copy): Promise<boolean> {
  const plan = await within(planMs, posters.plan(copy), () => new StoreUnavailable())
  if (!plan) return false
  const { file } = ctx.params as { file?: string }
  if (file !== `${plan.id}.png`) {
    ctx.redirect(`/l/${copy.link.slug}/poster/${plan.id}.png`)
    return true
  }
  const { png, isWhole } = await posters.draw(plan)
  ctx.body = Buffer.from(png)
  ctx.type = 'png'
  if (isWhole) ctx.set('Cache-Control', forEver)
  return true
}

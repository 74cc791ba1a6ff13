import { createHmac, randomBytes } from 'node:crypto'
import type { Context } from 'koa'
import { StoreUnavailable } from '../../server/domain/errors.ts'
import type { AnonymousWhy } from '../../server/domain/share-chain.ts'
import type { Clock } from '../../server/ports/clock.ts'
import type { ContentLink, Shares } from '../../server/ports/content.ts'
import { within } from '../within.ts'
import { navigates } from './visitor.ts'

export interface CountAnonymousDeps {
  shares: Pick<Shares, 'noteAnonymous'>
  clock: Clock
}

/** One browser counts once in that time for one copy, however often it reloads. */
const onceInMs = 24 * 3600_000
const mostRemembered = 20_000
const storeMs = 1_000

/**
 * Counts an opening that names nobody (A5): one number more for this copy, and nothing stored or set about whoever it was,
 * no cookie either. That a browser was counted, this process remembers for a day as a hash under a key that it throws
 * away; so the number is a little high with several processes, and a little low behind one address. Staff, robots,
 * previews and prefetches are no openings. A page is shown whether the number could be kept or not.
 */
export function createCountAnonymous({ shares, clock }: CountAnonymousDeps) {
  let began = 0
  let key = randomBytes(16)
  const counted = new Set<string>()

  /** Whether this browser opens this copy for the first time today. */
  function isNew(ctx: Context, slug: string): boolean {
    const now = clock.now().getTime()
    if (now - began >= onceInMs || counted.size >= mostRemembered) {
      began = now
      key = randomBytes(16)
      counted.clear()
    }
    const print = createHmac('sha256', key).update(JSON.stringify([ctx.ip, ctx.get('User-Agent'), slug])).digest('base64url')
    const before = counted.size
    return counted.add(print).size > before
  }

  return async function countAnonymous(ctx: Context, { contentId, slug }: ContentLink, why: AnonymousWhy): Promise<void> {
    if (!navigates(ctx) || !isNew(ctx, slug)) return
    try {
      await within(storeMs, shares.noteAnonymous({ contentId, slug, why, at: clock.now() }), () => new StoreUnavailable())
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error
    }
  }
}

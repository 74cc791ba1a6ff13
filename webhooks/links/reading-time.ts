import type { RouterContext } from '@koa/router'
import { z } from 'zod'
import type { Config } from '../../config/load.ts'
import { BadRequest, StoreUnavailable } from '../../server/domain/errors.ts'
import type { AppId, OpenId } from '../../server/domain/ids.ts'
import type { RateLimits } from '../../server/edge/rate-limits.ts'
import type { Clock } from '../../server/ports/clock.ts'
import type { ContentLibrary } from '../../server/ports/content.ts'
import type { Inbox } from '../../server/ports/inbox.ts'
import type { Consent } from '../consent.ts'
import { jsonOf, refuse } from '../json-answers.ts'
import { readBody } from '../raw-body.ts'
import { signerFor } from '../../server/edge/signed.ts'
import { within } from '../within.ts'
import type { Arrival, Copy } from './arrivals.ts'
import { linksDelivery } from './deliveries.ts'
import { createSections } from './sections.ts'
import { keyOf, type Visitor } from './visitor.ts'

/** One a minute for as long as a visit is good. */
const mostParts = 720

const visit = z.object({
  arrival: z.string(),
  slug: z.string(),
  contentId: z.string(),
  title: z.string(),
  appId: z.string(),
  openId: z.string(),
  at: z.number(),
})

/**
 * Body of `POST /l/:slug/read`; `part` counts the reports of one visit, `seconds` since the one before. `section` is the
 * place of the last heading that was seen, `after` the seconds from the page's beginning to its last moment of reading:
 * what is sent later than it happened keeps its time.
 */
const report = z.object({
  visit: z.string().max(4_096),
  part: z.int().min(0).max(mostParts - 1),
  seconds: z.number().min(0),
  percent: z.number().min(0).max(100),
  section: z.int().min(0).max(999).nullish(),
  after: z.number().min(0).optional(),
})

const reportLimits = { limitBytes: 8 * 1024, timeoutMs: 5_000 }
const visitMs = 12 * 3600_000
const mostSeconds = 30 * 60
/** What clocks and networks may differ by. */
const graceSeconds = 5
const storeMs = 3_000

/** Adds the time spent to an arrival that the server recorded itself. */
export function readingTime(deps: {
  config: Pick<Config, 'sessionSecret'>
  inbox: Inbox
  content: Pick<ContentLibrary, 'get'>
  limits: RateLimits
  consent: Consent
  clock: Clock
}) {
  const { inbox, limits, consent, clock } = deps
  const signer = signerFor(deps.config.sessionSecret, 'links-visit', visit)
  const sectionAt = createSections(deps)
  return {
    /** What the page shows when it reports: which arrival of whom it is. */
    ticket({ link, content }: Copy, { appId, openId }: Visitor, { id }: Arrival): string {
      const at = clock.now().getTime()
      const { slug } = link
      const value = { arrival: id, slug, contentId: content.id, title: content.title, appId, openId, at }
      return signer.seal(value, new Date(at + visitMs))
    },

    /** Takes one report; nobody can have read for longer than has passed since the arrival. */
    async take(ctx: RouterContext): Promise<void> {
      const { data } = report.safeParse(jsonOf(await readBody(ctx.req, reportLimits)))
      if (!data) throw new BadRequest('body must be { visit, part, seconds, percent, section?, after? }')
      const now = clock.now()
      const found = signer.open(data.visit, now)
      if (!found || found.slug !== ctx.params.slug) return refuse(ctx, 401, 'bad-visit', '这次阅读的凭证无效或已过期。')
      limits.check('links-read', found.arrival)
      ctx.status = 204
      const after = Math.min(data.after ?? Infinity, (now.getTime() - found.at) / 1000)
      const seconds = Math.floor(Math.min(data.seconds, after + graceSeconds, mostSeconds))
      if (seconds < 1) return
      const { arrival, contentId, title } = found
      const who = { appId: found.appId as AppId, openId: found.openId as OpenId }
      if ((await consent.standing('links', keyOf(who))) !== 'may') return
      const section = await within(storeMs, sectionAt(contentId, data.section ?? null), () => new StoreUnavailable())
      const about = { arrival, part: data.part, contentId, title, ...who, at: found.at + Math.round(after * 1000), ...(section && { section }) }
      const delivery = linksDelivery(who.appId, { kind: 'read', ...about, seconds, percent: Math.round(data.percent) })
      await within(storeMs, inbox.accept([delivery]), () => new StoreUnavailable())
    },
  }
}

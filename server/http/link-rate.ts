import type { Router } from '@koa/router'
import { Denied } from '../domain/errors.ts'
import type { ExternalUserId } from '../domain/ids.ts'
import { percentOf, unlinkedReasons, type LinkRate } from '../domain/link-state.ts'
import { cardFor, memberWords, reasonWords, wayWords, type MiniProgramCard } from '../domain/link-words.ts'
import type { Clock } from '../ports/clock.ts'
import type { LinkRates } from '../ports/link-rates.ts'
import type { FindLinkWay } from '../usecases/find-link-way.ts'
import type { LinkRateView, LinkReasonView, LinkWayView } from './contract.ts'
import type { Sessions } from './session.ts'

export interface LinkRateRoutesDeps {
  sessions: Sessions
  linkRates: Pick<LinkRates, 'kept'>
  findLinkWay: FindLinkWay
  /** The card that a member sends; null: none is configured. */
  miniProgramCard: MiniProgramCard | null
  clock: Clock
}

/** Nights that the page shows. */
const nights = 30

/** How many of our people are linked, for operators, and the way for one customer, for who serves them (C3). */
export function linkRateRoutes(router: Router, { sessions, linkRates, findLinkWay, miniProgramCard, clock }: LinkRateRoutesDeps): void {
  const now = () => clock.now().getTime()

  router.get('/operator/link-rate', async (ctx) => {
    if (!sessions.isOperator(sessions.require(ctx))) throw new Denied('operators-only')
    const kept = await linkRates.kept(nights)
    const [last] = kept
    const body: LinkRateView = {
      now: now(),
      last: last ? { at: last.at.getTime(), people: last.people, linked: last.linked, percent: percentOf(last), paused: last.paused, snapshots: last.snapshots } : null,
      reasons: last ? reasonsOf(last) : [],
      nights: kept.map((rate) => ({ day: rate.day, people: rate.people, linked: rate.linked, percent: percentOf(rate) })),
    }
    ctx.body = body
  })

  router.get('/customers/:externalUserId/link-way', async (ctx) => {
    const { staffId } = sessions.require(ctx)
    const found = await findLinkWay(staffId, ctx.params.externalUserId as ExternalUserId)
    const body: LinkWayView = { now: now(), way: null }
    if (found) {
      const words = memberWords(found.way, miniProgramCard !== null)
      body.way = { reason: found.reason, text: words.zh, english: words.en, send: cardFor(found.way, miniProgramCard), article: found.way !== 'bind' }
    }
    ctx.body = body
  })
}

/** Reasons that somebody has, most people first. */
export function reasonsOf({ reasons }: Pick<LinkRate, 'reasons'>): LinkReasonView[] {
  return unlinkedReasons
    .filter((reason) => reasons[reason] > 0)
    .map((reason) => {
      const { zh, en, way } = reasonWords[reason]
      const how = wayWords[way]
      return { reason, count: reasons[reason], text: zh, english: en, way, wayText: how.zh, wayEnglish: how.en, guide: how.guide ? '6' : null }
    })
    .toSorted((a, b) => b.count - a.count)
}

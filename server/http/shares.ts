import type { Router } from '@koa/router'
import { Denied } from '../domain/errors.ts'
import type { ExternalUserId } from '../domain/ids.ts'
import type { Chain } from '../domain/share-chain.ts'
import type { Clock } from '../ports/clock.ts'
import type { ArticleChain, SeeShares } from '../usecases/see-shares.ts'
import type { ChainView, CustomerSharesView, MemberSharesView, ShareChainsView } from './contract.ts'
import type { Sessions } from './session.ts'

export interface ShareRoutesDeps {
  sessions: Sessions
  seeShares: SeeShares
  clock: Clock
}

/** An article's line names so many sharers, and counts the others. */
const mostNamed = 3

/** Share chains (A6): members see counts about their own customers, operators see totals; domain/share-sight.ts has the rule. */
export function shareRoutes(router: Router, { sessions, seeShares, clock }: ShareRoutesDeps): void {
  const now = () => clock.now().getTime()

  router.get('/shares', async (ctx) => {
    const articles = await seeShares.ofMember(sessions.require(ctx).staffId)
    const body: MemberSharesView = {
      now: now(),
      articles: articles.map(({ contentId, sharers }) => ({
        contentId,
        sharers: sharers.slice(0, mostNamed).map(({ externalUserId, ...rest }) => ({ customerId: externalUserId, ...rest })),
        more: Math.max(0, sharers.length - mostNamed),
      })),
    }
    ctx.body = body
  })

  router.get('/customers/:externalUserId/shares', async (ctx) => {
    const { staffId } = sessions.require(ctx)
    const articles = await seeShares.ofCustomer(staffId, ctx.params.externalUserId as ExternalUserId)
    const body: CustomerSharesView = { now: now(), articles: [...articles] }
    ctx.body = body
  })

  router.get('/operator/shares', async (ctx) => {
    if (!sessions.isOperator(sessions.require(ctx))) throw new Denied('operators-only')
    const articles = await seeShares.ofArticles()
    const body: ShareChainsView = {
      now: now(),
      articles: articles.map(({ content: { id, title, addedAt }, whole, countedAt, copies }) => ({
        id,
        title,
        addedAt: addedAt.getTime(),
        countedAt: countedAt.getTime(),
        whole: chainView(whole),
        copies: copies.map(({ staffId, name, chain }) => ({ staff: staffId, name, chain: chainView(chain) })),
      })),
      members: membersOf(articles),
    }
    ctx.body = body
  })
}

function chainView({ reach, depth, levels, sharers, shares, friends, contacts, anonymous }: Chain): ChainView {
  return { reach, depth, levels: [...levels], sharers, shares, friends, contacts, anonymous: { ...anonymous } }
}

/** Sums over articles: who read two of them counts twice, so these are readings and not people. */
function membersOf(articles: readonly ArticleChain[]): ShareChainsView['members'] {
  const members = new Map<string | null, ShareChainsView['members'][number]>()
  for (const { copies } of articles) {
    for (const { staffId, name, chain } of copies) {
      const sum = members.get(staffId) ?? { staff: staffId, name, articles: 0, readings: 0, shares: 0, friends: 0, contacts: 0, deepest: 0 }
      members.set(staffId, {
        ...sum,
        articles: sum.articles + 1,
        readings: sum.readings + chain.reach.all,
        shares: sum.shares + chain.shares,
        friends: sum.friends + chain.friends.all,
        contacts: sum.contacts + chain.contacts,
        deepest: Math.max(sum.deepest, chain.depth),
      })
    }
  }
  return [...members.values()].toSorted((a, b) => b.readings - a.readings || ((a.name ?? '') < (b.name ?? '') ? -1 : 1))
}

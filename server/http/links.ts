import type { Router, RouterContext } from '@koa/router'
import { Denied } from '../domain/errors.ts'
import type { ExternalUserId, JoinId } from '../domain/ids.ts'
import type { Join } from '../domain/person.ts'
import type { Clock } from '../ports/clock.ts'
import type { JoinChange } from '../ports/people.ts'
import type { UndoJoin } from '../usecases/undo-join.ts'
import type { JoinChangedView, JoinListView, JoinView } from './contract.ts'
import type { Sessions } from './session.ts'

export interface LinkRoutesDeps {
  sessions: Sessions
  undoJoin: UndoJoin
  clock: Clock
}

/** Operators see why identities count as one person, and can take a join back or let it stand again (C1). */
export function personLinkRoutes(router: Router, { sessions, undoJoin, clock }: LinkRoutesDeps): void {
  const onlyOperators = (ctx: RouterContext) => {
    if (!sessions.isOperator(sessions.require(ctx))) throw new Denied('operators-only')
  }

  router.get('/customers/:externalUserId/links', async (ctx) => {
    onlyOperators(ctx)
    const joins = await undoJoin.joinsOfContact(ctx.params.externalUserId as ExternalUserId)
    const body: JoinListView = { now: clock.now().getTime(), joins: joins.map(joinView) }
    ctx.body = body
  })

  router.post('/links/:joinId/undo', async (ctx) => {
    onlyOperators(ctx)
    ctx.body = changedView(await undoJoin.undo(ctx.params.joinId as JoinId))
  })

  router.post('/links/:joinId/redo', async (ctx) => {
    onlyOperators(ctx)
    ctx.body = changedView(await undoJoin.redo(ctx.params.joinId as JoinId))
  })
}

function joinView({ id, a, b, evidence, at, undone }: Join): JoinView {
  const { by, appId = null } = evidence
  return { id, a, b, by, appId, at: at.getTime(), undone: undone?.getTime() ?? null }
}

function changedView({ changed, persons }: JoinChange): JoinChangedView {
  return { changed, persons: persons.map(({ identities }) => identities.map(({ key }) => key)) }
}

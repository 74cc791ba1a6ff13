import type { Router, RouterContext } from '@koa/router'
import { Denied } from '../domain/errors.ts'
import type { ExternalUserId, JoinId } from '../domain/ids.ts'
import { conflictWords, evidenceWords, identityWords, type AppNames } from '../domain/join-words.ts'
import type { Join } from '../domain/person.ts'
import type { Clock } from '../ports/clock.ts'
import type { JoinChange } from '../ports/people.ts'
import type { UndoJoin } from '../usecases/undo-join.ts'
import type { JoinChangedView, JoinListView, JoinView } from './contract.ts'
import type { Sessions } from './session.ts'

export interface LinkRoutesDeps {
  sessions: Sessions
  undoJoin: UndoJoin
  /** Names of the brand's apps, for words. */
  appNames: AppNames
  clock: Clock
}

/** Operators see why identities count as one person, and can take a join back or let it stand again (C1). */
export function personLinkRoutes(router: Router, { sessions, undoJoin, appNames, clock }: LinkRoutesDeps): void {
  const onlyOperators = (ctx: RouterContext) => {
    if (!sessions.isOperator(sessions.require(ctx))) throw new Denied('operators-only')
  }

  router.get('/customers/:externalUserId/links', async (ctx) => {
    onlyOperators(ctx)
    const id = ctx.params.externalUserId as ExternalUserId
    const [joins, conflicts] = await Promise.all([undoJoin.joinsOfContact(id), undoJoin.conflictsOfContact(id)])
    const body: JoinListView = {
      now: clock.now().getTime(),
      joins: joins.map((join) => joinView(join, appNames)),
      conflicts: conflicts.map(({ at, number, holds }) => ({ at: at.getTime(), text: conflictWords(number, holds) })),
    }
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

function joinView({ id, a, b, evidence, at, undone }: Join, apps: AppNames): JoinView {
  const { by, appId = null } = evidence
  const text = `${identityWords(a, apps)} = ${identityWords(b, apps)}`
  const because = evidenceWords(evidence, apps)
  return { id, a, b, by, appId, text, because, at: at.getTime(), undone: undone?.getTime() ?? null }
}

function changedView({ changed, persons }: JoinChange): JoinChangedView {
  return { changed, persons: persons.map(({ identities }) => identities.map(({ key }) => key)) }
}

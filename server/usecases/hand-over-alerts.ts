import { unsentStates } from '../domain/alert.ts'
import { ownerOf, type OwnerRule } from '../domain/person.ts'
import type { Clock } from '../ports/clock.ts'
import type { Live } from '../ports/live.ts'
import type { Alerts } from '../ports/outbox.ts'
import type { ContactChange } from './update-contact.ts'

export type HandOverAlerts = ReturnType<typeof createHandOverAlerts>

const mostOpenAlerts = 500

/** When a customer's owner changes, what has not rung yet moves to the heir; with nobody left it is retracted (E5). */
export function createHandOverAlerts(deps: { alerts: Alerts; live: Live; ownerRule: OwnerRule; clock: Clock }) {
  const { alerts, live, ownerRule, clock } = deps

  return async function handOverAlerts(changes: readonly ContactChange[]): Promise<void> {
    for (const { before, after } of changes) {
      const owner = ownerOf(after, ownerRule)
      const former = before ? ownerOf(before, ownerRule) : null
      if (former === null || former.staffId === owner?.staffId) continue
      const at = clock.now()
      for (const alert of await alerts.about(after.externalUserId, unsentStates, mostOpenAlerts)) {
        if (alert.owner === owner?.staffId) continue
        const state = owner ? ('queued' as const) : ('retracted' as const)
        const to = { state, at, reason: owner ? 'handed-over' : 'nobody-follows' }
        const moved = await alerts.change(alert.key, unsentStates, to, owner ? { owner: owner.staffId } : {})
        const people = [alert.owner, ...(owner ? [owner.staffId] : [])]
        if (moved) await live.publish(people.map((staffId) => ({ staffId, kind: 'alert-changed', subject: alert.key })))
      }
    }
  }
}

import { openStates } from '../domain/alert.ts'
import { isPaidBy, isPayment } from '../domain/alert-life.ts'
import type { CustomerEvent } from '../domain/event.ts'
import { identityKey, type ExternalUserId, type IdentityKey } from '../domain/ids.ts'
import type { Person } from '../domain/person.ts'
import type { Alerts } from '../ports/outbox.ts'
import { externalOf } from './link-identities.ts'
import type { RetractAlerts } from './retract-alerts.ts'

export type ClosePaidAlerts = ReturnType<typeof createClosePaidAlerts>

const mostOpenAlerts = 500

/** An order paid closes the open alerts about its items: nobody is asked to sell what was just bought (E3). */
export function createClosePaidAlerts(deps: { alerts: Alerts; retractAlerts: RetractAlerts }) {
  const { alerts, retractAlerts } = deps

  return async function closePaidAlerts(
    events: readonly CustomerEvent[],
    persons: ReadonlyMap<IdentityKey, Person>,
  ): Promise<void> {
    for (const event of events) {
      if (!isPayment(event)) continue
      const person = persons.get(identityKey(event.who))
      const external = person ? externalOf(person) : null
      if (!external) continue
      const open = await alerts.about(external as ExternalUserId, openStates, mostOpenAlerts)
      await retractAlerts(open.filter((alert) => isPaidBy(alert, event)), 'paid')
    }
  }
}

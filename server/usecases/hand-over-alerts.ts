import { unsentStates, type Alert } from '../domain/alert.ts'
import { followsNow, ownerOf, type Contact, type OwnerRule } from '../domain/person.ts'
import type { Clock } from '../ports/clock.ts'
import type { Live } from '../ports/live.ts'
import type { Alerts } from '../ports/outbox.ts'

export type HandOverAlerts = ReturnType<typeof createHandOverAlerts>

const mostOpenAlerts = 500

/**
 * What has not rung yet belongs to whoever owns the customer now: it moves to the heir, and with nobody left it is
 * retracted. Looks only at how things are, so that a crash after a change of owners loses nothing.
 */
export function createHandOverAlerts(deps: { alerts: Alerts; live: Live; ownerRule: OwnerRule; clock: Clock }) {
  const { alerts, live, ownerRule, clock } = deps

  return async function handOverAlerts(contacts: readonly Contact[]): Promise<void> {
    for (const contact of contacts) {
      const owner = ownerOf(contact, ownerRule)
      const unsent = await alerts.about(contact.externalUserId, unsentStates, mostOpenAlerts)
      for (const alert of unsent) {
        if (belongsTo(alert, contact, owner?.staffId)) continue
        const to = owner
          ? { state: 'queued' as const, at: clock.now(), reason: 'handed-over' }
          : { state: 'retracted' as const, at: clock.now(), reason: 'nobody-follows' }
        const moved = await alerts.change(alert.key, unsentStates, to, owner ? { owner: owner.staffId } : {})
        const people = [alert.owner, ...(owner ? [owner.staffId] : [])]
        if (moved) await live.publish(people.map((staffId) => ({ staffId, kind: 'alert-changed', subject: alert.key })))
      }
    }
  }
}

/** A briefing is for the member who added the customer, as long as she has them, whoever else owns them. */
function belongsTo(alert: Alert, contact: Contact, owner: string | undefined): boolean {
  if (alert.owner === owner) return true
  return alert.rule === 'briefing' && followsNow(contact, alert.owner)
}

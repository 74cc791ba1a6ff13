import { openStates, unsentStates, type Alert } from '../domain/alert.ts'
import { waitsAs } from '../domain/alert-life.ts'
import { addressFor, type AlertWording } from '../domain/decide-alert.ts'
import { followsNow, ownerOf, type Contact, type Follow, type OwnerRule } from '../domain/person.ts'
import { reminderRule } from '../domain/reminder-alert.ts'
import { causeKeyOf } from '../domain/signal.ts'
import type { Clock } from '../ports/clock.ts'
import type { Live } from '../ports/live.ts'
import type { Alerts, Messages } from '../ports/outbox.ts'
import type { StaffDirectory } from '../ports/staff.ts'
import type { Timeline } from '../ports/timeline.ts'
import type { RetractAlerts } from './retract-alerts.ts'

export interface HandOverAlertsDeps {
  alerts: Alerts
  messages: Messages
  timeline: Timeline
  staffDirectory: StaffDirectory
  retractAlerts: RetractAlerts
  live: Live
  wording: AlertWording
  ownerRule: OwnerRule
  clock: Clock
}

export type HandOverAlerts = ReturnType<typeof createHandOverAlerts>

const mostOpenAlerts = 500
const stillToRing = [...unsentStates, 'merged'] as const

/**
 * What has not rung yet belongs to whoever owns the customer now: it moves to the heir, in the heir's words. What has
 * rung ends for a member who lost the customer; with nobody left everything ends. Looks only at how things are, so that
 * a crash after a change of owners loses nothing.
 */
export function createHandOverAlerts(deps: HandOverAlertsDeps) {
  const { alerts, messages, timeline, staffDirectory, retractAlerts, live, wording, ownerRule, clock } = deps

  async function handOver(alert: Alert, contact: Contact, owner: Follow | null): Promise<void> {
    if (belongsTo(alert, contact, owner?.staffId)) return
    if (owner && (await isStillToRing(alert))) await pass(alert, contact, owner)
    else if (!followsNow(contact, alert.owner)) await retractAlerts([alert], owner ? 'handed-over' : 'nobody-follows')
  }

  /** A frozen message that still waits can be kept back: whoever sends asks whose the alert is. */
  async function isStillToRing(alert: Alert): Promise<boolean> {
    if (alert.state !== 'merged') return unsentStates.includes(alert.state)
    const message = alert.messageId ? await messages.get(alert.messageId) : null
    return message === null || message.state === 'waiting'
  }

  async function pass(alert: Alert, contact: Contact, owner: Follow): Promise<void> {
    const to = { state: waitsAs(alert, 'queued'), at: clock.now(), reason: 'handed-over' }
    const words = await wordsFor(alert, contact, owner)
    const patch = { owner: owner.staffId, dueAt: null, messageId: null, ...words }
    const moved = await alerts.change(alert.key, stillToRing, to, patch)
    const people = [alert.owner, owner.staffId]
    if (moved) await live.publish(people.map((staffId) => ({ staffId, kind: 'alert-changed', subject: alert.key })))
  }

  /** A briefing is about many things: its sentences name none of them. */
  async function wordsFor(alert: Alert, contact: Contact, owner: Follow) {
    const { rule } = alert
    const [events, staff] = await Promise.all([
      rule === 'briefing' || rule === reminderRule ? [] : timeline.byKeys([causeKeyOf(alert)]),
      staffDirectory.get(owner.staffId),
    ])
    const cause = events[0] ?? null
    return addressFor({ contact, owner, staffName: staff?.name ?? null, rule, cause, now: clock.now() }, wording)
  }

  return async function handOverAlerts(contacts: readonly Contact[]): Promise<void> {
    const ids = contacts.map(({ externalUserId }) => externalUserId)
    const concerned = ids.length > 0 ? await alerts.haveAlerts(ids, openStates) : new Set()
    for (const contact of contacts) {
      if (!concerned.has(contact.externalUserId)) continue
      const owner = ownerOf(contact, ownerRule)
      const open = await alerts.about(contact.externalUserId, openStates, mostOpenAlerts)
      for (const alert of open) await handOver(alert, contact, owner)
    }
  }
}

/** A briefing is for the member who added the customer, a reminder for who set it, as long as she has them, whoever else owns them. */
function belongsTo(alert: Alert, contact: Contact, owner: string | undefined): boolean {
  if (alert.owner === owner) return true
  return (alert.rule === 'briefing' || alert.rule === reminderRule) && followsNow(contact, alert.owner)
}

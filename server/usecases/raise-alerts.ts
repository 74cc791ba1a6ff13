import type { Alert } from '../domain/alert.ts'
import { decideAlert, type AlertWording } from '../domain/decide-alert.ts'
import type { CustomerEvent } from '../domain/event.ts'
import { identityKey, type ExternalUserId, type IdentityKey } from '../domain/ids.ts'
import type { Signal } from '../domain/memory.ts'
import { ownerOf, type Contact, type OwnerRule } from '../domain/person.ts'
import type { Rule } from '../domain/rule.ts'
import type { Briefing, Briefings } from '../ports/briefings.ts'
import type { Clock } from '../ports/clock.ts'
import type { Contacts } from '../ports/contacts.ts'
import type { Live } from '../ports/live.ts'
import type { Alerts } from '../ports/outbox.ts'
import type { Signals, StoredSignal } from '../ports/signals.ts'
import type { StaffDirectory } from '../ports/staff.ts'
import type { Timeline } from '../ports/timeline.ts'
import { externalOf } from './link-identities.ts'
import { identitiesOf, type SettleTurns, type Turn } from './remember-events.ts'
import type { RetractAlerts } from './retract-alerts.ts'

export interface RaiseAlertsDeps {
  alerts: Alerts
  signals: Signals
  contacts: Contacts
  briefings: Briefings
  timeline: Timeline
  staffDirectory: StaffDirectory
  live: Live
  retractAlerts: RetractAlerts
  rules: readonly Rule[]
  wording: AlertWording
  ownerRule: OwnerRule
  clock: Clock
}

export type RaiseAlerts = SettleTurns

/** Events shown beside the cause as further evidence. */
const recentEvents = 30

/** Who is told about a person, and what they were told already. */
interface Audience {
  contact: Contact
  told: readonly Briefing[]
  recent: readonly CustomerEvent[]
}

/**
 * What has become true is stored and, where somebody follows the customer, becomes an alert; what no longer stands is
 * taken back (E1, E2, B3). Same signals again change nothing.
 */
export function createRaiseAlerts(deps: RaiseAlertsDeps): SettleTurns {
  const { alerts, signals, contacts, briefings, timeline, staffDirectory, live, retractAlerts, ownerRule, clock } = deps
  const rules = new Map(deps.rules.map((rule) => [rule.id, rule]))

  async function audienceOf({ person }: Turn): Promise<Audience | null> {
    const id = externalOf(person) as ExternalUserId | null
    const contact = id ? await contacts.get(id) : null
    if (!id || !contact) return null
    const [told, recent] = await Promise.all([briefings.of(id), timeline.of(identitiesOf(person), { limit: recentEvents })])
    return { contact, told, recent }
  }

  async function decide(signal: Signal, audience: Audience | null, causes: readonly CustomerEvent[]) {
    const rule = rules.get(signal.rule)
    if (!audience || !rule) return { alert: null, because: 'nobody-follows' as const }
    const { contact, told, recent } = audience
    const owner = ownerOf(contact, ownerRule)
    const staffName = owner ? ((await staffDirectory.get(owner.staffId))?.name ?? null) : null
    const ownerSince = owner?.since ?? new Date(0)
    const events = [...new Map([...recent, ...causes].map((event) => [event.key, event])).values()]
    const question = { contact, owner, ownerSince, staffName, signal, rule, events, told, now: clock.now() }
    return decideAlert(question, deps.wording)
  }

  async function raise(turn: Turn): Promise<{ alerts: Alert[]; stored: StoredSignal[] }> {
    const audience = await audienceOf(turn)
    const keys = turn.raised.flatMap((signal) => [signal.causeKey, ...signal.eventKeys])
    const causes = await timeline.byKeys([...new Set(keys)])
    const whose = new Map(causes.map((event) => [event.key, identityKey(event.who)]))
    const made: Alert[] = []
    const stored: StoredSignal[] = []
    for (const signal of turn.raised) {
      const decision = await decide(signal, audience, causes)
      if (decision.alert) made.push(ready(decision.alert))
      const because = decision.alert ? 'alerted' : decision.because
      const identity = whose.get(signal.causeKey) ?? (turn.person.identities[0]?.key as IdentityKey)
      stored.push({ ...signal, identity, standing: true, because })
    }
    return { alerts: made, stored }
  }

  async function fall(turn: Turn): Promise<StoredSignal[]> {
    const fallen = await alerts.many(turn.fallen.map((signal) => signal.key))
    await retractAlerts(fallen, 'no-longer-true')
    return turn.fallen.map((signal) => ({ ...signal, standing: false, because: 'no-longer-true' }))
  }

  return async function raiseAlerts(turns): Promise<void> {
    const moved = turns.filter(({ raised, fallen }) => raised.length + fallen.length > 0)
    if (moved.length === 0) return
    const raised = await Promise.all(moved.map(raise))
    const made = raised.flatMap((one) => one.alerts)
    const stored = new Set(made.length > 0 ? await alerts.put(made) : [])
    const fallen = await Promise.all(moved.map(fall))
    await signals.put([...raised.flatMap((one) => one.stored), ...fallen.flat()])
    const news = made.filter(({ key }) => stored.has(key))
    await live.publish(news.map(({ owner, key }) => ({ staffId: owner, kind: 'alert' as const, subject: key })))
  }
}

/** What came too late to ring is held without end: it joins the next message about its customer. */
function ready(alert: Alert): Alert {
  if (alert.rings) return alert
  return { ...alert, state: 'held', history: [...alert.history, { state: 'held', at: alert.raisedAt, reason: 'too-old-to-ring' }] }
}

import type { Alert, AlertState } from '../domain/alert.ts'
import { isPaidBy } from '../domain/alert-life.ts'
import { decideAlert, type AlertWording } from '../domain/decide-alert.ts'
import type { CustomerEvent } from '../domain/event.ts'
import { recentMs } from '../domain/evidence.ts'
import { identityKey, type ExternalUserId, type IdentityKey, type PersonId } from '../domain/ids.ts'
import type { Signal } from '../domain/memory.ts'
import { ownedSince, ownerOf, type Contact, type Follow, type OwnerRule, type Person } from '../domain/person.ts'
import { longestWindowMs, type Rule } from '../domain/rule.ts'
import type { Briefing, Briefings } from '../ports/briefings.ts'
import type { Clock } from '../ports/clock.ts'
import type { Contacts } from '../ports/contacts.ts'
import type { Live } from '../ports/live.ts'
import type { Alerts } from '../ports/outbox.ts'
import type { Signals, StoredSignal } from '../ports/signals.ts'
import type { StaffDirectory } from '../ports/staff.ts'
import type { Timeline } from '../ports/timeline.ts'
import { inParallelToTheEnd } from './in-parallel.ts'
import { externalOf } from './link-identities.ts'
import { identitiesOf, type Turn } from './remember-events.ts'
import type { KnowRecording } from './recording.ts'
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
  recording: Pick<KnowRecording, 'pausedAmong'>
  rules: readonly Rule[]
  wording: AlertWording
  ownerRule: OwnerRule
  clock: Clock
}

export type RaiseAlerts = (turns: readonly Turn[], inHand?: InHand) => Promise<void>

/** What a batch brings along, so that it is not asked for. */
export interface InHand {
  /** When the event behind each key arrived; what is not among them is heard of only now. */
  arrivals: Arrivals
  contacts: Pick<Contacts, 'many'>
  events: readonly CustomerEvent[]
}

export type Arrivals = ReadonlyMap<string, Date>

/** Events shown beside the cause as further evidence. */
const recentEvents = 30

/** Who is told about a person, and what they were told already. */
interface Audience {
  contact: Contact
  owner: Follow | null
  staffName: string | null
  told: readonly Briefing[]
  recent: readonly CustomerEvent[]
}

/**
 * What has become true is stored and, where somebody follows the customer, becomes an alert; what no longer stands is
 * taken back (E1, E2, B3). Same signals again change nothing.
 */
export function createRaiseAlerts(deps: RaiseAlertsDeps): RaiseAlerts {
  const { alerts, signals, briefings, timeline, staffDirectory, live, retractAlerts, ownerRule, clock } = deps
  const rules = new Map(deps.rules.map((rule) => [rule.id, rule]))
  const reachMs = Math.max(recentMs, longestWindowMs(deps.rules))

  /** Whose customers these persons are; those who are nobody's are left out. */
  async function audiencesOf(persons: readonly Person[], from: Date, contacts: InHand['contacts']): Promise<ReadonlyMap<PersonId, Audience>> {
    const ids = persons.map(externalOf).filter((id) => id !== null) as ExternalUserId[]
    if (ids.length === 0) return new Map()
    const found = await contacts.many([...new Set(ids)])
    const known = persons.flatMap((person) => {
      const contact = found.get(externalOf(person) as ExternalUserId)
      return contact ? [{ person, contact, owner: ownerOf(contact, ownerRule) }] : []
    })
    if (known.length === 0) return new Map()
    const [told, recent, staff] = await Promise.all([
      briefings.many(known.map(({ contact }) => contact.externalUserId)),
      timeline.latest(known.map(({ person }) => identitiesOf(person)), { from, limit: recentEvents }),
      staffDirectory.many([...new Set(known.flatMap(({ owner }) => owner?.staffId ?? []))]),
    ])
    const audienceOf = ({ contact, owner }: (typeof known)[number], index: number): Audience => {
      const staffName = (owner && staff.get(owner.staffId)?.name) ?? null
      return { contact, owner, staffName, told: told.get(contact.externalUserId) ?? [], recent: recent[index] ?? [] }
    }
    return new Map(known.map((one, index) => [one.person.id, audienceOf(one, index)]))
  }

  /** From when on something may count as evidence, or as what the rule counted, beside one of these causes. */
  function evidenceFrom(turns: readonly Turn[], causes: ReadonlyMap<string, CustomerEvent>): Date {
    const fired = turns.flatMap(({ raised }) => raised)
    const times = fired.flatMap(({ at, causeKey }) => [at.getTime(), causes.get(causeKey)?.at.getTime() ?? Infinity])
    return new Date(times.reduce((least, time) => Math.min(least, time)) - reachMs)
  }

  /** Every event that one of these signals names, by its key. */
  async function causesOf(turns: readonly Turn[], inHand: InHand['events']): Promise<ReadonlyMap<string, CustomerEvent>> {
    const keys = new Set(turns.flatMap(({ raised }) => raised.flatMap((signal) => [signal.causeKey, ...signal.eventKeys])))
    const known = new Map(inHand.flatMap((event) => (keys.has(event.key) ? [[event.key, event] as const] : [])))
    const missing = [...keys].filter((key) => !known.has(key))
    const events = missing.length > 0 ? await timeline.byKeys(missing) : []
    return new Map([...known, ...events.map((event) => [event.key, event] as const)])
  }

  function decide(signal: Signal, audience: Audience | undefined, causes: ReadonlyMap<string, CustomerEvent>, arrivals: Arrivals) {
    const rule = rules.get(signal.rule)
    if (!audience || !rule) return { alert: null, because: 'nobody-follows' as const }
    const { recent, owner, ...rest } = audience
    const named = [signal.causeKey, ...signal.eventKeys].flatMap((key) => causes.get(key) ?? [])
    const events = [...new Map([...recent, ...named].map((event) => [event.key, event])).values()]
    const ownerSince = owner ? ownedSince(rest.contact, owner, ownerRule) : new Date(0)
    const now = clock.now()
    const arrivedAt = arrivals.get(signal.causeKey) ?? now
    return decideAlert({ ...rest, owner, ownerSince, signal, rule, events, arrivedAt, now }, deps.wording)
  }

  async function raise(turns: readonly Turn[], { arrivals, contacts, events }: InHand): Promise<{ made: Alert[]; stored: StoredSignal[] }> {
    const raising = turns.filter(({ raised }) => raised.length > 0)
    if (raising.length === 0) return { made: [], stored: [] }
    const causes = await causesOf(raising, events)
    const audiences = await audiencesOf(raising.map(({ person }) => person), evidenceFrom(raising, causes), contacts)
    const made: Alert[] = []
    const stored: StoredSignal[] = []
    for (const { person, raised } of raising) {
      for (const signal of raised) {
        const audience = audiences.get(person.id)
        const decision = decide(signal, audience, causes, arrivals)
        if (decision.alert) made.push(ready(decision.alert, audience?.recent ?? []))
        const because = decision.alert ? 'alerted' : decision.because
        const cause = causes.get(signal.causeKey)
        const identity = cause ? identityKey(cause.who) : (person.identities[0]?.key as IdentityKey)
        stored.push({ ...signal, identity, standing: true, because })
      }
    }
    return { made, stored }
  }

  /** An alert that fell and stands again, since something still earlier turned up. */
  async function revive(known: readonly Alert[]): Promise<void> {
    const at = clock.now()
    for (const { key, history, owner } of known.length > 0 ? await alerts.many(known.map((alert) => alert.key)) : []) {
      if (history.at(-1)?.reason !== 'no-longer-true') continue
      const unsent = await alerts.change(key, ['retracted'], { state: 'queued', at, reason: 'true-again' })
      if (!unsent) await alerts.change(key, ['superseded'], { state: 'opened', at, reason: 'true-again' })
      await live.publish([{ staffId: owner, kind: 'alert-changed', subject: key }])
    }
  }

  async function fall(fallen: readonly StoredSignal[]): Promise<StoredSignal[]> {
    if (fallen.length > 0) await retractAlerts(await alerts.many(fallen.map(({ key }) => key)), 'no-longer-true')
    return fallen.map((signal) => ({ ...signal, standing: false, because: 'no-longer-true' }))
  }

  /** Somebody who paused meanwhile is no news, whatever timers still ran (C4). */
  async function ofWhomWeMayTell(turns: readonly Turn[]): Promise<readonly Turn[]> {
    if (turns.length === 0) return turns
    const silent = await deps.recording.pausedAmong(turns.flatMap(({ person }) => identitiesOf(person)))
    return silent.size === 0 ? turns : turns.filter(({ person }) => !identitiesOf(person).some((key) => silent.has(key)))
  }

  return async function raiseAlerts(turns, inHand = { arrivals: new Map(), contacts: deps.contacts, events: [] }): Promise<void> {
    const changed = await ofWhomWeMayTell(turns.filter(({ raised, fallen }) => raised.length + fallen.length > 0))
    if (changed.length === 0) return
    const { made, stored } = await raise(changed, inHand)
    const put = new Set(made.length > 0 ? await alerts.put(made) : [])
    await revive(made.filter(({ key }) => !put.has(key)))
    const fallen = await fall(changed.flatMap((turn) => turn.fallen))
    const news = made.filter(({ key, state }) => put.has(key) && state !== 'retracted')
    // To the end, both of them: whoever repeats this after a failure must not meet what is still under way.
    await inParallelToTheEnd(2, [
      () => signals.put([...stored, ...fallen]),
      () => live.publish(news.map(({ owner, key }) => ({ staffId: owner, kind: 'alert' as const, subject: key }))),
    ], (write) => write())
  }
}

/**
 * What came too late to ring is held without end: it joins the next message about its customer. What the customer has
 * paid for meanwhile needs no word at all.
 */
function ready(alert: Alert, recent: readonly CustomerEvent[]): Alert {
  if (recent.some((event) => isPaidBy(alert, event))) return moved(alert, 'retracted', 'paid')
  return alert.rings ? alert : moved(alert, 'held', 'too-old-to-ring')
}

function moved(alert: Alert, state: AlertState, reason: string): Alert {
  return { ...alert, state, history: [...alert.history, { state, at: alert.raisedAt, reason }] }
}

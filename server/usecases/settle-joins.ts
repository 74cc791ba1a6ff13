import { openStates, type Alert, type AlertState } from '../domain/alert.ts'
import { expiryMs, paymentKinds } from '../domain/alert-life.ts'
import { stateToReturnTo, tellsOfSomebodyElse, type Belongings } from '../domain/alert-return.ts'
import type { CustomerEvent } from '../domain/event.ts'
import { parseIdentityKey, type ExternalUserId } from '../domain/ids.ts'
import type { Person } from '../domain/person.ts'
import type { Clock } from '../ports/clock.ts'
import type { Live } from '../ports/live.ts'
import type { Alerts } from '../ports/outbox.ts'
import type { People } from '../ports/people.ts'
import type { Timeline } from '../ports/timeline.ts'
import type { RaiseAlerts } from './raise-alerts.ts'
import { identitiesOf, type RememberEvents } from './remember-events.ts'
import type { RetractAlerts } from './retract-alerts.ts'

export interface SettleJoinsDeps {
  people: People
  timeline: Timeline
  alerts: Alerts
  live: Live
  rememberEvents: RememberEvents
  raiseAlerts: RaiseAlerts
  retractAlerts: RetractAlerts
  /** What is left to do for persons who are one again. */
  tellJoins: (persons: readonly Person[]) => Promise<void>
  clock: Clock
}

export type SettleJoins = ReturnType<typeof createSettleJoins>

const mostAtOnce = 20
const mostAlerts = 500
const closedByOthers: readonly AlertState[] = ['retracted', 'superseded']

/**
 * After a join was undone, or stands again: memories, signals and alerts as if it had always been so (C1). Part of the
 * inbox's work, so that nobody weighs events for the person that no longer is. What a crash cuts short is done again.
 */
export function createSettleJoins(deps: SettleJoinsDeps) {
  const { people, timeline, alerts, live, rememberEvents, raiseAlerts, retractAlerts, clock } = deps

  async function belongingsOf(person: Person, list: readonly Alert[]): Promise<Belongings> {
    const identities = identitiesOf(person)
    const since = new Date(clock.now().getTime() - expiryMs)
    const keys = [...new Set(list.flatMap(({ eventKeys }) => eventKeys))]
    const [named, payments] = await Promise.all([
      keys.length > 0 ? timeline.byKeys(keys) : [],
      timeline.between(identities, since, clock.now(), paymentKinds),
    ])
    const events = new Map(named.map((event: CustomerEvent) => [event.key, event]))
    return { identities: new Set(identities), events, payments }
  }

  /** What somebody else did is taken back, and what was closed because of somebody else returns. */
  async function returnAlerts(person: Person, id: ExternalUserId): Promise<void> {
    const [open, closed] = await Promise.all([
      alerts.about(id, openStates, mostAlerts),
      alerts.about(id, closedByOthers, mostAlerts),
    ])
    const belongings = await belongingsOf(person, [...open, ...closed])
    await retractAlerts(open.filter((alert) => tellsOfSomebodyElse(alert, belongings)), 'somebody-else')
    for (const alert of closed) {
      const state = stateToReturnTo(alert, belongings, clock.now())
      if (!state) continue
      const to = { state, at: clock.now(), reason: 'theirs-again' }
      if (!(await alerts.change(alert.key, [alert.state], to))) continue
      await live.publish([{ staffId: alert.owner, kind: 'alert-changed', subject: alert.key }])
    }
    await live.publish(ownersOf(open).map((staffId) => ({ staffId, kind: 'customer' as const, subject: id })))
  }

  return async function settleJoins(): Promise<number> {
    const unsettled = await people.unsettled(mostAtOnce)
    for (const { token, a, b } of unsettled) {
      const found = [...(await people.find([a, b])).values()]
      const persons = [...new Map(found.map((person) => [person.id, person])).values()]
      await rememberEvents.remake(persons, clock.now(), raiseAlerts)
      for (const person of persons) for (const id of contactsOf(person)) await returnAlerts(person, id)
      await deps.tellJoins(persons)
      await people.settled(token)
    }
    return unsettled.length
  }
}

function contactsOf(person: Person): readonly ExternalUserId[] {
  return person.identities.flatMap(({ key }) => {
    const identity = parseIdentityKey(key)
    return identity.kind === 'external' ? [identity.externalUserId] : []
  })
}

function ownersOf(list: readonly Alert[]): readonly Alert['owner'][] {
  return [...new Set(list.map(({ owner }) => owner))]
}

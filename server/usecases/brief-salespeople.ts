import type { Alert } from '../domain/alert.ts'
import { expiryMs } from '../domain/alert-life.ts'
import type { AlertWording } from '../domain/decide-alert.ts'
import { decideBriefing, type BriefingQuestion, type Occasion } from '../domain/decide-briefing.ts'
import type { CustomerEvent } from '../domain/event.ts'
import { identityKey, type ExternalUserId, type IdentityKey } from '../domain/ids.ts'
import { ownedSince, ownerOf, type Contact, type Follow, type OwnerRule, type Person } from '../domain/person.ts'
import type { Briefing, Briefings } from '../ports/briefings.ts'
import type { Clock } from '../ports/clock.ts'
import type { Contacts } from '../ports/contacts.ts'
import type { Live } from '../ports/live.ts'
import type { Alerts } from '../ports/outbox.ts'
import type { People } from '../ports/people.ts'
import type { StaffDirectory } from '../ports/staff.ts'
import type { Timeline } from '../ports/timeline.ts'
import { groupBy } from './group-by.ts'
import { externalOf, type Revelation } from './link-identities.ts'
import { identitiesOf } from './remember-events.ts'

export interface BriefSalespeopleDeps {
  people: People
  contacts: Contacts
  timeline: Timeline
  briefings: Briefings
  alerts: Alerts
  staffDirectory: StaffDirectory
  live: Live
  wording: AlertWording
  ownerRule: OwnerRule
  clock: Clock
}

export type BriefSalespeople = ReturnType<typeof createBriefSalespeople>

const mostEventsTold = 500

/** Memory before friendship: one message about what happened before, instead of one per event (C2). */
export function createBriefSalespeople(deps: BriefSalespeopleDeps) {
  const { people, contacts, timeline, briefings, alerts, staffDirectory, live, wording, ownerRule, clock } = deps

  /**
   * The turn is claimed before the alert is stored: of two processes that recognise somebody at once, the second tells only
   * what the first has not told.
   */
  async function brief(contact: Contact, follow: Follow, occasion: Occasion, events: readonly CustomerEvent[]): Promise<void> {
    const { externalUserId } = contact
    const { staffId } = follow
    const staffName = (await staffDirectory.get(staffId))?.name ?? null
    const question = { contact, follow, staffName, occasion, events }
    for (;;) {
      const toldBefore = (await briefings.of(externalUserId)).filter((briefing) => briefing.staffId === staffId)
      await raiseClaimed(question, toldBefore)
      const { alert } = decideBriefing({ ...question, toldBefore, now: clock.now() }, wording)
      if (!alert || toldBefore.some(({ key }) => key === alert.key)) return
      const turn = 1 + Math.max(-1, ...toldBefore.map((briefing) => briefing.turn ?? -1))
      const claim = { key: alert.key, externalUserId, staffId, at: alert.at, eventKeys: alert.eventKeys, turn }
      if (await briefings.put(claim)) return raise(alert)
    }
  }

  async function raise(alert: Alert): Promise<void> {
    const put = await alerts.put([alert])
    if (put.length > 0) await live.publish([{ staffId: alert.owner, kind: 'alert', subject: alert.key }])
  }

  /** Claimed, and then the process died: the alert is raised from the same events. */
  async function raiseClaimed(question: Omit<BriefingQuestion, 'toldBefore' | 'now'>, claimed: readonly Briefing[]): Promise<void> {
    const since = clock.now().getTime() - expiryMs
    const recent = claimed.filter(({ at }) => at.getTime() > since)
    const raised = new Set((await alerts.many(recent.map(({ key }) => key))).map(({ key }) => key))
    for (const { key, at, eventKeys } of recent) {
      if (raised.has(key)) continue
      const told = question.events.filter((event) => eventKeys.includes(event.key))
      const { alert } = decideBriefing({ ...question, events: told, toldBefore: [], now: at }, wording)
      if (alert?.key === key) await raise(alert)
    }
  }

  /** What the person did before the member became theirs; that becoming itself is no news. */
  async function eventsBefore(key: IdentityKey, at: Date): Promise<readonly CustomerEvent[]> {
    const person = (await people.find([key])).get(key)
    if (!person) return []
    const events = await timeline.of(identitiesOf(person), { limit: mostEventsTold })
    return events.filter((event) => event.who.kind !== 'external' && event.at <= at)
  }

  return {
    /** Whoever just became a contact: the member who added them hears what we know from before. */
    async ofNewContacts(events: readonly CustomerEvent[]): Promise<void> {
      for (const event of events) {
        if (event.kind !== 'became-contact' || event.who.kind !== 'external') continue
        const contact = await contacts.get(event.who.externalUserId)
        const follow = contact?.follows.find((one) => one.staffId === event.staffId && one.ended === null)
        if (!contact || !follow) continue
        const before = await eventsBefore(identityKey(event.who), latest(event.at, follow.since))
        await brief(contact, follow, 'added', before)
      }
    },

    /**
     * Identities recognised only now: what they did before is told in one further briefing. Where they did nothing
     * before the events at hand there is nothing to brief; those become alerts of their own. An owner who just added
     * the customer hears it in the briefing about that.
     */
    async ofRevealed({ externalUserId, hidden }: Revelation, inHand: readonly CustomerEvent[]): Promise<void> {
      const contact = await contacts.get(externalUserId)
      const owner = contact ? ownerOf(contact, ownerRule) : null
      if (!contact || !owner || inHand.some((event) => isAddition(event, contact, owner))) return
      const events = await timeline.of(hidden, { limit: mostEventsTold })
      const keys = new Set(inHand.map((event) => event.key))
      if (events.some((event) => !keys.has(event.key))) await brief(contact, owner, 'found', events)
    },

    /** Events that arrive after the customer became somebody's, about the time before. */
    async ofLate(events: readonly CustomerEvent[], persons: ReadonlyMap<IdentityKey, Person>, from: Pick<Contacts, 'many'>): Promise<void> {
      const told = events.filter((event) => event.who.kind !== 'external')
      const byContact = groupBy(told, (event) => externalIn(persons, event))
      byContact.delete(null)
      if (byContact.size === 0) return
      const found = await from.many([...byContact.keys()] as ExternalUserId[])
      for (const [id, contact] of found) {
        const owner = ownerOf(contact, ownerRule)
        if (!owner) continue
        const since = ownedSince(contact, owner, ownerRule)
        const late = (byContact.get(id) ?? []).filter((event) => event.at < since)
        if (late.length > 0) await brief(contact, owner, 'found', late)
      }
    },
  }
}

function externalIn(persons: ReadonlyMap<IdentityKey, Person>, event: CustomerEvent): ExternalUserId | null {
  const person = persons.get(identityKey(event.who))
  return person ? externalOf(person) : null
}

function isAddition({ kind, who, ...event }: CustomerEvent, contact: Contact, owner: Follow): boolean {
  if (kind !== 'became-contact' || who.kind !== 'external' || !('staffId' in event)) return false
  return who.externalUserId === contact.externalUserId && event.staffId === owner.staffId
}

function latest(a: Date, b: Date): Date {
  return a > b ? a : b
}

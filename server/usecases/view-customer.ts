import { openStates, type Alert } from '../domain/alert.ts'
import type { CustomerEvent } from '../domain/event.ts'
import { identityKey, type ExternalUserId, type StaffId } from '../domain/ids.ts'
import type { Note, Reminder } from '../domain/note.ts'
import { ownerOf, type Contact, type Follow, type OwnerRule } from '../domain/person.ts'
import type { Clock } from '../ports/clock.ts'
import type { FollowUps } from '../ports/follow-ups.ts'
import type { Notes } from '../ports/notes.ts'
import type { Alerts } from '../ports/outbox.ts'
import type { People } from '../ports/people.ts'
import type { StaffDirectory } from '../ports/staff.ts'
import type { Timeline } from '../ports/timeline.ts'
import type { Recording } from '../domain/recording.ts'
import type { LookOn } from './look-on.ts'
import { namesOf } from './member-names.ts'
import type { OpenAlerts } from './open-alerts.ts'
import type { KnowRecording } from './recording.ts'
import { identitiesOf } from './remember-events.ts'

export interface ViewCustomerDeps {
  lookOn: Pick<LookOn, 'find'>
  recording: Pick<KnowRecording, 'ofContact'>
  people: People
  timeline: Timeline
  alerts: Alerts
  openAlerts: OpenAlerts
  followUps: FollowUps
  notes: Pick<Notes, 'about' | 'plannedAbout'>
  staffDirectory: StaffDirectory
  ownerRule: OwnerRule
  clock: Clock
}

/** What the sidebar shows of one customer. */
export interface CustomerSeen {
  contact: Contact
  follow: Follow | null
  mine: boolean
  /** A manager looks on, and can do nothing. */
  readOnly: boolean
  ownerName: string | null
  linked: boolean
  /** Whether what they do is noted. */
  recording: Recording
  alerts: readonly Alert[]
  /** Names of members whose alerts a manager sees. */
  owners: ReadonlyMap<StaffId, string>
  events: readonly CustomerEvent[]
  /** Where older events begin; null at the end. */
  older: Date | null
  /** Still to ring, earliest first. */
  reminders: readonly (Note & { reminder: Reminder })[]
  /** Whom they ring. */
  reminded: ReadonlyMap<StaffId, string>
  lastFollowUp: Date | null
}

type Happened = Pick<CustomerSeen, 'linked' | 'events' | 'older'>

export type ViewCustomer = ReturnType<typeof createViewCustomer>

const eventsAPage = 200
const mostAlerts = 50

/**
 * One customer for a member who follows them; looking marks the member's alerts as opened (F1, F2, E6). A manager who looks
 * on sees the alerts of those they lead, and leaves them as they are.
 */
export function createViewCustomer(deps: ViewCustomerDeps) {
  const { lookOn, people, timeline, alerts, openAlerts, followUps, notes, staffDirectory, ownerRule } = deps

  async function eventsOf(id: ExternalUserId, before: Date | null): Promise<Happened> {
    const key = identityKey({ kind: 'external', externalUserId: id })
    const person = (await people.find([key])).get(key)
    const identities = person ? identitiesOf(person) : [key]
    const events = await timeline.of(identities, { limit: eventsAPage, ...(before ? { before } : {}) })
    const last = events.at(-1)
    const linked = identities.some((identity) => identity.startsWith('openid:'))
    return { linked, events, older: last && events.length === eventsAPage ? last.at : null }
  }

  /** @throws Denied (not-my-customer), TencentRefused */
  return async function viewCustomer(staffId: StaffId, id: ExternalUserId, before: Date | null): Promise<CustomerSeen> {
    const { contact, team } = await lookOn.find(staffId, id)
    const owner = ownerOf(contact, ownerRule)
    const [seen, open, last, recording, planned, [note]] = await Promise.all([
      eventsOf(id, before),
      alerts.about(id, openStates, mostAlerts),
      followUps.last(id),
      deps.recording.ofContact(id),
      notes.plannedAbout([id]),
      notes.about(id, 1),
    ])
    const reminders = planned.filter((one): one is Note & { reminder: Reminder } => one.reminder !== null)
    const shown = open.filter((alert) => (team ? team.includes(alert.owner) : alert.owner === staffId))
    const ownerKnown = owner ? await staffDirectory.get(owner.staffId) : null
    return {
      contact,
      follow: contact.follows.find((follow) => follow.staffId === staffId) ?? null,
      mine: owner?.staffId === staffId,
      readOnly: team !== null,
      ownerName: ownerKnown?.name ?? owner?.userid ?? null,
      ...seen,
      recording,
      alerts: before || team ? shown : await openAlerts(shown),
      owners: team ? await namesOf(staffDirectory, shown.map((alert) => alert.owner)) : new Map(),
      reminders,
      reminded: await namesOf(staffDirectory, reminders.map(({ reminder }) => reminder.for)),
      lastFollowUp: latest(last?.at, note?.at),
    }
  }
}

function latest(one: Date | undefined, other: Date | undefined): Date | null {
  if (one && other) return one > other ? one : other
  return one ?? other ?? null
}

import { openStates, type Alert, type AlertState } from '../domain/alert.ts'
import type { StaffId } from '../domain/ids.ts'
import { momentAt } from '../domain/local-time.ts'
import type { OpeningHours } from '../domain/opening-hours.ts'
import type { Note, Reminder } from '../domain/note.ts'
import { customerNameFor } from '../domain/decide-alert.ts'
import { followsNow, type Contact } from '../domain/person.ts'
import type { Clock } from '../ports/clock.ts'
import type { Contacts } from '../ports/contacts.ts'
import type { Notes } from '../ports/notes.ts'
import type { Alerts } from '../ports/outbox.ts'
import type { StaffDirectory } from '../ports/staff.ts'
import type { LookOn } from './look-on.ts'
import { namesOf } from './member-names.ts'
import type { OpenAlerts } from './open-alerts.ts'

export interface ListAlertsDeps {
  alerts: Alerts
  contacts: Contacts
  notes: Pick<Notes, 'plannedFor'>
  openAlerts: OpenAlerts
  staffDirectory: StaffDirectory
  lookOn: Pick<LookOn, 'teamOf'>
  hours: OpeningHours
  clock: Clock
}

export type InboxFilter = 'open' | 'following' | 'done' | 'all'

/** A reminder with what its customer is called. */
export interface InboxReminder {
  note: Note & { reminder: Reminder }
  customerName: string
}

/** The member's worklist. */
export interface InboxSeen {
  staffName: string | null
  alerts: readonly Alert[]
  /** Names of members whose alerts a manager sees. */
  owners: ReadonlyMap<StaffId, string>
  /** external_userid -> picture, for the list. */
  avatars: ReadonlyMap<string, string | null>
  /** The member's own, still to ring, earliest first. */
  reminders: readonly InboxReminder[]
  counts: { open: number; following: number; done: number }
  today: { answered: number; medianMinutes: number | null }
}

export type ListAlerts = ReturnType<typeof createListAlerts>

const following: readonly AlertState[] = ['acted']
const done: readonly AlertState[] = ['not-useful', 'retracted', 'superseded', 'expired']
const statesOf: Readonly<Record<InboxFilter, readonly AlertState[]>> = {
  open: openStates,
  following,
  done,
  all: [...openStates, ...following, ...done],
}
const mostAlerts = 500
const mostReminders = 100
/** What has not changed for so long is listed and counted no more; what is open expires long before. */
const countedMs = 30 * 24 * 3600_000

/** One inbox: whose alerts, and whether it belongs to the member who looks. */
interface Desk {
  owners: readonly StaffId[]
  own: boolean
}

/** The inbox of one member, about customers she follows now: open ones first, what is being followed, what is over (F6 from the workbench). */
export function createListAlerts(deps: ListAlertsDeps) {
  const { alerts, contacts, notes, openAlerts, staffDirectory, lookOn, hours, clock } = deps

  async function inboxOf(staffId: StaffId, { owners, own }: Desk, filter: InboxFilter): Promise<InboxSeen> {
    const since = new Date(clock.now().getTime() - countedMs)
    const [found, lately, today, member, planned] = await Promise.all([
      alerts.ofAny(owners, statesOf[filter], mostAlerts),
      alerts.counts(owners, statesOf.all, since),
      alerts.ofAny(owners, answers, mostAlerts),
      staffDirectory.get(staffId),
      own ? notes.plannedFor(staffId, mostReminders) : [],
    ])
    const known = await contacts.many([...new Set([...found, ...lately, ...planned].map(({ externalUserId }) => externalUserId))])
    /** Whoever lost the customer sees, and counts, nothing of them any more. */
    const stillHers = ({ owner, externalUserId }: Pick<Alert, 'owner' | 'externalUserId'>) => {
      const contact = known.get(externalUserId)
      return contact !== undefined && followsNow(contact, owner)
    }
    const list = found.filter((alert) => stillHers(alert) && changedAt(alert) >= since)
    const counted = lately.filter(stillHers)
    const sum = (states: readonly AlertState[]) =>
      counted.reduce((total, { state, count }) => total + (states.includes(state) ? count : 0), 0)
    return {
      staffName: member?.name ?? null,
      alerts: own ? await openAlerts(list) : list,
      owners: own ? new Map() : await namesOf(staffDirectory, list.map(({ owner }) => owner)),
      avatars: new Map([...known].map(([id, contact]) => [id, contact.avatar])),
      reminders: planned.flatMap((note) => reminderOf(note, known, staffId)),
      counts: { open: sum(openStates), following: sum(following), done: sum(done) },
      today: todayOf(today, momentAt(clock.now(), 0, 0, hours.timeZone)),
    }
  }

  return {
    /** Being listed is being seen: the member's alerts count as opened. */
    mine: (staffId: StaffId, filter: InboxFilter): Promise<InboxSeen> => inboxOf(staffId, { owners: [staffId], own: true }, filter),
    /** What the members of the departments that a manager leads have; nothing is opened by looking. @throws Denied (managers-only) */
    team: async (staffId: StaffId, filter: InboxFilter): Promise<InboxSeen> =>
      inboxOf(staffId, { owners: await lookOn.teamOf(staffId), own: false }, filter),
  }
}

function changedAt({ history, raisedAt }: Alert): Date {
  return history.at(-1)?.at ?? raisedAt
}

/** Whoever has lost the customer is reminded of them no more. */
function reminderOf(note: Note, known: ReadonlyMap<string, Contact>, staffId: StaffId): InboxReminder[] {
  const contact = known.get(note.externalUserId)
  if (!contact || !note.reminder || !followsNow(contact, staffId)) return []
  const follow = contact.follows.find((one) => one.staffId === staffId) ?? null
  return [{ note: { ...note, reminder: note.reminder }, customerName: customerNameFor(contact, follow) }]
}

const answers: readonly AlertState[] = ['acted', 'not-useful', 'snoozed']

/** Customers answered since midnight, and how long they waited: the median of alert -> first answer. */
function todayOf(list: readonly Alert[], midnight: Date): InboxSeen['today'] {
  const waits = new Map<string, number>()
  for (const alert of list) {
    const answer = alert.history.find(({ state, at }) => answers.includes(state) && at >= midnight)
    if (!answer) continue
    const minutes = (answer.at.getTime() - alert.raisedAt.getTime()) / 60_000
    waits.set(alert.externalUserId, Math.min(minutes, waits.get(alert.externalUserId) ?? Infinity))
  }
  const sorted = [...waits.values()].toSorted((a, b) => a - b)
  const middle = sorted[Math.floor(sorted.length / 2)]
  return { answered: sorted.length, medianMinutes: middle === undefined ? null : Math.round(middle) }
}

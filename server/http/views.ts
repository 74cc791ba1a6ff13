import type { Alert } from '../domain/alert.ts'
import { addWayText } from '../domain/add-way.ts'
import type { Spacings } from '../domain/apart.ts'
import { fateOf } from '../domain/alert-fate.ts'
import type { AppId, StaffId } from '../domain/ids.ts'
import { wallClock, type WallClock } from '../domain/local-time.ts'
import { freshGreeting, greetingAt } from '../domain/sentences.ts'
import { timelineWords, type TimelineEntry } from '../domain/timeline-words.ts'
import type { Clock } from '../ports/clock.ts'
import type { CustomerSeen } from '../usecases/view-customer.ts'
import type { InboxSeen } from '../usecases/list-alerts.ts'
import type { AlertView, CustomerView, FeedbackAnswer, InboxView } from './contract.ts'
import { reminderView } from './customer-tabs.ts'
import type { Member } from './session.ts'

export type Views = ReturnType<typeof createViews>

/** From what use cases return to the shapes that cross the wire. */
export function createViews(deps: { clock: Clock; timeZone: string; officialAccount: AppId | null; spacings: Spacings }) {
  const { clock, timeZone, officialAccount, spacings } = deps
  const now = () => clock.now().getTime()
  const wall = wallClock(timeZone)

  function alertView(alert: Alert, avatar: string | null, owners: ReadonlyMap<StaffId, string> = new Map()): AlertView {
    const ownerName = owners.get(alert.owner)
    return {
      key: alert.key,
      customer: { id: alert.externalUserId, name: alert.customerName, avatar },
      tag: alert.tag,
      title: alert.title,
      evidence: alert.evidence.map(({ at, text }) => ({ at: at.getTime(), text })),
      openers: alert.openers.map((opener) => freshGreeting(opener, alert.customerName, greetingAt(clock.now(), wall))),
      urgency: alert.urgency,
      at: alert.at.getTime(),
      state: alert.state,
      dueAt: alert.dueAt?.getTime() ?? null,
      ...(ownerName === undefined ? {} : { ownerName }),
      fate: fateOf(alert, clock.now(), wall),
    }
  }

  return {
    customer(seen: CustomerSeen, member: Member): CustomerView {
      const { contact, follow } = seen
      const reader = { staffId: member.staffId, officialAccount, spacings }
      const entries = timelineWords(seen.events, reader, wall)
      return {
        now: now(),
        customer: {
          id: contact.externalUserId,
          name: follow?.remark?.trim() || contact.name || '客户',
          avatar: contact.avatar,
          since: follow?.since.getTime() ?? null,
          addedBy: addWayText(follow?.addWay ?? null),
          mine: seen.mine,
          ownerName: seen.ownerName,
        },
        linked: seen.linked,
        recording: seen.recording === 'paused' ? 'paused' : 'on',
        readOnly: seen.readOnly,
        alerts: inOrder(seen.alerts).map((alert) => alertView(alert, contact.avatar, seen.owners)),
        timeline: withoutTimesOfFriends(entries, wall).map((entry) => ({ ...entry, at: entry.at.getTime() })),
        older: seen.older?.getTime() ?? null,
        reminders: seen.reminders.map((note) => reminderView(note, member.staffId, seen.reminded.get(note.reminder.for) ?? null)),
        lastFollowUp: seen.lastFollowUp?.getTime() ?? null,
      }
    },

    inbox(member: Member, seen: InboxSeen): InboxView {
      return {
        now: now(),
        staff: { id: member.userid, name: seen.staffName },
        alerts: inOrder(seen.alerts).map((alert) => alertView(alert, seen.avatars.get(alert.externalUserId) ?? null, seen.owners)),
        reminders: seen.reminders.map(({ note, customerName }) => ({
          ...reminderView(note, member.staffId, null),
          customer: { id: note.externalUserId, name: customerName, avatar: seen.avatars.get(note.externalUserId) ?? null },
        })),
        counts: seen.counts,
        today: seen.today,
      }
    },

    feedback({ alert, undoUntil }: { alert: Alert; undoUntil: Date | null }): FeedbackAnswer {
      return { alert: alertView(alert, null), undoUntil: undoUntil?.getTime() ?? null }
    },
  }
}

/** Entries of which only the day is told head it, as what lasts all day does in a calendar: their order tells no more either. */
function withoutTimesOfFriends(entries: readonly TimelineEntry[], wall: WallClock): TimelineEntry[] {
  const beginning = (at: Date) => new Date(Math.floor(at.getTime() / 60_000) * 60_000 - wall(at).minuteOfDay * 60_000)
  const told = entries.map((entry) => ({ entry: entry.wholeDay ? { ...entry, at: beginning(entry.at) } : entry, day: beginning(entry.at) }))
  const place = ({ wholeDay, at }: TimelineEntry) => (wholeDay ? Infinity : at.getTime())
  const sorted = told.toSorted((a, b) => b.day.getTime() - a.day.getTime() || (place(a.entry) === place(b.entry) ? 0 : place(b.entry) - place(a.entry)))
  return sorted.map(({ entry }) => entry)
}

/** Most urgent first, then newest. */
function inOrder(alerts: readonly Alert[]): Alert[] {
  const rank = ({ urgency }: Alert) => (urgency === 'now' ? 0 : 1)
  return alerts.toSorted((a, b) => rank(a) - rank(b) || b.at.getTime() - a.at.getTime())
}

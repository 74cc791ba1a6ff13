import type { AlertWording } from '../domain/decide-alert.ts'
import type { Note, Reminder } from '../domain/note.ts'
import { ownerOf, type Contact, type Follow, type OwnerRule } from '../domain/person.ts'
import { reminderAlert, reminderWords } from '../domain/reminder-alert.ts'
import type { Clock } from '../ports/clock.ts'
import type { Contacts } from '../ports/contacts.ts'
import type { Live } from '../ports/live.ts'
import type { Notes } from '../ports/notes.ts'
import type { Alerts } from '../ports/outbox.ts'
import type { StaffDirectory } from '../ports/staff.ts'
import type { KnowRecording } from './recording.ts'
import type { RetractAlerts } from './retract-alerts.ts'

export interface RingRemindersDeps {
  notes: Notes
  /** Other systems hear nothing of a member's own reminders. */
  alerts: Pick<Alerts, 'put' | 'reword'>
  contacts: Pick<Contacts, 'get'>
  staffDirectory: Pick<StaffDirectory, 'get'>
  recording: Pick<KnowRecording, 'ofContact'>
  retractAlerts: RetractAlerts
  live: Live
  wording: AlertWording
  ownerRule: OwnerRule
  clock: Clock
}

const mostAtATime = 100

/**
 * Reminders whose time has come become alerts, which ring as all do. The alert is stored before the reminder moves on,
 * under a key that follows from it: a crash in between loses nothing and rings nothing twice (E4).
 */
export function createRingReminders(deps: RingRemindersDeps) {
  const { notes, alerts, contacts, staffDirectory, recording, retractAlerts, live, wording, ownerRule, clock } = deps

  async function ring(note: Note & { reminder: Reminder }): Promise<void> {
    const contact = await contacts.get(note.externalUserId)
    const follow = contact && followOf(contact, note.reminder, ownerRule)
    // A pause ends tracking, not what a member promised to do.
    const mayTell = follow && (await recording.ofContact(note.externalUserId)) !== 'erased'
    if (!mayTell) return void (await notes.settle(note.id, 'cancelled'))
    const staffName = (await staffDirectory.get(follow.staffId))?.name ?? null
    const alert = reminderAlert({ note, contact, follow, staffName, now: clock.now() }, wording)
    await alerts.put([alert])
    if (await notes.settle(note.id, 'rung')) {
      await live.publish([{ staffId: follow.staffId, kind: 'alert', subject: alert.key }])
      return
    }
    const current = await notes.get(note.id)
    if (current?.reminder?.state !== 'rung') await retractAlerts([alert], 'no-longer-true')
    if (!current) await alerts.reword(alert.key, reminderWords({ at: note.at, kind: null, text: '' }))
  }

  return async function ringReminders(): Promise<number> {
    const due = await notes.due(clock.now(), mostAtATime)
    for (const note of due) if (note.reminder) await ring({ ...note, reminder: note.reminder })
    return due.length
  }
}

/** Who set it while they have the customer, else who owns the customer now. */
function followOf(contact: Contact, reminder: Reminder, rule: OwnerRule): Follow | null {
  const own = contact.follows.find(({ staffId, ended }) => staffId === reminder.for && ended === null)
  return own ?? ownerOf(contact, rule)
}

import type { Alert } from './alert.ts'
import { customerNameFor, type AlertWording } from './decide-alert.ts'
import { wallClock } from './local-time.ts'
import { noteKindWords, type Note, type Reminder } from './note.ts'
import type { Contact, Follow } from './person.ts'
import { greetingAt, openersFor } from './sentences.ts'
import { shortened } from './words.ts'

/** `rule` of alerts that are a member's own reminder. */
export const reminderRule = 'reminder'

export interface ReminderQuestion {
  note: Note & { reminder: Reminder }
  contact: Contact
  /** Whom it rings. */
  follow: Follow
  staffName: string | null
  now: Date
}

/**
 * A reminder whose time has come, as an alert: it rings like every other one (quiet hours, governor, one ring). Its key
 * names note and time, so that the same reminder is the same alert, however often it is told after a crash.
 */
export function reminderAlert({ note, contact, follow, staffName, now }: ReminderQuestion, wording: AlertWording): Alert {
  const customer = customerNameFor(contact, follow)
  const facts = { customer, staff: staffName, item: null, article: null, category: null }
  const text = shortened(note.text, 40)
  return {
    key: `${reminderRule}|${note.id}|${note.reminder.at.getTime()}`,
    rule: reminderRule,
    subject: note.id,
    externalUserId: contact.externalUserId,
    customerName: customer,
    owner: follow.staffId,
    tag: '约好提醒',
    title: text ? `约好这时联系：${text}` : '到了约好联系的时间',
    evidence: [{ at: note.at, text: note.kind ? `${noteKindWords[note.kind]}后记的：${shortened(note.text, 60)}` : '当时定的提醒' }],
    openers: openersFor(wording.sentences, reminderRule, facts, greetingAt(now, wallClock(wording.timeZone))),
    items: [],
    eventKeys: [],
    urgency: 'now',
    direct: true,
    rings: true,
    at: note.reminder.at,
    raisedAt: now,
    dueAt: null,
    state: 'queued',
    history: [{ state: 'queued', at: now, reason: 'reminder' }],
    messageId: null,
  }
}

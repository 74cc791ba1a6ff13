import type { Alert } from './alert.ts'
import { customerNameFor, type AlertWording } from './decide-alert.ts'
import { wallClock } from './local-time.ts'
import { noteKindWords, type Note, type Reminder } from './note.ts'
import type { Contact, Follow } from './person.ts'
import { greetingAt, openersFor } from './sentences.ts'
import { shortened } from './words.ts'

/** `rule` of alerts that are a member's own reminder. */
export const reminderRule = 'reminder'

/** Key of the alert that this reminder becomes. */
export function reminderAlertKey(noteId: string, reminder: Reminder): string {
  return `${reminderRule}|${noteId}|${reminder.at.getTime()}`
}

const lead = '约好这时联系：'

/** The member's own words in the title of a reminder; undefined where there are none, and for every other alert. */
export function wordsIn({ rule, title }: Pick<Alert, 'rule' | 'title'>): string | undefined {
  return rule === reminderRule && title.startsWith(lead) ? title.slice(lead.length) : undefined
}

/** What the alert says of the note that it hangs on; of one that is gone (text '', kind null) nothing of it. Its text once. */
export function reminderWords({ at, kind, text }: Pick<Note, 'at' | 'kind' | 'text'>): Pick<Alert, 'title' | 'evidence'> {
  const short = shortened(text, 60)
  return {
    title: short ? `${lead}${short}` : '到了约好联系的时间',
    evidence: [{ at, text: kind ? `${noteKindWords[kind]}后记的` : '当时定的提醒' }],
  }
}

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
  return {
    key: reminderAlertKey(note.id, note.reminder),
    rule: reminderRule,
    subject: note.id,
    externalUserId: contact.externalUserId,
    customerName: customer,
    owner: follow.staffId,
    tag: '约好提醒',
    ...reminderWords(note),
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

import type { Note } from '../domain/note.ts'
import { reminderAlertKey, reminderWords } from '../domain/reminder-alert.ts'
import type { Live } from '../ports/live.ts'
import type { Alerts, Messages } from '../ports/outbox.ts'

export interface RewordRemindersDeps {
  alerts: Pick<Alerts, 'get' | 'reword'>
  messages: Pick<Messages, 'forgetWords'>
  live: Pick<Live, 'publish'>
}

export type RewordReminders = ReturnType<typeof createRewordReminders>

/**
 * A note that is changed or removed after its reminder rang: the alert says what the note says now, and of a removed one
 * nothing (F2). What the message said is forgotten too; the card itself stays on the phone of who wrote the note.
 */
export function createRewordReminders({ alerts, messages, live }: RewordRemindersDeps) {
  return async function rewordReminders({ id, reminder }: Note, now: Pick<Note, 'at' | 'kind' | 'text'>): Promise<void> {
    const alert = reminder && (await alerts.get(reminderAlertKey(id, reminder)))
    if (!alert) return
    await alerts.reword(alert.key, reminderWords(now))
    if (alert.messageId) await messages.forgetWords(alert.messageId)
    await live.publish([{ staffId: alert.owner, kind: 'alert-changed', subject: alert.key }])
  }
}

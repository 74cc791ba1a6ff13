import type { ExternalUserId, StaffId } from './ids.ts'

/** What a follow-up was: 电话, 到店, 聊天, or something else. */
export type NoteKind = 'call' | 'visit' | 'chat' | 'other'

/** planned: its time is to come. rung: it has become an alert. */
export type ReminderState = 'planned' | 'rung' | 'done' | 'cancelled'

/** When somebody wants to be reminded of a customer. */
export interface Reminder {
  at: Date
  /** Whom it will ring: who set it, or their heir. */
  for: StaffId
  state: ReminderState
}

/** What a member wrote down about a customer (记一笔), a reminder, or both. For the brand's eyes only. */
export interface Note {
  id: string
  externalUserId: ExternalUserId
  /** Who wrote it. */
  staffId: StaffId
  /** null: a reminder alone. */
  kind: NoteKind | null
  /** At most 500 characters; a reminder alone may have none. */
  text: string
  at: Date
  editedAt: Date | null
  reminder: Reminder | null
}

/** Characters of a note, counted as people see them. */
export const mostNoteChars = 500

/** How far ahead a reminder may be set. */
export const furthestReminderMs = 180 * 24 * 60 * 60 * 1000

const changeableMs = 24 * 60 * 60 * 1000

/** Who wrote a note may change or remove it for a day: later it is a record. */
export function mayChange(note: Pick<Note, 'staffId' | 'at'>, staffId: StaffId, now: Date): boolean {
  return note.staffId === staffId && now.getTime() - note.at.getTime() < changeableMs
}

/** 电话, 到店, 聊天, 其他. */
export const noteKindWords: Readonly<Record<NoteKind, string>> = { call: '电话', visit: '到店', chat: '聊天', other: '其他' }

import type { ExternalUserId, StaffId } from '../domain/ids.ts'
import type { Note, NoteKind, ReminderState } from '../domain/note.ts'

/** What members wrote down about customers, and what they want to be reminded of. */
export interface Notes {
  /** Stores it once; false: the id is known, and what is there stays. */
  put(note: Note): Promise<boolean>
  get(id: string): Promise<Note | null>
  /** Notes about one customer, newest first; reminders alone are left out. */
  about(id: ExternalUserId, limit: number): Promise<readonly Note[]>
  edit(id: string, change: { kind: NoteKind; text: string; editedAt: Date }): Promise<void>
  remove(id: string): Promise<void>
  /** Reminders about any of these customers that are still to ring, earliest first. */
  plannedAbout(ids: readonly ExternalUserId[]): Promise<readonly Note[]>
  /** The member's reminders that are still to ring, earliest first. */
  plannedFor(staffId: StaffId, limit: number): Promise<readonly Note[]>
  /** Reminders whose time has come, earliest first. */
  due(now: Date, limit: number): Promise<readonly Note[]>
  /** Moves a planned reminder on; false: it was not planned any more. */
  settle(id: string, state: Exclude<ReminderState, 'planned'>): Promise<boolean>
  /** Gives a planned reminder to another member, if it still is `from`'s. */
  handOver(id: string, from: StaffId, to: StaffId): Promise<boolean>
}

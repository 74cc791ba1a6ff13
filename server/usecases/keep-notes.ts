import { BadRequest, Conflict, Denied, NotFound } from '../domain/errors.ts'
import type { ExternalUserId, StaffId } from '../domain/ids.ts'
import { furthestReminderMs, mayChange, mostNoteChars, type Note, type NoteKind, type Reminder } from '../domain/note.ts'
import type { Clock } from '../ports/clock.ts'
import type { Live } from '../ports/live.ts'
import type { Notes } from '../ports/notes.ts'
import type { StaffDirectory } from '../ports/staff.ts'
import type { FindMyCustomer } from './find-my-customer.ts'
import type { LookOn } from './look-on.ts'
import { namesOf } from './member-names.ts'
import type { KnowRecording } from './recording.ts'
import type { RewordReminders } from './reword-reminders.ts'
import { showFollowers } from './show-followers.ts'

export interface KeepNotesDeps {
  notes: Notes
  findMyCustomer: FindMyCustomer
  lookOn: Pick<LookOn, 'find'>
  recording: Pick<KnowRecording, 'ofContact'>
  staffDirectory: StaffDirectory
  live: Live
  rewordReminders: RewordReminders
  clock: Clock
  newId: () => string
}

/** `id`: the page's own, so that a note sent twice is one; absent: we make one. */
export interface NewNote {
  id?: string | undefined
  kind: NoteKind
  text: string
  remindAt: Date | null
}

export interface NewReminder {
  id?: string | undefined
  at: Date
  text: string
}

/** Notes of one customer as one member may see them. */
export interface NotesSeen {
  notes: readonly Note[]
  /** Reminders that are still to ring, earliest first. */
  planned: readonly (Note & { reminder: Reminder })[]
  names: ReadonlyMap<StaffId, string>
  readOnly: boolean
}

export type KeepNotes = ReturnType<typeof createKeepNotes>

const mostNotes = 200

/** 记一笔: present followers write and read, managers read; texts go into no log and to no other system (F2). */
export function createKeepNotes(deps: KeepNotesDeps) {
  const { notes, findMyCustomer, lookOn, recording, staffDirectory, live, rewordReminders, clock, newId } = deps

  /** A customer who paused, or was erased and not begun anew, wants nothing noted. */
  async function writable(staffId: StaffId, id: ExternalUserId) {
    const contact = await findMyCustomer(staffId, id)
    if ((await recording.ofContact(id)) !== 'on') throw new Conflict('paused')
    return contact
  }

  async function keep(note: Note): Promise<Note> {
    if (await notes.put(note)) return note
    const known = await notes.get(note.id)
    if (known && known.staffId === note.staffId && known.externalUserId === note.externalUserId) return known
    throw new Conflict('id-taken')
  }

  async function own(staffId: StaffId, noteId: string) {
    const note = await notes.get(noteId)
    if (!note) throw new NotFound('note')
    const contact = await findMyCustomer(staffId, note.externalUserId)
    return { note, contact }
  }

  async function changeable(staffId: StaffId, noteId: string) {
    const found = await own(staffId, noteId)
    if (found.note.kind === null) throw new NotFound('note')
    if (found.note.staffId !== staffId) throw new Denied('not-your-note')
    if (!mayChange(found.note, staffId, clock.now())) throw new Conflict('too-late')
    return found
  }

  return {
    /** @throws Denied (not-my-customer) */
    async list(staffId: StaffId, id: ExternalUserId): Promise<NotesSeen> {
      const { team } = await lookOn.find(staffId, id)
      const [list, planned] = await Promise.all([notes.about(id, mostNotes), notes.plannedAbout([id])])
      const known = planned.filter((note): note is Note & { reminder: Reminder } => note.reminder !== null)
      const names = await namesOf(staffDirectory, [...list.map((note) => note.staffId), ...known.map(({ reminder }) => reminder.for)])
      return { notes: list, planned: known, names, readOnly: team !== null }
    },

    /** @throws Denied, BadRequest, Conflict (paused) */
    async add(staffId: StaffId, id: ExternalUserId, { id: noteId = newId(), kind, text, remindAt }: NewNote): Promise<Note> {
      const contact = await writable(staffId, id)
      const reminder = remindAt && reminderAt(remindAt, staffId, clock.now())
      const note = await keep({ id: noteId, externalUserId: id, staffId, kind, text: textOf(text, 1), at: clock.now(), editedAt: null, reminder })
      await showFollowers(live, contact)
      return note
    },

    /** @throws Denied (not-my-customer, not-your-note), NotFound, Conflict (too-late), BadRequest */
    async edit(staffId: StaffId, noteId: string, change: { kind: NoteKind; text: string }): Promise<Note> {
      const { note, contact } = await changeable(staffId, noteId)
      const changed = { kind: change.kind, text: textOf(change.text, 1), editedAt: clock.now() }
      // As when it is removed: a note that still says the old is changed once more, should this end in between.
      await rewordReminders(note, { ...note, ...changed })
      await notes.edit(noteId, changed)
      await showFollowers(live, contact)
      return { ...note, ...changed }
    },

    /** A reminder that hangs on it goes with it; of one that has rung the words go. @throws as `edit` */
    async remove(staffId: StaffId, noteId: string): Promise<void> {
      const { note, contact } = await changeable(staffId, noteId)
      await rewordReminders(note, { at: note.at, kind: null, text: '' })
      await notes.remove(noteId)
      await showFollowers(live, contact)
    },

    /** A reminder alone. @throws Denied, BadRequest, Conflict (paused) */
    async remind(staffId: StaffId, id: ExternalUserId, { id: noteId = newId(), at, text }: NewReminder): Promise<Note> {
      const contact = await writable(staffId, id)
      const reminder = reminderAt(at, staffId, clock.now())
      const note = await keep({ id: noteId, externalUserId: id, staffId, kind: null, text: textOf(text, 0), at: clock.now(), editedAt: null, reminder })
      await showFollowers(live, contact)
      return note
    },

    /** Called off, or done before its time. @throws Denied, NotFound, Conflict (not-planned) */
    async settleReminder(staffId: StaffId, noteId: string, state: 'done' | 'cancelled'): Promise<void> {
      const { note, contact } = await own(staffId, noteId)
      if (!note.reminder) throw new NotFound('reminder')
      if (note.reminder.for !== staffId) throw new Denied('not-your-note')
      if (!(await notes.settle(noteId, state))) throw new Conflict('not-planned')
      await showFollowers(live, contact)
    },
  }
}

function reminderAt(at: Date, staffId: StaffId, now: Date): Reminder {
  const ahead = at.getTime() - now.getTime()
  if (ahead <= 0 || ahead > furthestReminderMs) throw new BadRequest('at: must be in the future, at most 180 days ahead')
  return { at, for: staffId, state: 'planned' }
}

function textOf(text: string, least: number): string {
  const trimmed = text.trim()
  const length = [...new Intl.Segmenter('zh', { granularity: 'grapheme' }).segment(trimmed)].length
  if (length < least || length > mostNoteChars) throw new BadRequest(`text: must have ${least} to ${mostNoteChars} characters`)
  return trimmed
}

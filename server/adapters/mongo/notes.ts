import { type Connection, Schema } from 'mongoose'
import type { StaffId } from '../../domain/ids.ts'
import type { Note, ReminderState } from '../../domain/note.ts'
import type { Notes } from '../../ports/notes.ts'
import { guarded } from './guarded.ts'
import { schemaOptions } from './schema.ts'
import { insertNew } from './store-errors.ts'

/** A note under its id; the fields of its reminder are absent where it has none. */
interface NoteDocument extends Omit<Note, 'id' | 'reminder'> {
  _id: string
  remindAt?: Date
  remindFor?: StaffId
  remindState?: ReminderState
}

const noteSchema = new Schema<NoteDocument>(
  {
    _id: String,
    externalUserId: String,
    staffId: String,
    kind: String,
    text: String,
    at: Date,
    editedAt: Date,
    remindAt: Date,
    remindFor: String,
    remindState: String,
  },
  schemaOptions,
)
noteSchema.index({ externalUserId: 1, at: -1 })
noteSchema.index({ at: 1 })
noteSchema.index({ remindState: 1, remindAt: 1 })
noteSchema.index({ remindFor: 1, remindState: 1, remindAt: 1 })

/** Notes and reminders, one document each: a note with a reminder is one. */
export function mongoNotes({ connection }: { connection: Connection }): Notes {
  const notes = connection.model<NoteDocument>('Note', noteSchema, 'notes')
  return guarded<Notes>({
    async put(note) {
      const there = await insertNew(connection.collection<NoteDocument>('notes'), [toDocument(note)])
      return there.size === 0
    },
    async get(id) {
      const found = await notes.findById(id).lean<NoteDocument>()
      return found ? toNote(found) : null
    },
    async about(id, limit) {
      const found = await notes.find({ externalUserId: id, kind: { $ne: null } }).sort({ at: -1 }).limit(limit).lean<NoteDocument[]>()
      return found.map(toNote)
    },
    async edit(id, change) {
      await notes.updateOne({ _id: id }, { $set: change })
    },
    async remove(id) {
      await notes.deleteOne({ _id: id })
    },
    async plannedAbout(ids) {
      const found = await notes.find({ externalUserId: { $in: [...ids] }, remindState: 'planned' }).lean<NoteDocument[]>()
      return found.map(toNote).toSorted(byTime)
    },
    async plannedFor(staffId, limit) {
      const found = await notes.find({ remindFor: staffId, remindState: 'planned' }).sort({ remindAt: 1 }).limit(limit).lean<NoteDocument[]>()
      return found.map(toNote)
    },
    async due(now, limit) {
      const found = await notes.find({ remindState: 'planned', remindAt: { $lte: now } }).sort({ remindAt: 1 }).limit(limit).lean<NoteDocument[]>()
      return found.map(toNote)
    },
    async settle(id, state) {
      const { modifiedCount } = await notes.updateOne({ _id: id, remindState: 'planned' }, { $set: { remindState: state } })
      return modifiedCount > 0
    },
    async handOver(id, from, to) {
      const { modifiedCount } = await notes.updateOne({ _id: id, remindState: 'planned', remindFor: from }, { $set: { remindFor: to } })
      return modifiedCount > 0
    },
  })
}

function byTime(one: Note, other: Note): number {
  return (one.reminder?.at.getTime() ?? 0) - (other.reminder?.at.getTime() ?? 0)
}

function toDocument({ id, reminder, ...rest }: Note): NoteDocument {
  const planned = reminder && { remindAt: reminder.at, remindFor: reminder.for, remindState: reminder.state }
  return { _id: id, ...rest, ...planned }
}

function toNote({ _id, remindAt, remindFor, remindState, ...rest }: NoteDocument): Note {
  const { externalUserId, staffId, kind, text, at, editedAt } = rest
  const reminder = remindAt && remindFor && remindState ? { at: remindAt, for: remindFor, state: remindState } : null
  return { id: _id, externalUserId, staffId, kind, text, at, editedAt, reminder }
}

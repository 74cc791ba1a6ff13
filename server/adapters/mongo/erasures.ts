import { type Connection, Schema } from 'mongoose'
import type { Erasure, Erasures, ErasureSubject } from '../../ports/privacy.ts'
import { guarded } from './guarded.ts'
import { schemaOptions } from './schema.ts'
import { insertNew } from './store-errors.ts'

/** A request under its id. */
export interface ErasureDocument extends Omit<Erasure, 'id'> {
  _id: string
}

const erasureSchema = new Schema<ErasureDocument>(
  {
    _id: String,
    reason: String,
    scope: String,
    by: String,
    key: String,
    print: String,
    state: String,
    requestedAt: Date,
    dueAt: Date,
    endedAt: Date,
    subject: { type: { keys: [String], externalUserIds: [String], personIds: [String], names: [String], others: [String], othersContacts: [String] }, _id: false },
    steps: [String],
    place: { type: { name: String, id: String }, _id: false },
    erased: Schema.Types.Mixed,
  },
  schemaOptions,
)
erasureSchema.index({ state: 1, dueAt: 1 })
erasureSchema.index({ print: 1, requestedAt: -1 })
erasureSchema.index({ requestedAt: -1 })

/** Erasures as stored jobs, one document each; what names somebody is emptied when they are done. */
export function mongoErasures({ connection }: { connection: Connection }): Erasures {
  const erasures = connection.model<ErasureDocument>('Erasure', erasureSchema, 'erasures')
  return guarded<Erasures>({
    async add({ id, ...erasure }) {
      await insertNew(connection.collection<ErasureDocument>('erasures'), [{ ...erasure, steps: [...erasure.steps], _id: id }])
    },
    async due(now, limit) {
      const due = erasures.find({ state: { $in: ['scheduled', 'running'] }, dueAt: { $lte: now } })
      return (await due.sort({ dueAt: 1 }).limit(limit).lean()).map(toErasure)
    },
    async save(id, patch) {
      await erasures.updateOne({ _id: id }, { $set: { ...patch } })
    },
    async of(print) {
      return (await erasures.find({ print }).sort({ requestedAt: -1 }).lean()).map(toErasure)
    },
    async list(limit) {
      return (await erasures.find({}).sort({ requestedAt: -1 }).limit(limit).lean()).map(toErasure)
    },
  })
}

function toErasure({ _id, ...document }: ErasureDocument): Erasure {
  const { reason, scope, by, key, print, state, requestedAt, dueAt, endedAt, subject, steps, place, erased } = document
  return {
    id: _id,
    reason,
    scope,
    by,
    key: key ?? null,
    print,
    state,
    requestedAt,
    dueAt,
    endedAt: endedAt ?? null,
    subject: subject ? toSubject(subject) : null,
    steps: [...steps],
    place: place ? { name: place.name, id: place.id ?? null } : null,
    erased: { ...erased },
  }
}

function toSubject({ keys, externalUserIds, personIds, names, others, othersContacts }: ErasureSubject): ErasureSubject {
  return {
    keys: [...keys],
    externalUserIds: [...externalUserIds],
    personIds: [...personIds],
    names: [...names],
    others: [...others],
    othersContacts: [...othersContacts],
  }
}

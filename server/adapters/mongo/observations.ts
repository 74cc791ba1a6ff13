import { type Connection, Schema } from 'mongoose'
import type { IdentityKey } from '../../domain/ids.ts'
import type { Observation, Observations } from '../../ports/contacts.ts'
import { guarded } from './guarded.ts'
import { fromPlainRecord, toPlainRecord } from './plain.ts'
import { machineNow, schemaOptions } from './schema.ts'
import { insertNew, toStoreError } from './store-errors.ts'

/** One answer of Tencent or decision of an operator, dated; `_id` is the caller's key. */
export interface ObservationDocument {
  _id: string
  at: Date
  kind: string
  content: Record<string, unknown>
  about?: IdentityKey[]
  storedAt: Date
}

const observationSchema = new Schema<ObservationDocument>(
  { _id: String, at: Date, kind: String, content: Schema.Types.Mixed, about: { type: [String], default: undefined }, storedAt: Date },
  schemaOptions,
)
observationSchema.index({ kind: 1, storedAt: 1, _id: 1 })
observationSchema.index({ at: 1 })
observationSchema.index({ about: 1 }, { sparse: true })

/** What changed a link, an owner or an event, kept for ever; the same key twice is one observation. */
export function mongoObservations({ connection }: { connection: Connection }): Observations {
  const model = connection.model<ObservationDocument>('Observation', observationSchema, 'observations')
  const observations = connection.collection<ObservationDocument>('observations')
  const stored = guarded<Omit<Observations, 'each'>>({
    async record(list) {
      const storedAt = machineNow()
      await insertNew(
        observations,
        list.map(({ key, content, about, ...head }) => {
          return { _id: key, ...head, content: toPlainRecord(content), ...(about ? { about: [...about] } : {}), storedAt }
        }),
      )
    },
    async byKeys(keys) {
      const found = await model.find({ _id: { $in: [...keys] } }).lean()
      return new Map(found.map((document) => [document._id, toObservation(document)]))
    },
    async about(kind, keys, limit) {
      const found = model.find({ about: { $in: [...keys] }, kind }).sort({ at: -1, _id: -1 }).limit(limit)
      return (await found.lean()).map(toObservation)
    },
  })
  async function* each(kind: string): AsyncGenerator<Observation & { storedAt: Date }> {
    try {
      for await (const document of model.find({ kind }).sort({ storedAt: 1, _id: 1 }).lean().cursor()) {
        yield { ...toObservation(document), storedAt: document.storedAt }
      }
    } catch (error) {
      throw toStoreError(error)
    }
  }
  return { ...stored, each }
}

function toObservation({ _id, at, kind, content, about }: ObservationDocument): Observation {
  return { key: _id, at, kind, content: fromPlainRecord(content), ...(about ? { about } : {}) }
}

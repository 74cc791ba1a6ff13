import { type Connection, Schema } from 'mongoose'
import type { Observations } from '../../ports/contacts.ts'
import { guarded } from './guarded.ts'
import { toPlainRecord } from './plain.ts'
import { machineNow, schemaOptions } from './schema.ts'
import { insertNew } from './store-errors.ts'

/** One answer of Tencent, dated; `_id` is the caller's key. */
export interface ObservationDocument {
  _id: string
  at: Date
  kind: string
  content: Record<string, unknown>
  storedAt: Date
}

const observationSchema = new Schema<ObservationDocument>(
  { _id: String, at: Date, kind: String, content: Schema.Types.Mixed, storedAt: Date },
  schemaOptions,
)

/** Answers that changed a link or an owner, kept for ever; the same key twice is one observation. */
export function mongoObservations({ connection }: { connection: Connection }): Observations {
  connection.model<ObservationDocument>('Observation', observationSchema, 'observations')
  const observations = connection.collection<ObservationDocument>('observations')
  return guarded<Observations>({
    async record(list) {
      const storedAt = machineNow()
      await insertNew(
        observations,
        list.map(({ key, at, kind, content }) => ({ _id: key, at, kind, content: toPlainRecord(content), storedAt })),
      )
    },
  })
}

import { type Connection, Schema } from 'mongoose'
import type { HighWater } from '../../ports/high-water.ts'
import { guarded } from './guarded.ts'
import { schemaOptions } from './schema.ts'

/** One list's mark, by the list's name; `to` and `cursor` only while a range is being read. */
export interface MarkDocument {
  _id: string
  upTo: Date
  to?: Date
  cursor?: string
}

const markSchema = new Schema<MarkDocument>({ _id: String, upTo: Date, to: Date, cursor: String }, schemaOptions)

/** Marks, one document a list. */
export function mongoHighWater({ connection }: { connection: Connection }): HighWater {
  const marks = connection.model<MarkDocument>('HighWater', markSchema, 'high-water')
  return guarded<HighWater>({
    async get(name) {
      const found = await marks.findOne({ _id: name }).lean()
      if (!found) return null
      const { upTo, to, cursor } = found
      return { upTo, underWay: to && cursor ? { to, cursor } : null }
    },
    async put(name, { upTo, underWay }) {
      const update = underWay ? { $set: { upTo, ...underWay } } : { $set: { upTo }, $unset: { to: 1 as const, cursor: 1 as const } }
      await marks.updateOne({ _id: name }, update, { upsert: true })
    },
  })
}

import { type Connection, Schema } from 'mongoose'
import type { Lookups } from '../../ports/identities.ts'
import { guarded } from './guarded.ts'
import { schemaOptions } from './schema.ts'

/** What became of the last asking; `askAgainAt` is absent when nothing is owed. Clock time. */
export interface LookupDocument {
  _id: string
  askAgainAt?: Date
  tries: number
}

const lookupSchema = new Schema<LookupDocument>({ _id: String, askAgainAt: Date, tries: Number }, schemaOptions)
lookupSchema.index({ askAgainAt: 1 }, { sparse: true })

/** Platform answers still owed, one document an identity. */
export function mongoLookups({ connection }: { connection: Connection }): Lookups {
  const lookups = connection.model<LookupDocument>('Lookup', lookupSchema, 'lookups')
  return guarded<Lookups>({
    async due(keys, now) {
      const known = await lookups.find({ _id: { $in: [...keys] } }).lean()
      const resting = known.filter(({ askAgainAt }) => !askAgainAt || askAgainAt > now).map(({ _id }) => _id)
      const rest = new Set(resting)
      return new Set(keys.filter((key) => !rest.has(key)))
    },
    async note(key, { askAgainAt, tries }) {
      const update = askAgainAt ? { $set: { askAgainAt, tries } } : { $set: { tries }, $unset: { askAgainAt: 1 as const } }
      await lookups.updateOne({ _id: key }, update, { upsert: true })
    },
    async owed(now, limit) {
      const found = await lookups.find({ askAgainAt: { $lte: now } }).sort({ askAgainAt: 1 }).limit(limit).lean()
      return found.map(({ _id, tries }) => ({ key: _id, tries }))
    },
  })
}

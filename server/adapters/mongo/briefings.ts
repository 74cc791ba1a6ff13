import { type Connection, Schema } from 'mongoose'
import type { ExternalUserId } from '../../domain/ids.ts'
import type { Briefing, Briefings } from '../../ports/briefings.ts'
import { guarded } from './guarded.ts'
import { oneReply, schemaOptions } from './schema.ts'
import { insertNew } from './store-errors.ts'

/** A briefing under its key. */
export interface BriefingDocument extends Omit<Briefing, 'key'> {
  _id: string
}

const briefingSchema = new Schema<BriefingDocument>(
  { _id: String, externalUserId: String, staffId: String, at: Date, eventKeys: [String], turn: Number },
  schemaOptions,
)
briefingSchema.index({ externalUserId: 1, at: 1 })
briefingSchema.index({ externalUserId: 1, staffId: 1, turn: 1 }, { unique: true, partialFilterExpression: { turn: { $exists: true } } })
briefingSchema.index({ at: 1 })

/** What was told at becoming a contact; the same key, or turn, twice is one briefing, the first. */
export function mongoBriefings({ connection }: { connection: Connection }): Briefings {
  const briefings = connection.model<BriefingDocument>('Briefing', briefingSchema, 'briefings')
  return guarded<Briefings>({
    async put({ key, eventKeys, ...rest }) {
      const document = { _id: key, ...rest, eventKeys: [...eventKeys] }
      const there = await insertNew(connection.collection<BriefingDocument>('briefings'), [document])
      return there.size === 0
    },
    async of(id) {
      const found = await briefings.find({ externalUserId: id }).sort({ at: 1 }).lean()
      return found.map(toBriefing)
    },
    async many(ids) {
      const found = await briefings.find({ externalUserId: { $in: [...ids] } }).sort({ at: 1 }).lean().batchSize(oneReply)
      const byContact = new Map<ExternalUserId, Briefing[]>()
      for (const one of found.map(toBriefing)) byContact.set(one.externalUserId, [...(byContact.get(one.externalUserId) ?? []), one])
      return byContact
    },
  })
}

function toBriefing({ _id, turn, eventKeys, ...rest }: BriefingDocument): Briefing {
  return { key: _id, ...rest, eventKeys: [...eventKeys], ...(turn === undefined ? {} : { turn }) }
}

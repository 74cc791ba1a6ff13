import { type Connection, Schema } from 'mongoose'
import type { FollowUp, FollowUps } from '../../ports/follow-ups.ts'
import { guarded } from './guarded.ts'
import { schemaOptions } from './schema.ts'

const followUpSchema = new Schema<FollowUp>({ externalUserId: String, staffId: String, what: String, at: Date }, schemaOptions)
followUpSchema.index({ externalUserId: 1, at: -1 })
followUpSchema.index({ at: 1 })

/** What salespeople did from our pages, one document each. */
export function mongoFollowUps({ connection }: { connection: Connection }): FollowUps {
  const followUps = connection.model<FollowUp>('FollowUp', followUpSchema, 'followups')
  const toFollowUp = ({ externalUserId, staffId, what, at }: FollowUp): FollowUp => ({ externalUserId, staffId, what, at })
  return guarded<FollowUps>({
    async add(followUp) {
      await followUps.create({ ...followUp })
    },
    async last(id) {
      const found = await followUps.findOne({ externalUserId: id }).sort({ at: -1 }).lean<FollowUp>()
      return found ? toFollowUp(found) : null
    },
  })
}

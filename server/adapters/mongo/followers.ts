import { type Connection, Schema } from 'mongoose'
import type { OpenId, UnionId } from '../../domain/ids.ts'
import type { Follower, Followers } from '../../ports/followers.ts'
import { guarded } from './guarded.ts'
import { schemaOptions } from './schema.ts'

/** A user of the Official Account, by openid; what is not known is absent. Clock time. */
export interface FollowerDocument {
  _id: OpenId
  unionId?: UnionId
  follows: boolean
  askedAt?: Date
  toldBy?: string
  toldAt?: Date
}

const followerSchema = new Schema<FollowerDocument>(
  { _id: String, unionId: String, follows: Boolean, askedAt: Date, toldBy: String, toldAt: Date },
  schemaOptions,
)
followerSchema.index({ follows: 1, _id: 1 })
followerSchema.index({ unionId: 1 }, { sparse: true })

/** A question names so many at most. */
const mostAtOnce = 2_000

/** Followers, one document each. An openid belongs to one account only, so its text alone is the key. */
export function mongoFollowers({ connection }: { connection: Connection }): Followers {
  const followers = connection.model<FollowerDocument>('Follower', followerSchema, 'followers')
  return guarded<Followers>({
    async many(openIds) {
      const found = new Map<OpenId, Follower>()
      for (let start = 0; start < openIds.length; start += mostAtOnce) {
        const ids = openIds.slice(start, start + mostAtOnce)
        for (const document of await followers.find({ _id: { $in: ids } }).lean()) found.set(document._id, toFollower(document))
      }
      return found
    },
    async put(list) {
      const writes = list.map(({ openId, unionId, follows, askedAt, toldBy, toldAt }) => {
        const asked = { ...(unionId && { unionId }), ...(askedAt && { askedAt }) }
        const known = { ...asked, ...(toldBy !== null && { toldBy }), ...(toldAt && { toldAt }) }
        return { replaceOne: { filter: { _id: openId }, replacement: { follows, ...known }, upsert: true } }
      })
      if (writes.length > 0) await followers.bulkWrite(writes, { ordered: false })
    },
    async present(after, limit) {
      const later = after === null ? {} : { _id: { $gt: after } }
      const found = await followers.find({ follows: true, ...later }, { _id: 1 }).sort({ _id: 1 }).limit(limit).lean()
      return found.map(({ _id }) => _id)
    },
  })
}

function toFollower({ _id, unionId, follows, askedAt, toldBy, toldAt }: FollowerDocument): Follower {
  return { openId: _id, unionId: unionId ?? null, follows, askedAt: askedAt ?? null, toldBy: toldBy ?? null, toldAt: toldAt ?? null }
}

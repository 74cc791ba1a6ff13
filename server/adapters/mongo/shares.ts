import { randomBytes } from 'node:crypto'
import { type Connection, Schema, Types } from 'mongoose'
import type { IdentityKey } from '../../domain/ids.ts'
import type { Shares, ShareToken } from '../../ports/content.ts'
import { guarded } from './guarded.ts'
import { schemaOptions } from './schema.ts'
import { insertNew } from './store-errors.ts'

/** A visitor's token for one copy, under the token. */
export interface ShareTokenDocument extends Omit<ShareToken, 'token'> {
  _id: string
}

/** A friend opened a sharer's copy: one document per (sharer, content, friend), for ever. */
export interface ShareDocument {
  _id: Types.ObjectId
  sharer: IdentityKey
  contentId: string
  friend: IdentityKey
  at: Date
}

const tokenSchema = new Schema<ShareTokenDocument>(
  { _id: String, contentId: String, slug: String, visitor: String, parent: String },
  schemaOptions,
)
tokenSchema.index({ visitor: 1, slug: 1, contentId: 1 }, { unique: true })
const shareSchema = new Schema<ShareDocument>(
  { _id: Schema.Types.ObjectId, sharer: String, contentId: String, friend: String, at: Date },
  schemaOptions,
)
shareSchema.index({ sharer: 1, contentId: 1, friend: 1 }, { unique: true })

/** Share tokens and the shares that were seen through them. */
export function mongoShares({ connection }: { connection: Connection }): Shares {
  const tokens = connection.model<ShareTokenDocument>('ShareToken', tokenSchema, 'shareTokens')
  connection.model<ShareDocument>('Share', shareSchema, 'shares')
  return guarded<Shares>({
    async tokenFor({ contentId, slug, visitor, parent }) {
      const found = await tokens.findOne({ visitor, slug, contentId }).lean()
      if (found) return toToken(found)
      const made = { _id: randomBytes(12).toString('base64url'), contentId, slug, visitor, parent }
      const there = await insertNew(connection.collection<ShareTokenDocument>('shareTokens'), [made])
      const winner = there.size > 0 ? await tokens.findOne({ visitor, slug, contentId }).lean() : made
      return toToken(winner ?? made)
    },
    async find(token) {
      const found = await tokens.findById(token).lean()
      return found ? toToken(found) : null
    },
    async noteShare({ contentId, sharer, friend, at }) {
      const share = { _id: new Types.ObjectId(), sharer, contentId, friend, at }
      const there = await insertNew(connection.collection<ShareDocument>('shares'), [share])
      return there.size === 0
    },
  })
}

function toToken({ _id, contentId, slug, visitor, parent }: ShareTokenDocument): ShareToken {
  return { token: _id, contentId, slug, visitor, parent }
}

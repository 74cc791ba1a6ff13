import { randomBytes } from 'node:crypto'
import { type Connection, Schema, Types } from 'mongoose'
import type { IdentityKey } from '../../domain/ids.ts'
import type { AnonymousWhy, KnownBy } from '../../domain/share-chain.ts'
import type { Shares, ShareToken } from '../../ports/content.ts'
import { guarded } from './guarded.ts'
import { schemaOptions } from './schema.ts'
import { insertNew } from './store-errors.ts'

/** A visitor's token for one copy, under the token. What older documents do not say is absent. */
export interface ShareTokenDocument extends Omit<ShareToken, 'token' | 'depth' | 'by'> {
  _id: string
  depth?: number
  by?: KnownBy
  at?: Date
}

/** A friend opened a sharer's copy: one document per (sharer, content, friend), for ever. */
export interface ShareDocument {
  _id: Types.ObjectId
  sharer: IdentityKey
  contentId: string
  friend: IdentityKey
  slug?: string
  by?: KnownBy
  at: Date
}

/** Openings of one copy that name nobody. */
export interface AnonymousReadsDocument {
  _id: string
  contentId: string
  counts: Partial<Record<AnonymousWhy, number>>
  at: Date
}

const tokenSchema = new Schema<ShareTokenDocument>(
  { _id: String, contentId: String, slug: String, visitor: String, parent: String, depth: Number, by: String, at: Date },
  schemaOptions,
)
tokenSchema.index({ visitor: 1, slug: 1, contentId: 1 }, { unique: true })
tokenSchema.index({ contentId: 1, _id: 1 })
tokenSchema.index({ contentId: 1, at: -1 })
const shareSchema = new Schema<ShareDocument>(
  { _id: Schema.Types.ObjectId, sharer: String, contentId: String, friend: String, slug: String, by: String, at: Date },
  schemaOptions,
)
shareSchema.index({ sharer: 1, contentId: 1, friend: 1 }, { unique: true })
shareSchema.index({ friend: 1 })
shareSchema.index({ contentId: 1, _id: 1 })
shareSchema.index({ contentId: 1, at: -1 })
shareSchema.index({ slug: 1, at: -1 })
const anonymousSchema = new Schema<AnonymousReadsDocument>(
  { _id: String, contentId: String, counts: Schema.Types.Mixed, at: Date },
  schemaOptions,
)
anonymousSchema.index({ contentId: 1, at: -1 })

/** Share tokens and the shares that were seen through them. */
export function mongoShares({ connection }: { connection: Connection }): Shares {
  const tokens = connection.model<ShareTokenDocument>('ShareToken', tokenSchema, 'shareTokens')
  connection.model<ShareDocument>('Share', shareSchema, 'shares')
  const anonymous = connection.model<AnonymousReadsDocument>('AnonymousReads', anonymousSchema, 'anonymousReads')
  return guarded<Shares>({
    async tokenFor({ contentId, slug, visitor, parent, depth, by, at }) {
      const found = await tokens.findOne({ visitor, slug, contentId }).lean()
      if (found) return toToken(found)
      const made = { _id: randomBytes(12).toString('base64url'), contentId, slug, visitor, parent, depth, by, at }
      const there = await insertNew(connection.collection<ShareTokenDocument>('shareTokens'), [made])
      const winner = there.size > 0 ? await tokens.findOne({ visitor, slug, contentId }).lean() : made
      return toToken(winner ?? made)
    },
    async find(token) {
      const found = await tokens.findById(token).lean()
      return found && !isGone(found.visitor) ? toToken(found) : null
    },
    async noteShare({ contentId, slug, sharer, friend, by, at }) {
      const share = { _id: new Types.ObjectId(), sharer, contentId, friend, slug, by, at }
      const there = await insertNew(connection.collection<ShareDocument>('shares'), [share])
      return there.size === 0
    },
    async noteAnonymous({ contentId, slug, why, at }) {
      await anonymous.updateOne({ _id: slug }, { $inc: { [`counts.${why}`]: 1 }, $set: { at }, $setOnInsert: { contentId } }, { upsert: true })
    },
  })
}

/** Level of a token; of an older document as far as its parent tells. */
export function depthOf({ depth, parent }: Pick<ShareTokenDocument, 'depth' | 'parent'>): number {
  return depth ?? (parent === null ? 1 : 2)
}

/** Whether a name stands for somebody who was erased (share-names-gone.ts). */
export function isGone(visitor: string): boolean {
  return visitor.startsWith('gone:')
}

function toToken(document: ShareTokenDocument): ShareToken {
  const { _id, contentId, slug, visitor, parent, by = 'cookie' } = document
  return { token: _id, contentId, slug, visitor, parent, depth: depthOf(document), by }
}

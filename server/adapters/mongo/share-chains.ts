import { type Connection, Schema, Types } from 'mongoose'
import type { StaffId } from '../../domain/ids.ts'
import { noAnonymous, type Chain } from '../../domain/share-chain.ts'
import type { CountedChain, ShareChains, ShareNoted } from '../../ports/share-chains.ts'
import { guarded } from './guarded.ts'
import { schemaOptions } from './schema.ts'
import { depthOf, type AnonymousReadsDocument, type ShareDocument, type ShareTokenDocument } from './shares.ts'

/** What was counted of one copy, or of all of an article; the id is the article's with `copy`: `whole`, `nobody`, `of:` and the member. */
interface ChainCountDocument {
  _id: string
  contentId: string
  copy: string
  chain: Chain
  countedAt: Date
}

const countSchema = new Schema<ChainCountDocument>(
  { _id: String, contentId: String, copy: String, chain: Schema.Types.Mixed, countedAt: Date },
  schemaOptions,
)
countSchema.index({ contentId: 1 })

/** Reads the collections of `mongoShares`; what was counted has one of its own, without anybody's name. */
export function mongoShareChains({ connection }: { connection: Connection }): ShareChains {
  const counts = connection.model<ChainCountDocument>('ChainCount', countSchema, 'chainCounts')
  const tokens = () => connection.collection<ShareTokenDocument>('shareTokens')
  const shares = () => connection.collection<ShareDocument>('shares')
  const anonymous = () => connection.collection<AnonymousReadsDocument>('anonymousReads')

  return guarded<ShareChains>({
    async readers(contentId, after, limit) {
      const later = after === null ? {} : { _id: { $gt: after } }
      const found = await tokens().find({ contentId, ...later }).sort({ contentId: 1, _id: 1 }).limit(limit).toArray()
      return found.map((document) => {
        const { _id, parent, slug, visitor, by = 'cookie' } = document
        return { token: _id, parent, depth: depthOf(document), slug, visitor, by }
      })
    },
    async sharesOf(contentId, after, limit) {
      const later = after === null ? {} : { _id: { $gt: new Types.ObjectId(after) } }
      const found = await shares().find({ contentId, ...later }).sort({ contentId: 1, _id: 1 }).limit(limit).toArray()
      return found.map(toShare)
    },
    async anonymousOf(contentId) {
      const found = await anonymous().find({ contentId }).toArray()
      return found.map(({ _id, counts: told }) => ({ slug: _id, counts: { ...noAnonymous, ...told } }))
    },
    async lastNoted(contentId) {
      const newest = async (collection: string) => connection.collection(collection).find({ contentId }, { projection: { at: 1 } }).sort({ contentId: 1, at: -1 }).limit(1).next()
      const found = await Promise.all(['shareTokens', 'shares', 'anonymousReads'].map(newest))
      const times = found.flatMap((one) => (one ? [((one['at'] as Date | undefined) ?? new Date(0)).getTime()] : []))
      return times.length > 0 ? new Date(Math.max(...times)) : null
    },
    async bySharers(keys, limit) {
      const found = await shares().find({ sharer: { $in: [...keys] } }).limit(limit).toArray()
      return newestFirst(found.map(toShare))
    },
    async byCopies(slugs, limit) {
      const found = await shares().find({ slug: { $in: [...slugs] } }).sort({ at: -1 }).limit(limit).toArray()
      return found.map(toShare)
    },
    async keep(contentId, counted) {
      const documents = counted.map(toDocument)
      const writes = documents.map(({ _id, ...replacement }) => ({ replaceOne: { filter: { _id }, replacement, upsert: true } }))
      if (writes.length > 0) await counts.bulkWrite(writes, { ordered: false })
      const kept = new Set(documents.map(({ _id }) => _id))
      const there = await counts.find({ contentId }, { _id: 1 }).lean()
      const old = there.map(({ _id }) => _id).filter((id) => !kept.has(id))
      if (old.length > 0) await counts.deleteMany({ _id: { $in: old } })
    },
    async counted(contentIds) {
      const found = await counts.find({ contentId: { $in: [...contentIds] } }).lean()
      return found.map(toCounted)
    },
  })
}

function toDocument({ contentId, of, chain, countedAt }: CountedChain): ChainCountDocument {
  const copy = of.whole ? 'whole' : of.staffId === null ? 'nobody' : `of:${of.staffId}`
  return { _id: `${contentId} ${copy}`, contentId, copy, chain, countedAt }
}

function toCounted({ contentId, copy, chain, countedAt }: ChainCountDocument): CountedChain {
  const staffId = copy.startsWith('of:') ? (copy.slice(3) as StaffId) : null
  return { contentId, of: copy === 'whole' ? { whole: true } : { whole: false, staffId }, chain, countedAt }
}

function toShare({ _id, contentId, sharer, friend, slug, by, at }: ShareDocument): ShareNoted {
  return { id: _id.toHexString(), contentId, sharer, friend, slug: slug ?? null, by: by ?? 'cookie', at }
}

function newestFirst(list: readonly ShareNoted[]): readonly ShareNoted[] {
  return list.toSorted((a, b) => b.at.getTime() - a.at.getTime())
}

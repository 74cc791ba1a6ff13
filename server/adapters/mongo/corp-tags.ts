import { type Connection, Schema } from 'mongoose'
import type { CorpTag, CorpTagGroup, CorpTags } from '../../ports/corp-tags.ts'
import { guarded } from './guarded.ts'
import { schemaOptions } from './schema.ts'

/** A tag group with its tags; a company has at most 10,000 tags. */
export interface CorpTagGroupDocument {
  _id: string
  name: string
  order: number
  tags: readonly CorpTag[]
}

const tagSchema = new Schema<CorpTag>({ id: String, name: String, order: Number }, { ...schemaOptions, _id: false })
const groupSchema = new Schema<CorpTagGroupDocument>(
  { _id: String, name: String, order: Number, tags: [tagSchema] },
  schemaOptions,
)
groupSchema.index({ 'tags.id': 1 })

/** Corp tags, one document a group; a group that is no more is removed. */
export function mongoCorpTags({ connection }: { connection: Connection }): CorpTags {
  const groups = connection.model<CorpTagGroupDocument>('CorpTagGroup', groupSchema, 'corp-tags')

  async function all(): Promise<readonly CorpTagGroup[]> {
    const found = await groups.find({ _id: { $gte: '' } }).lean()
    return found.map(toGroup).toSorted(inOrder)
  }

  return guarded<CorpTags>({
    all,
    async many(ids) {
      const wanted = new Set(ids)
      const found = await groups.find({ 'tags.id': { $in: [...ids] } }).lean()
      const tags = found.flatMap(({ name, tags: own }) => own.map((tag) => ({ ...plainTag(tag), groupName: name })))
      return new Map(tags.filter(({ id }) => wanted.has(id)).map((tag) => [tag.id, tag]))
    },
    async put(list) {
      const known = new Map((await all()).map((group) => [group.id, JSON.stringify(group)]))
      const news = list.map(ordered).filter((group) => known.get(group.id) !== JSON.stringify(group))
      if (news.length > 0) {
        await groups.bulkWrite(
          news.map(({ id, ...replacement }) => ({ replaceOne: { filter: { _id: id }, replacement, upsert: true } })),
          { ordered: false },
        )
      }
      return news.length
    },
    async keepOnly(groupIds) {
      const kept = new Set(groupIds)
      const gone = (await groups.find({ _id: { $gte: '' } }, { _id: 1 }).lean()).map(({ _id }) => _id).filter((id) => !kept.has(id))
      if (gone.length > 0) await groups.deleteMany({ _id: { $in: gone } })
      return gone.length
    },
  })
}

/** WeCom shows what has the larger order first; ties by id, so that every reading agrees. */
function inOrder(one: { order: number; id: string }, other: { order: number; id: string }): number {
  return other.order - one.order || (one.id < other.id ? -1 : 1)
}

function ordered({ id, name, order, tags }: CorpTagGroup): CorpTagGroup {
  return { id, name, order, tags: tags.map(plainTag).toSorted(inOrder) }
}

function plainTag({ id, name, order }: CorpTag): CorpTag {
  return { id, name, order }
}

function toGroup({ _id, name, order, tags }: CorpTagGroupDocument): CorpTagGroup {
  return { id: _id, name, order, tags: tags.map(plainTag) }
}

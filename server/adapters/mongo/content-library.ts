import { randomInt } from 'node:crypto'
import { type Connection, type Model, Schema } from 'mongoose'
import type { StaffId } from '../../domain/ids.ts'
import type { Content, ContentLibrary, ContentLink } from '../../ports/content.ts'
import { guarded } from './guarded.ts'
import { schemaOptions } from './schema.ts'
import { insertNew } from './store-errors.ts'

/** A content under its id. */
export interface ContentDocument extends Omit<Content, 'id'> {
  _id: string
}

/** One copy under its slug; `staffId` null for the copy that belongs to nobody. */
export interface LinkDocument {
  _id: string
  contentId: string
  staffId: StaffId | null
}

const contentSchema = new Schema<ContentDocument>(
  { _id: String, title: String, description: String, url: String, markdown: String, cover: String, addedAt: Date },
  schemaOptions,
)
contentSchema.index({ addedAt: -1, _id: -1 })
const linkSchema = new Schema<LinkDocument>({ _id: String, contentId: String, staffId: String }, schemaOptions)
linkSchema.index({ contentId: 1, staffId: 1 }, { unique: true })

/** Without signs that are misread when a slug is typed from paper. */
const slugAlphabet = 'abcdefghjkmnpqrstuvwxyz23456789'
const slugLength = 10

/** Contents and their tracked copies. */
export function mongoContentLibrary({ connection }: { connection: Connection }): ContentLibrary {
  const contents = connection.model<ContentDocument>('Content', contentSchema, 'contents')
  const links = connection.model<LinkDocument>('ContentLink', linkSchema, 'contentLinks')
  return guarded<ContentLibrary>({
    async add({ id, ...content }) {
      const document = { _id: id, ...content }
      await insertNew(connection.collection<ContentDocument>('contents'), [document])
    },
    async get(id) {
      const found = await contents.findById(id).lean()
      return found ? toContent(found) : null
    },
    async list(limit) {
      const found = await contents.find().sort({ addedAt: -1, _id: -1 }).limit(limit).lean()
      return found.map(toContent)
    },
    async linkFor(contentId, staffId) {
      const [link] = await linksFor(connection, links, [{ contentId, staffId }])
      return link as ContentLink
    },
    linksFor: (copies) => linksFor(connection, links, copies),
    async bySlug(slug) {
      const found = await links.findById(slug).lean()
      return found ? toLink(found) : null
    },
  })
}

type Copy = Omit<ContentLink, 'slug'>

/** Made on first asking. Losing a race, or drawing a slug that is taken, means asking again. */
async function linksFor(connection: Connection, links: Model<LinkDocument>, copies: readonly Copy[]): Promise<readonly ContentLink[]> {
  const keyOf = ({ contentId, staffId }: Copy) => JSON.stringify([contentId, staffId])
  const contentId = { $in: [...new Set(copies.map((copy) => copy.contentId))] }
  const staffId = { $in: [...new Set(copies.map((copy) => copy.staffId))] }
  for (;;) {
    const found = copies.length > 0 ? await links.find({ contentId, staffId }).lean() : []
    const known = new Map(found.map((document) => [keyOf(document), toLink(document)]))
    const missing = copies.filter((copy) => !known.has(keyOf(copy)))
    if (missing.length === 0) return copies.map((copy) => known.get(keyOf(copy)) as ContentLink)
    const made = missing.map((copy) => ({ _id: newSlug(), contentId: copy.contentId, staffId: copy.staffId }))
    await insertNew(connection.collection<LinkDocument>('contentLinks'), made)
  }
}

function newSlug(): string {
  return Array.from({ length: slugLength }, () => slugAlphabet[randomInt(slugAlphabet.length)]).join('')
}

function toContent({ _id, title, description, url, markdown, cover, addedAt }: ContentDocument): Content {
  return { id: _id, title, ...(description ? { description } : {}), url, markdown, cover, addedAt }
}

function toLink({ _id, contentId, staffId }: LinkDocument): ContentLink {
  return { slug: _id, contentId, staffId }
}

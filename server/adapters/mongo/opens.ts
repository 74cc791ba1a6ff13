import { type Connection, Schema } from 'mongoose'
import type { OpenCounts, OpenedBy, Opens } from '../../ports/opens.ts'
import { guarded } from './guarded.ts'
import { schemaOptions } from './schema.ts'
import { isDuplicate } from './store-errors.ts'

/** Counts of one copy under its slug. */
export type OpensDocument = { _id: string; contentId: string } & Partial<Record<OpenedBy, number>>

const opensSchema = new Schema<OpensDocument>({ _id: String, contentId: String, oauth: Number, cookie: Number, anonymous: Number }, schemaOptions)

/** How often each copy was opened; one document a copy. */
export function mongoOpens({ connection }: { connection: Connection }): Opens {
  const opens = connection.model<OpensDocument>('Opens', opensSchema, 'opens')
  const count = ({ slug, contentId }: { slug: string; contentId: string }, by: OpenedBy) =>
    opens.updateOne({ _id: slug }, { $inc: { [by]: 1 }, $setOnInsert: { contentId } }, { upsert: true })
  return guarded<Opens>({
    async note(copy, by) {
      try {
        await count(copy, by)
      } catch (error) {
        // Two first openings at once: the other one made the document.
        if (!isDuplicate(error)) throw error
        await count(copy, by)
      }
    },
    async of(slugs) {
      const found = slugs.length > 0 ? await opens.find({ _id: { $in: [...slugs] } }).lean() : []
      const bySlug = new Map(found.map((each) => [each._id, each]))
      return slugs.map((slug): OpenCounts => {
        const { oauth = 0, cookie = 0, anonymous = 0 } = bySlug.get(slug) ?? {}
        return { oauth, cookie, anonymous }
      })
    },
  })
}

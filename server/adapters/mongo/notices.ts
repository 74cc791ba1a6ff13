import { type Connection, Schema } from 'mongoose'
import type { NoticeAct } from '../../domain/notice.ts'
import type { KeptText, Notices } from '../../ports/notices.ts'
import { guarded } from './guarded.ts'
import { schemaOptions } from './schema.ts'
import { insertNew } from './store-errors.ts'

/** One act; `_id` makes it one: identity, source, version, deed, and for a decision its moment. */
interface NoticeDocument extends NoticeAct {
  _id: string
  /** When the daily end of what has had its time looks at it again; absent: it has not yet. Clock time. */
  checkAt?: Date | null
}

interface TextDocument extends KeptText {
  _id: string
}

const noticeSchema = new Schema<NoticeDocument>(
  { _id: String, identity: String, source: String, version: String, deed: String, how: String, at: Date, checkAt: Date },
  schemaOptions,
)
noticeSchema.index({ identity: 1, at: 1 })
noticeSchema.index({ checkAt: 1 })
const textSchema = new Schema<TextDocument>({ _id: String, source: String, version: String, text: String, at: Date }, schemaOptions)

/** Notices shown and decisions made, one document each, and the words behind each version. */
export function mongoNotices({ connection }: { connection: Connection }): Notices {
  const notices = connection.model<NoticeDocument>('Notice', noticeSchema, 'notices')
  const texts = connection.model<TextDocument>('NoticeText', textSchema, 'noticeTexts')
  return guarded<Notices>({
    async note(acts) {
      const documents = acts.map((act) => ({ ...act, _id: idOf(act) }))
      await insertNew(connection.collection<NoticeDocument>('notices'), documents)
    },
    async of(identities) {
      const found = await notices.find({ identity: { $in: [...identities] } }).lean()
      return found.map(toAct).toSorted((a, b) => a.at.getTime() - b.at.getTime())
    },
    async drop(identities) {
      const { deletedCount } = await notices.deleteMany({ identity: { $in: [...identities] } })
      return deletedCount
    },
    async toCheck(now, limit) {
      const fresh = await notices.find({ checkAt: null }, { identity: 1 }).limit(limit).lean()
      const due = fresh.length < limit ? await notices.find({ checkAt: { $lte: now } }, { identity: 1 }).sort({ checkAt: 1 }).limit(limit - fresh.length).lean() : []
      return [...new Set([...fresh, ...due].map(({ identity }) => identity))]
    },
    async checkAgain(list) {
      const writes = list.map(({ identities, at }) => ({ updateMany: { filter: { identity: { $in: [...identities] } }, update: { $set: { checkAt: at } } } }))
      if (writes.length > 0) await notices.bulkWrite(writes)
    },
    async keepText({ source, version, text, at }) {
      const document = { _id: `${source}|${version}`, source, version, text, at }
      const there = await insertNew(connection.collection<TextDocument>('noticeTexts'), [document])
      if (there.size === 0) return 'kept'
      const found = await texts.findById(document._id).lean()
      return found?.text === text ? 'same' : 'differs'
    },
  })
}

function idOf({ identity, source, version, deed, at }: NoticeAct): string {
  const head = [identity, source, version, deed]
  return (deed === 'shown' ? head : [...head, at.getTime()]).join('|')
}

function toAct({ identity, source, version, deed, how, at }: NoticeDocument): NoticeAct {
  return { identity, source, version, deed, how, at }
}

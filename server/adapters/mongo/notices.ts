import { type Connection, Schema } from 'mongoose'
import type { NoticeAct } from '../../domain/notice.ts'
import type { KeptText, Notices } from '../../ports/notices.ts'
import { guarded } from './guarded.ts'
import { schemaOptions } from './schema.ts'
import { insertNew } from './store-errors.ts'

/** One act; `_id` makes it one: identity, source, version, deed, and for a decision its moment. */
interface NoticeDocument extends NoticeAct {
  _id: string
}

interface TextDocument extends KeptText {
  _id: string
}

const noticeSchema = new Schema<NoticeDocument>(
  { _id: String, identity: String, source: String, version: String, deed: String, how: String, at: Date },
  schemaOptions,
)
noticeSchema.index({ identity: 1, at: 1 })
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

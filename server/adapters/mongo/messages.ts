import { type Connection, type Model, Schema } from 'mongoose'
import type { ExternalUserId, StaffId } from '../../domain/ids.ts'
import type { Messages } from '../../ports/outbox.ts'
import { guarded } from './guarded.ts'
import { type MessageDocument, toMessage, toMessageDocument } from './message-document.ts'
import { schemaOptions } from './schema.ts'
import { insertNew } from './store-errors.ts'

const responseCodeHours = 72
/** What a message says whose words were forgotten. An empty text means more: erased, its card to be changed or recalled. */
const noWords = '{}'

const messageSchema = new Schema<MessageDocument>(
  {
    _id: String,
    staffId: String,
    json: String,
    alertKeys: [String],
    externalUserIds: [String],
    kind: String,
    state: String,
    frozenAt: Date,
    nextTryAt: Date,
    attempts: Number,
    sentAt: Date,
    msgId: String,
    responseCode: { type: { code: String, at: Date }, _id: false },
    update: { type: { text: String, dueAt: Date }, _id: false },
    note: String,
    rangAt: Date,
    storedAt: Date,
    forgetsWords: Boolean,
  },
  schemaOptions,
)
messageSchema.index({ state: 1, nextTryAt: 1 })
messageSchema.index({ frozenAt: 1 })
messageSchema.index({ 'update.dueAt': 1 }, { sparse: true })
messageSchema.index({ staffId: 1, rangAt: 1 })
messageSchema.index({ staffId: 1, externalUserIds: 1, rangAt: -1 })

type MessageModel = Model<MessageDocument>

/** Messages, one document each under their task_id. */
export function mongoMessages({ connection }: { connection: Connection }): Messages {
  const messages = connection.model<MessageDocument>('Message', messageSchema, 'messages')
  return guarded<Messages>({
    async freeze(message) {
      await insertNew(connection.collection<MessageDocument>('messages'), [toMessageDocument(message)])
    },
    async get(id) {
      const found = await messages.findById(id).lean()
      return found ? toMessage(found) : null
    },
    async due(now, limit) {
      const due = messages.find({ state: 'waiting', nextTryAt: { $lte: now } })
      return (await due.sort({ nextTryAt: 1 }).limit(limit).lean()).map(toMessage)
    },
    async updatesDue(now, limit) {
      const due = messages.find({ 'update.dueAt': { $lte: now }, state: { $in: ['sent', 'sent-unconfirmed'] } })
      return (await due.sort({ 'update.dueAt': 1 }).limit(limit).lean()).map(toMessage)
    },
    async save(id, patch) {
      await messages.updateOne({ _id: id }, { $set: withRing(patch) })
    },
    async saveAttempt(id, attempts, patch) {
      const waiting = { _id: id, state: 'waiting' as const, attempts }
      const isOver = patch.state !== undefined && patch.state !== 'waiting'
      const still = isOver ? { ...waiting, forgetsWords: { $ne: true } } : waiting
      if ((await messages.updateOne(still, { $set: withRing(patch) })).matchedCount === 1) return true
      // Of such a message the words go in the same write: nobody would come back for them.
      return isOver && (await messages.updateOne({ ...waiting, forgetsWords: true }, { $set: { ...withRing(patch), json: noWords } })).matchedCount === 1
    },
    async forgetWords(id) {
      const { matchedCount } = await messages.updateOne({ _id: id, state: 'waiting' }, { $set: { forgetsWords: true } })
      if (matchedCount === 0) await messages.updateOne({ _id: id, state: { $ne: 'waiting' } }, { $set: { json: noWords } })
    },
    async sentSince(staffId, since) {
      const found = messages.find({ staffId, rangAt: { $gte: since } }, { rangAt: 1 }).sort({ rangAt: 1 })
      return (await found.lean()).map(({ rangAt }) => rangAt)
    },
    lastRangAbout: (staffId, ids) => lastRangAbout(messages, staffId, ids),
    async takeResponseCode(id, now) {
      const oldest = new Date(now.getTime() - responseCodeHours * 3_600_000)
      const before = await messages
        .findOneAndUpdate({ _id: id, 'responseCode.at': { $gt: oldest } }, { $set: { responseCode: null } })
        .lean()
      return before?.responseCode?.code ?? null
    },
  })
}

function withRing(patch: Parameters<Messages['save']>[1]) {
  return patch.sentAt ? { ...patch, rangAt: patch.sentAt } : patch
}

/** One index step a customer, however many messages there ever were. A refused message rang nothing. */
async function lastRangAbout(
  messages: MessageModel,
  staffId: StaffId,
  ids: readonly ExternalUserId[],
): Promise<ReadonlyMap<ExternalUserId, Date>> {
  const newest = async (id: ExternalUserId) => {
    const filter = { staffId, externalUserIds: id, state: { $ne: 'refused' as const } }
    const found = await messages.findOne(filter, { rangAt: 1 }).sort({ rangAt: -1 }).lean()
    return found ? [[id, found.rangAt] as const] : []
  }
  return new Map((await Promise.all([...new Set(ids)].map(newest))).flat())
}

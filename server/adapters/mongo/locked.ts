import { type Connection, Schema } from 'mongoose'
import type { Locked, LockedRecord } from '../../ports/privacy.ts'
import { guarded } from './guarded.ts'
import { toPlainRecord } from './plain.ts'
import { schemaOptions } from './schema.ts'
import { insertNew } from './store-errors.ts'

/** A record under its number; `refunds` came in after it was locked away. */
export interface LockedDocument extends Omit<LockedRecord, 'id'> {
  _id: string
  refunds: readonly { id: string; amount: number; at: Date }[]
}

const lockedSchema = new Schema<LockedDocument>(
  {
    _id: String,
    print: String,
    kind: String,
    lockedAt: Date,
    content: Schema.Types.Mixed,
    refunds: { type: [{ id: String, amount: Number, at: Date, _id: false }] },
  },
  schemaOptions,
)
lockedSchema.index({ lockedAt: 1 })

/** What law obliges to keep of the erased; written, and listed for an operator. */
export function mongoLocked({ connection }: { connection: Connection }): Locked {
  const locked = connection.model<LockedDocument>('LockedRecord', lockedSchema, 'locked')
  return guarded<Locked>({
    async put(records) {
      const documents = records.map(({ id, content, ...record }) => ({ ...record, _id: id, content: toPlainRecord(content), refunds: [] }))
      const known = await insertNew(connection.collection<LockedDocument>('locked'), documents)
      for (const { _id, content } of documents.filter((_, index) => known.has(index))) {
        if (typeof content['amount'] === 'number') await locked.updateOne({ _id, 'content.amount': null }, { $set: { content } })
      }
    },
    async addRefund({ paymentKey, refundId, amount, at, kind }) {
      const found = await locked.findById(paymentKey).lean()
      if (!found) return false
      if (kind === 'refund-failed' || found.refunds.some(({ id }) => id === refundId)) return true
      await locked.updateOne({ _id: paymentKey, 'refunds.id': { $ne: refundId } }, { $push: { refunds: { id: refundId, amount, at } } })
      return true
    },
    async list(limit) {
      const found = await locked.find({}, { print: 0 }).sort({ lockedAt: -1 }).limit(limit).lean()
      return found.map(({ _id, kind, lockedAt, content, refunds }) => ({ id: _id, kind, lockedAt, content, refunds }))
    },
  })
}

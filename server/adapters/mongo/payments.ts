import { type Connection, type Model, Schema } from 'mongoose'
import type { AppId, OpenId } from '../../domain/ids.ts'
import type { Payment } from '../../domain/payment.ts'
import type { PaymentChange, Payments } from '../../ports/payments.ts'
import { guarded } from './guarded.ts'
import { machineNow, schemaOptions } from './schema.ts'
import { insertNew } from './store-errors.ts'

/** A payment as stored; `_id` is its number, `openId` null for one that is scanned. */
interface PaymentDocument extends Omit<Payment, 'id' | 'way' | 'appId'> {
  _id: string
  appId: string
  openId: string | null
  storedAt: Date
}

const paymentSchema = new Schema<PaymentDocument>(
  {
    _id: String,
    externalUserId: String,
    staffId: String,
    amount: Number,
    description: String,
    itemIds: [String],
    appId: String,
    openId: String,
    state: String,
    prepayId: String,
    codeUrl: String,
    createdAt: Date,
    expiresAt: Date,
    askAt: Date,
    asked: Number,
    transactionId: String,
    paidAt: Date,
    refunds: [{ type: { id: String, amount: Number }, _id: false }],
    storedAt: Date,
  },
  schemaOptions,
)
paymentSchema.index({ externalUserId: 1, createdAt: -1 })
paymentSchema.index({ createdAt: 1 })
// Only payments that are still asked about have a time, and few have.
paymentSchema.index({ askAt: 1 }, { partialFilterExpression: { askAt: { $type: 'date' } } })

/** Payments that salespeople asked for, one document each under their own number. */
export function mongoPayments({ connection }: { connection: Connection }): Payments {
  const payments: Model<PaymentDocument> = connection.model<PaymentDocument>('Payment', paymentSchema, 'payments')
  return guarded<Payments>({
    async add(payment) {
      await insertNew(connection.collection<PaymentDocument>('payments'), [toDocument(payment)])
    },
    async get(id) {
      const found = await payments.findById(id).lean<PaymentDocument>()
      return found ? toPayment(found) : null
    },
    async many(ids) {
      const found = await payments.find({ _id: { $in: [...ids] } }).lean<PaymentDocument[]>()
      return found.map(toPayment)
    },
    async of(externalUserId, limit) {
      const found = await payments
        .find({ externalUserId })
        .sort({ createdAt: -1 })
        .limit(limit)
        .lean<PaymentDocument[]>()
      return found.map(toPayment)
    },
    async change(id, from, to) {
      const filter = { _id: id, state: { $in: [...from] } }
      const found = await payments
        .findOneAndUpdate(filter, { $set: toFields(to) }, { returnDocument: 'after' })
        .lean<PaymentDocument>()
      return found ? toPayment(found) : null
    },
    async due(now, limit) {
      const due = payments
        .find({ askAt: { $type: 'date', $lte: now } })
        .sort({ askAt: 1 })
        .limit(limit)
      return (await due.lean<PaymentDocument[]>()).map(toPayment)
    },
  })
}

function toFields({ refunds, ...change }: PaymentChange) {
  return { ...change, ...(refunds ? { refunds: refunds.map(({ id, amount }) => ({ id, amount })) } : {}) }
}

function toDocument({ id, way, ...payment }: Payment): PaymentDocument {
  return {
    ...payment,
    _id: id,
    itemIds: [...payment.itemIds],
    openId: way.kind === 'link' ? way.openId : null,
    refunds: payment.refunds.map((refund) => ({ ...refund })),
    storedAt: machineNow(),
  }
}

function toPayment({ _id, openId, storedAt: _storedAt, ...payment }: PaymentDocument): Payment {
  return {
    ...payment,
    id: _id,
    appId: payment.appId as AppId,
    way: openId === null ? { kind: 'code' } : { kind: 'link', openId: openId as OpenId },
    itemIds: [...payment.itemIds],
    refunds: payment.refunds.map(({ id, amount }) => ({ id, amount })),
  }
}

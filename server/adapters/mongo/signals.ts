import { type Connection, Schema } from 'mongoose'
import { compareMarks } from '../../domain/event-order.ts'
import type { Signals, StoredSignal } from '../../ports/signals.ts'
import { guarded } from './guarded.ts'
import { machineNow, oneReply, schemaOptions } from './schema.ts'
import { toStoreError } from './store-errors.ts'

/** A signal as stored, under its key. */
export interface SignalDocument extends Omit<StoredSignal, 'key'> {
  _id: string
  storedAt: Date
}

const signalSchema = new Schema<SignalDocument>(
  {
    _id: String,
    rule: String,
    subject: String,
    at: Date,
    causeKey: String,
    eventKeys: [String],
    identity: String,
    standing: Boolean,
    because: String,
    storedAt: Date,
  },
  schemaOptions,
)
signalSchema.index({ identity: 1, at: 1 })
signalSchema.index({ standing: 1, at: 1, _id: 1 })

/** Rules whose condition became true, one document each; found by identity and time. */
export function mongoSignals({ connection }: { connection: Connection }): Signals {
  const signals = connection.model<SignalDocument>('Signal', signalSchema, 'signals')
  const written = connection.collection<SignalDocument>('signals')
  const stored = guarded<Omit<Signals, 'standing'>>({
    async put(list) {
      if (list.length === 0) return
      await written.bulkWrite(
        list.map(({ key, ...signal }) => ({
          updateOne: { filter: { _id: key }, update: { $set: { ...signal, storedAt: machineNow() } }, upsert: true },
        })),
        { ordered: false },
      )
    },
    async between(identities, from, to) {
      if (identities.length === 0) return []
      const found = await signals.find({ identity: { $in: [...identities] }, at: { $gte: from, $lte: to } }).lean().batchSize(oneReply)
      return found.map(toSignal).toSorted(compareMarks)
    },
  })
  async function* standing(): AsyncGenerator<StoredSignal> {
    try {
      for await (const document of signals.find({ standing: true }).sort({ at: 1, _id: 1 }).lean().cursor()) {
        yield toSignal(document)
      }
    } catch (error) {
      throw toStoreError(error)
    }
  }
  return { ...stored, standing }
}

function toSignal({ _id, rule, subject, at, causeKey, eventKeys, identity, standing, because }: SignalDocument): StoredSignal {
  return { key: _id, rule, subject, at, causeKey, eventKeys: [...eventKeys], identity, standing, because }
}

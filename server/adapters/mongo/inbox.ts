import { type Collection, type Connection, type Model, type mongo, Schema, Types } from 'mongoose'
import type { Inbox, LeftDelivery, LeftState, Outcome, TakenDelivery } from '../../ports/inbox.ts'
import { createAcceptor } from './accept.ts'
import { guarded } from './guarded.ts'
import { machineNow, schemaOptions } from './schema.ts'
import { toStoreError } from './store-errors.ts'

const leftStates = ['set-aside', 'unrecognised', 'stuck'] as const
type State = 'waiting' | 'handled' | LeftState

/** A delivery as the inbox keeps it. `storedAt` is machine time and, with `_id`, the order of arrival. */
export interface InboxDocument {
  _id: Types.ObjectId
  channel: TakenDelivery['channel']
  account: string
  key: string
  bytes: Buffer
  receivedAt: Date
  storedAt: Date
  state: State
  nextTryAt: Date
  attempts: number
  reason: string | null
  settledAt: Date | null
  /** Machine time; only while it is unrecognised. */
  unrecognisedAt: Date | null
}

const handledDays = 90
const triesBeforeStuck = 5

const inboxSchema = new Schema<InboxDocument>(
  {
    _id: Schema.Types.ObjectId,
    channel: String,
    account: String,
    key: String,
    bytes: Buffer,
    receivedAt: Date,
    storedAt: Date,
    state: String,
    nextTryAt: Date,
    attempts: Number,
    reason: String,
    settledAt: Date,
    unrecognisedAt: Date,
  },
  schemaOptions,
)
inboxSchema.index({ channel: 1, account: 1, key: 1 }, { unique: true })
inboxSchema.index({ state: 1, storedAt: 1, _id: 1 })
inboxSchema.index(
  { storedAt: 1 },
  { expireAfterSeconds: handledDays * 86_400, partialFilterExpression: { state: 'handled' } },
)
inboxSchema.index(
  { unrecognisedAt: 1 },
  { expireAfterSeconds: handledDays * 86_400, partialFilterExpression: { state: 'unrecognised' } },
)

/**
 * Events not yet handled. Handled ones stay 90 days, so that resends are known, and so does what we have no use for;
 * all others stay until somebody looks.
 */
export function mongoInbox({ connection }: { connection: Connection }): Inbox {
  const deliveries = connection.model<InboxDocument>('InboxDelivery', inboxSchema, 'inbox')
  const stored = connection.collection<InboxDocument>('inbox')
  const guardedMethods = guarded<Omit<Inbox, 'each' | 'accept'>>({
    take: (limit, now) => take(stored, limit, now),
    settle: (outcomes, now) => settle(stored, outcomes, now),
    oldest: () => oldest(deliveries),
    async depth() {
      const [waiting, since] = await Promise.all([deliveries.countDocuments({ state: 'waiting' }), oldest(deliveries)])
      return { waiting, oldest: since }
    },
    async list(state, limit) {
      const found = await deliveries.find({ state }).sort({ storedAt: -1, _id: -1 }).limit(limit).lean()
      return found.map(toLeft)
    },
    async left() {
      const counts = await Promise.all(leftStates.map((state) => deliveries.countDocuments({ state })))
      return Object.fromEntries(leftStates.map((state, index) => [state, counts[index] ?? 0])) as Record<LeftState, number>
    },
    async find(id) {
      const found = Types.ObjectId.isValid(id) ? await deliveries.findOne({ _id: new Types.ObjectId(id) }).lean() : null
      return found && isLeft(found.state) ? { ...toLeft(found), state: found.state } : null
    },
    reopen: (ids) => reopen(deliveries, ids),
  })
  // The acceptor keeps deadlines of its own and rejects with StoreUnavailable itself.
  const accept = createAcceptor(deliveries.collection)
  return { ...guardedMethods, accept, each: (state) => each(deliveries, state) }
}

async function* each(deliveries: Model<InboxDocument>, state: LeftState): AsyncGenerator<LeftDelivery> {
  try {
    for await (const document of deliveries.find({ state }).sort({ storedAt: 1, _id: 1 }).lean().cursor()) yield toLeft(document)
  } catch (error) {
    throw toStoreError(error)
  }
}

async function reopen(deliveries: Model<InboxDocument>, ids: readonly string[]): Promise<readonly string[]> {
  const wanted = ids.filter((id) => Types.ObjectId.isValid(id)).map((id) => new Types.ObjectId(id))
  if (wanted.length === 0) return []
  const filter = { _id: { $in: wanted }, state: { $in: [...leftStates] } }
  const found = await deliveries.find(filter, { _id: 1 }).lean()
  // Due at once, whatever the clock of the process that takes it says.
  const waiting = { state: 'waiting' as const, nextTryAt: new Date(0), attempts: 0, reason: null, settledAt: null, unrecognisedAt: null }
  await deliveries.updateMany(filter, { $set: waiting })
  return found.map(({ _id }) => String(_id))
}

function isLeft(state: State): state is LeftState {
  return leftStates.some((left) => left === state)
}

async function take(deliveries: Collection<InboxDocument>, limit: number, now: Date): Promise<readonly TakenDelivery[]> {
  const found = await deliveries
    .find({ state: 'waiting', nextTryAt: { $lte: now } })
    .sort({ storedAt: 1, _id: 1 })
    .limit(limit)
    .batchSize(limit)
    .toArray()
  return found.map(toTaken)
}

async function oldest(deliveries: Model<InboxDocument>): Promise<Date | null> {
  const found = await deliveries.findOne({ state: 'waiting' }, { receivedAt: 1 }).sort({ storedAt: 1, _id: 1 }).lean()
  return found?.receivedAt ?? null
}

/** One batch: all handled ones in one update, every other outcome in its own. Only what still waits is touched. */
async function settle(deliveries: Collection<InboxDocument>, outcomes: readonly Outcome[], now: Date): Promise<void> {
  const gone = outcomes.filter(({ outcome }) => outcome === 'not-kept').map(({ id }) => new Types.ObjectId(id))
  const handled = outcomes.filter(({ outcome }) => outcome === 'handled').map(({ id }) => new Types.ObjectId(id))
  const writes: mongo.AnyBulkWriteOperation<InboxDocument>[] = [
    ...(gone.length > 0 ? [{ deleteMany: { filter: { _id: { $in: gone }, state: 'waiting' as const } } }] : []),
    ...(handled.length > 0 ? [settleHandled(handled, now)] : []),
    ...outcomes.flatMap((outcome) => settleOne(outcome, now)),
  ]
  if (writes.length > 0) await deliveries.bulkWrite(writes)
}

function settleHandled(ids: Types.ObjectId[], now: Date): mongo.AnyBulkWriteOperation<InboxDocument> {
  return {
    updateMany: {
      filter: { _id: { $in: ids }, state: 'waiting' },
      update: { $set: { state: 'handled', settledAt: now, reason: null } },
    },
  }
}

function settleOne(outcome: Outcome, now: Date): mongo.AnyBulkWriteOperation<InboxDocument>[] {
  const waiting = { _id: new Types.ObjectId(outcome.id), state: 'waiting' as const }
  if (outcome.outcome === 'handled' || outcome.outcome === 'not-kept') return []
  if (outcome.outcome === 'waits') {
    const { until, reason } = outcome
    return [{ updateOne: { filter: waiting, update: { $set: { nextTryAt: until, reason } } } }]
  }
  if (outcome.outcome !== 'deferred') {
    const { outcome: state, reason } = outcome
    const unrecognisedAt = state === 'unrecognised' ? machineNow() : null
    return [{ updateOne: { filter: waiting, update: { $set: { state, reason, settledAt: now, unrecognisedAt } } } }]
  }
  const { until, reason } = outcome
  // The same deferral told twice counts once: it has the same `until`. The last try comes first in the batch, or the
  // update before it would make one more delivery look like it.
  const fresh = { ...waiting, nextTryAt: { $ne: until } }
  const deferred = { nextTryAt: until, reason }
  const lastTry = { ...fresh, attempts: { $gte: triesBeforeStuck - 1 } }
  const earlierTry = { ...fresh, attempts: { $lt: triesBeforeStuck - 1 } }
  return [
    {
      updateOne: {
        filter: lastTry,
        update: { $set: { ...deferred, state: 'stuck', settledAt: now }, $inc: { attempts: 1 } },
      },
    },
    { updateOne: { filter: earlierTry, update: { $set: deferred, $inc: { attempts: 1 } } } },
  ]
}

function toLeft(document: InboxDocument): LeftDelivery {
  return { ...toTaken(document), reason: document.reason ?? '' }
}

/** A stored delivery in our words. */
export function toTaken(document: InboxDocument): TakenDelivery {
  const { channel, account, key, receivedAt, attempts } = document
  return { id: String(document._id), channel, account, key, bytes: toBytes(document.bytes), receivedAt, attempts }
}

/** Lean reads give the driver's Binary, which keeps its bytes in `buffer`. */
function toBytes(stored: Buffer | { buffer: Uint8Array }): Uint8Array {
  return new Uint8Array(stored instanceof Uint8Array ? stored : stored.buffer)
}

import { type Connection, type mongo, Schema } from 'mongoose'
import type { AlertState } from '../../domain/alert.ts'
import { eventKindsOf, type DatedKind, type RetentionRun } from '../../domain/retention.ts'
import type { Retention } from '../../ports/retention.ts'
import { guarded } from './guarded.ts'
import type { PersonDocument } from './people-tree.ts'
import { schemaOptions } from './schema.ts'

interface RunDocument extends RetentionRun {
  _id: 'last'
}

const runSchema = new Schema<RunDocument>({ _id: String, at: Date, removed: Schema.Types.Mixed }, schemaOptions)

/** Which documents of a collection are older: each filter goes by an index of its collection. */
type Place = { collection: string; older: (before: Date) => mongo.Filter<mongo.Document> }

const everyAlertState: Readonly<Record<AlertState, true>> = {
  queued: true,
  held: true,
  merged: true,
  sent: true,
  'sent-unconfirmed': true,
  refused: true,
  opened: true,
  snoozed: true,
  acted: true,
  'not-useful': true,
  retracted: true,
  superseded: true,
  expired: true,
}
const alertStates = Object.keys(everyAlertState)
const ofKinds = (kind: 'events' | 'purchases') => (before: Date) => ({ kind: { $in: [...eventKindsOf[kind]] }, at: { $lt: before } })

const places: Readonly<Record<Exclude<DatedKind, 'inbox-handled' | 'inbox-unrecognised' | 'inbox-left'>, Place>> = {
  events: { collection: 'timeline', older: ofKinds('events') },
  purchases: { collection: 'timeline', older: ofKinds('purchases') },
  payments: { collection: 'payments', older: (before) => ({ createdAt: { $lt: before } }) },
  locked: { collection: 'locked', older: (before) => ({ lockedAt: { $lt: before } }) },
  signals: { collection: 'signals', older: (before) => ({ standing: { $in: [true, false] }, at: { $lt: before } }) },
  alerts: { collection: 'alerts', older: (before) => ({ state: { $in: alertStates }, raisedAt: { $lt: before } }) },
  messages: { collection: 'messages', older: (before) => ({ frozenAt: { $lt: before } }) },
  briefings: { collection: 'briefings', older: (before) => ({ at: { $lt: before } }) },
  notes: { collection: 'notes', older: (before) => ({ at: { $lt: before } }) },
  'follow-ups': { collection: 'followups', older: (before) => ({ at: { $lt: before } }) },
  observations: { collection: 'observations', older: (before) => ({ at: { $lt: before } }) },
  webhooks: { collection: 'webhooks', older: (before) => ({ state: { $in: ['waiting', 'delivered', 'given-up'] }, createdAt: { $lt: before } }) },
}

const inboxStates = {
  'inbox-handled': ['handled'],
  'inbox-unrecognised': ['unrecognised'],
  'inbox-left': ['set-aside', 'stuck'],
} as const

/** What has had its time, removed in batches, and when each person is to be looked at again. */
export function mongoRetention({ connection }: { connection: Connection }): Retention {
  const runs = connection.model<RunDocument>('RetentionRun', runSchema, 'retention')

  async function remove(collection: string, ids: readonly unknown[]): Promise<number> {
    if (ids.length === 0) return 0
    const { deletedCount } = await connection.collection(collection).deleteMany({ _id: { $in: [...ids] as never[] } })
    return deletedCount
  }

  /**
   * The oldest by arrival, of which those received before go. Arrival and receipt are of one order but for a clock that
   * was moved, so a page that holds a younger one is the last; no index of its own slows down what arrives.
   */
  async function removeDeliveries(state: string, before: Date, limit: number): Promise<number> {
    const inbox = connection.collection('inbox')
    const oldest = await inbox.find({ state }, { projection: { receivedAt: 1 } }).sort({ storedAt: 1, _id: 1 }).limit(limit).toArray()
    return remove('inbox', oldest.filter(({ receivedAt }) => (receivedAt as Date) < before).map(({ _id }) => _id))
  }

  return guarded<Retention>({
    async removeOlder(kind, before, limit) {
      if (kind === 'inbox-handled' || kind === 'inbox-unrecognised' || kind === 'inbox-left') {
        const counts = await Promise.all(inboxStates[kind].map((state) => removeDeliveries(state, before, limit)))
        return counts.reduce<number>((sum, count) => sum + count, 0)
      }
      const { collection, older } = places[kind]
      const found = await connection.collection(collection).find(older(before), { projection: { _id: 1 } }).limit(limit).toArray()
      return remove(collection, found.map(({ _id }) => _id))
    },
    async toCheck(now, limit) {
      const people = connection.model<PersonDocument>('Person')
      const fresh = await people.find({ checkAt: null }, { _id: 1 }).limit(limit).lean()
      const due = fresh.length < limit ? await people.find({ checkAt: { $lte: now } }, { _id: 1 }).sort({ checkAt: 1 }).limit(limit - fresh.length).lean() : []
      return [...fresh, ...due].map(({ _id }) => _id)
    },
    async checkAgain(list) {
      if (list.length === 0) return
      const people = connection.model<PersonDocument>('Person')
      await people.bulkWrite(list.map(({ ids, at }) => ({ updateMany: { filter: { _id: { $in: [...ids] } }, update: { $set: { checkAt: at } } } })))
    },
    async lastRun() {
      const found = await runs.findById('last').lean()
      return found ? { at: found.at, removed: found.removed } : null
    },
    async noteRun({ at, removed }) {
      await runs.updateOne({ _id: 'last' }, { $set: { at, removed: { ...removed } } }, { upsert: true })
    },
  })
}

import { type Connection, type Model, Schema } from 'mongoose'
import { type Alert, type AlertState, openStates } from '../../domain/alert.ts'
import type { StaffId } from '../../domain/ids.ts'
import type { AlertCount, Alerts } from '../../ports/outbox.ts'
import { type AlertDocument, toAlert, toAlertDocument } from './alert-document.ts'
import { guarded } from './guarded.ts'
import { schemaOptions } from './schema.ts'
import { insertNew } from './store-errors.ts'

const historySchema = new Schema<Alert['history'][number]>(
  { state: String, at: Date, reason: String },
  { ...schemaOptions, _id: false },
)
const evidenceSchema = new Schema<Alert['evidence'][number]>({ at: Date, text: String }, { ...schemaOptions, _id: false })
const alertSchema = new Schema<AlertDocument>(
  {
    _id: String,
    rule: String,
    subject: String,
    externalUserId: String,
    customerName: String,
    owner: String,
    tag: String,
    title: String,
    evidence: [evidenceSchema],
    openers: [String],
    items: [String],
    eventKeys: [String],
    urgency: String,
    direct: Boolean,
    rings: Boolean,
    at: Date,
    raisedAt: Date,
    dueAt: Date,
    state: String,
    history: [historySchema],
    messageId: String,
    changedAt: Date,
    storedAt: Date,
  },
  schemaOptions,
)
const newestFirst = { raisedAt: -1, at: -1, _id: -1 } as const
alertSchema.index({ externalUserId: 1, state: 1, ...newestFirst })
alertSchema.index({ owner: 1, state: 1, ...newestFirst })
alertSchema.index({ owner: 1, state: 1, changedAt: 1 })
alertSchema.index({ state: 1, dueAt: 1 })
alertSchema.index({ state: 1, raisedAt: 1, at: 1, _id: 1 })

type AlertModel = Model<AlertDocument>

/** A question names so many members at most: each of them, in each state, is a step of its own in the index. */
const ownersAtOnce = 200

/** Alerts, one document each under their key, with every change in it. */
export function mongoAlerts({ connection }: { connection: Connection }): Alerts {
  const alerts = connection.model<AlertDocument>('Alert', alertSchema, 'alerts')
  return guarded<Alerts>({
    async put(list) {
      const there = await insertNew(connection.collection<AlertDocument>('alerts'), list.map(toAlertDocument))
      return list.map(({ key }) => key).filter((_, index) => !there.has(index))
    },
    async get(key) {
      const found = await alerts.findById(key).lean()
      return found ? toAlert(found) : null
    },
    many: (keys) => many(alerts, keys),
    change: (...change) => changeState(alerts, ...change),
    async reword(key, { title, evidence }) {
      await alerts.updateOne({ _id: key }, { $set: { title, evidence: [...evidence] } })
    },
    async about(id, states, limit) {
      const about = alerts.find({ externalUserId: id, state: { $in: [...states] } })
      return (await about.sort({ ...newestFirst }).limit(limit).lean()).map(toAlert)
    },
    async haveAlerts(ids, states) {
      const about = { externalUserId: { $in: [...ids] }, state: { $in: [...states] } }
      return new Set(await alerts.distinct('externalUserId', about))
    },
    async of(staffId, states, limit) {
      const owned = alerts.find({ owner: staffId, state: { $in: [...states] } })
      return (await owned.sort({ ...newestFirst }).limit(limit).lean()).map(toAlert)
    },
    ofAny: (...question) => ofAny(alerts, ...question),
    staffWithUnrung: (now) => staffWithUnrung(alerts, now),
    async inState(state, limit) {
      const found = alerts.find({ state }).sort({ raisedAt: 1, at: 1, _id: 1 }).limit(limit)
      return (await found.lean()).map(toAlert)
    },
    async openSince(before, limit) {
      const open = alerts.find({ state: { $in: [...openStates] }, raisedAt: { $lt: before } })
      return (await open.sort({ raisedAt: 1, at: 1, _id: 1 }).limit(limit).lean()).map(toAlert)
    },
    counts: (...question) => counts(alerts, ...question),
  })
}

/** Of a whole company some at a time: later ones are asked only for what is newer than the oldest that would be told. */
async function ofAny(alerts: AlertModel, owners: readonly StaffId[], states: readonly AlertState[], limit: number): Promise<readonly Alert[]> {
  let newest: AlertDocument[] = []
  for (const some of partsOf(owners)) {
    const last = newest.length < limit ? undefined : newest.at(-1)
    const owned = { owner: { $in: some }, state: { $in: [...states] }, ...(last && { raisedAt: { $gte: last.raisedAt } }) }
    const found = await alerts.find(owned).sort({ ...newestFirst }).limit(limit).lean<AlertDocument[]>()
    newest = newest.length === 0 ? found : [...newest, ...found].toSorted(byNewest).slice(0, limit)
  }
  return newest.map(toAlert)
}

function byNewest(one: AlertDocument, other: AlertDocument): number {
  const later = other.raisedAt.getTime() - one.raisedAt.getTime() || other.at.getTime() - one.at.getTime()
  return later || (one._id < other._id ? 1 : -1)
}

function partsOf(owners: readonly StaffId[]): StaffId[][] {
  return Array.from({ length: Math.ceil(owners.length / ownersAtOnce) }, (_, index) => owners.slice(index * ownersAtOnce, (index + 1) * ownersAtOnce))
}

/** In the order of the keys; unknown ones are left out. */
async function many(alerts: AlertModel, keys: readonly string[]): Promise<readonly Alert[]> {
  const found = await alerts.find({ _id: { $in: [...keys] } }).lean()
  const byKey = new Map(found.map((document) => [document._id, toAlert(document)]))
  return keys.flatMap((key) => byKey.get(key) ?? [])
}

/** One write: state, patch and history change together or not at all. */
async function changeState(alerts: AlertModel, ...change: Parameters<Alerts['change']>): Promise<boolean> {
  const [key, from, { state, at, reason }, patch = {}] = change
  const changed = await alerts
    .findOneAndUpdate(
      { _id: key, state: { $in: [...from] } },
      { $set: { ...patch, state, changedAt: at }, $push: { history: { state, at, reason } } },
      { projection: { _id: 1 } },
    )
    .lean()
  return changed !== null
}

async function staffWithUnrung(alerts: AlertModel, now: Date): Promise<readonly StaffId[]> {
  const [queued, due] = await Promise.all([
    alerts.distinct('owner', { state: 'queued' }),
    alerts.distinct('owner', { state: { $in: ['held', 'snoozed'] }, dueAt: { $lte: now } }),
  ])
  return [...new Set([...queued, ...due])].toSorted()
}

async function counts(
  alerts: AlertModel,
  owners: readonly StaffId[],
  states: readonly AlertState[],
  since: Date,
): Promise<readonly AlertCount[]> {
  const counted: AlertCount[] = []
  for (const some of partsOf(owners)) {
    const rows = await alerts.aggregate<{ _id: Omit<AlertCount, 'count'>; count: number }>([
      { $match: { owner: { $in: some }, state: { $in: [...states] }, changedAt: { $gte: since } } },
      { $group: { _id: { owner: '$owner', externalUserId: '$externalUserId', state: '$state' }, count: { $sum: 1 } } },
    ])
    for (const { _id: { owner, externalUserId, state }, count } of rows) counted.push({ owner, externalUserId, state, count })
  }
  return counted
}

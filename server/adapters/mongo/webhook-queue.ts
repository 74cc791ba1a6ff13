import { type Connection, Schema } from 'mongoose'
import type { OutgoingWebhook } from '../../domain/outgoing.ts'
import type { WebhookQueue } from '../../ports/outgoing.ts'
import { guarded } from './guarded.ts'
import { machineNow, schemaOptions } from './schema.ts'
import { insertNew } from './store-errors.ts'

interface WebhookDocument extends Omit<OutgoingWebhook, 'id'> {
  _id: string
  /** Machine time, for the end of the log's keeping. */
  storedAt: Date
}

const keptDays = 90

const trySchema = new Schema<OutgoingWebhook['tries'][number]>({ at: Date, status: Number, problem: String }, { ...schemaOptions, _id: false })
const webhookSchema = new Schema<WebhookDocument>(
  {
    _id: String,
    target: String,
    event: String,
    externalUserId: String,
    json: String,
    createdAt: Date,
    nextTryAt: Date,
    state: String,
    tries: [trySchema],
    storedAt: Date,
  },
  schemaOptions,
)
webhookSchema.index({ target: 1, state: 1, nextTryAt: 1 })
webhookSchema.index({ state: 1, createdAt: -1 })
webhookSchema.index({ externalUserId: 1 })
webhookSchema.index({ storedAt: 1 }, { expireAfterSeconds: keptDays * 86_400 })

/** Outgoing webhooks, one document each under its id: queue and log in one. */
export function mongoWebhookQueue({ connection }: { connection: Connection }): WebhookQueue {
  const webhooks = connection.model<WebhookDocument>('OutgoingWebhook', webhookSchema, 'webhooks')
  return guarded<WebhookQueue>({
    async put(list) {
      const documents = list.map(({ id, ...webhook }) => ({ ...webhook, tries: [...webhook.tries], _id: id, storedAt: machineNow() }))
      await insertNew(connection.collection<WebhookDocument>('webhooks'), documents)
    },
    async due(target, now, limit) {
      const due = webhooks.find({ target, state: 'waiting', nextTryAt: { $lte: now } }).sort({ nextTryAt: 1 }).limit(limit)
      return (await due.lean()).map(toWebhook)
    },
    async note(id, tried, { state, nextTryAt }) {
      await webhooks.updateOne({ _id: id }, { $set: { state, nextTryAt }, $push: { tries: { ...tried } } })
    },
    async list(state, limit) {
      return (await webhooks.find({ state }).sort({ createdAt: -1 }).limit(limit).lean()).map(toWebhook)
    },
    async drop(ids) {
      await webhooks.deleteMany({ externalUserId: { $in: [...ids] } })
    },
  })
}

function toWebhook(document: WebhookDocument): OutgoingWebhook {
  const { _id, target, event, externalUserId, json, createdAt, nextTryAt, state } = document
  const tries = document.tries.map(({ at, status, problem }) => ({ at, status: status ?? null, problem: problem ?? null }))
  return { id: _id, target, event, externalUserId, json, createdAt, nextTryAt, state, tries }
}

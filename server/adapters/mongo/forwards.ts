import { type Connection, Schema } from 'mongoose'
import type { ForwardedCallback, ForwardTry } from '../../domain/forwarded.ts'
import type { Forwards } from '../../ports/forwards.ts'
import { guarded } from './guarded.ts'
import { machineNow, schemaOptions } from './schema.ts'
import { insertNew } from './store-errors.ts'

interface ForwardDocument extends Omit<ForwardedCallback, 'id' | 'request'> {
  _id: string
  query?: string
  /** As pairs: a header's name may hold what a field's may not. */
  headers?: string[][]
  body?: Buffer
  /** Machine time, for the end of the log's keeping. */
  storedAt: Date
}

const keptDays = 7

const trySchema = new Schema<ForwardTry>(
  { at: Date, status: Number, problem: String, ms: Number, bytes: Number, wentBack: Boolean },
  { ...schemaOptions, _id: false },
)
const forwardSchema = new Schema<ForwardDocument>(
  {
    _id: String,
    channel: String,
    query: String,
    headers: [[String]],
    body: Buffer,
    createdAt: Date,
    nextTryAt: Date,
    state: String,
    tries: [trySchema],
    storedAt: Date,
  },
  schemaOptions,
)
forwardSchema.index({ channel: 1, state: 1, nextTryAt: 1 })
forwardSchema.index({ state: 1, createdAt: -1 })
forwardSchema.index({ storedAt: 1 }, { expireAfterSeconds: keptDays * 86_400 })

/** Callbacks passed on, one document each under its id: queue and log in one. */
export function mongoForwards({ connection }: { connection: Connection }): Forwards {
  const forwards = connection.model<ForwardDocument>('ForwardedCallback', forwardSchema, 'forwards')
  return guarded<Forwards>({
    async put({ id, request, ...callback }) {
      const document = { ...callback, ...fieldsOf(request), tries: [...callback.tries], _id: id, storedAt: machineNow() }
      return (await insertNew(connection.collection<ForwardDocument>('forwards'), [document])).size === 0
    },
    async due(channel, now, limit) {
      const due = forwards.find({ channel, state: 'waiting', nextTryAt: { $lte: now } }).sort({ nextTryAt: 1 }).limit(limit)
      return (await due.lean()).map(toForwarded)
    },
    async note(id, tried, { state, nextTryAt }) {
      const bytesGo = state === 'waiting' ? {} : { $unset: { query: 1, headers: 1, body: 1 } as const }
      await forwards.updateOne({ _id: id, state: 'waiting' }, { $set: { state, nextTryAt }, $push: { tries: { ...tried } }, ...bytesGo })
    },
    async list(state, limit) {
      const found = forwards.find({ state }, { query: 0, headers: 0, body: 0 }).sort({ createdAt: -1 }).limit(limit)
      return (await found.lean()).map(toForwarded)
    },
  })
}

function fieldsOf(request: ForwardedCallback['request']): Pick<ForwardDocument, 'query' | 'headers' | 'body'> {
  if (request === null) return {}
  const { query, headers, body } = request
  return { query, headers: Object.entries(headers), body: Buffer.from(body) }
}

function toForwarded(document: ForwardDocument): ForwardedCallback {
  const { _id, channel, query, headers, body, createdAt, nextTryAt, state } = document
  const request = body === undefined ? null : { query: query ?? '', headers: headersIn(headers ?? []), body: bytesOf(body) }
  const tries = document.tries.map(({ at, status, problem, ms, bytes, wentBack }) => ({ at, status: status ?? null, problem: problem ?? null, ms, bytes, wentBack }))
  return { id: _id, channel, request, createdAt, nextTryAt, state, tries }
}

function headersIn(pairs: readonly (readonly string[])[]): Record<string, string> {
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name, value]))
}

/** The driver gives its own Binary where documents are lean. */
function bytesOf(body: Buffer | { buffer: Uint8Array }): Uint8Array {
  return new Uint8Array(body instanceof Uint8Array ? body : body.buffer)
}

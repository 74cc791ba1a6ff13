import { TooLong } from '../budget.ts'
import { decodeDoc } from '../bson-read.ts'
import { explainRead } from '../explain.ts'
import { badValue, failedToParse, MongoRefusal, notImplemented } from '../errors.ts'
import type { Batch, ReadState } from '../reads.ts'
import { countOption, cursorReply, readBatch, readCount, readDistinct, takeReady } from '../reads.ts'
import type { Doc, Value } from '../values.ts'
import { doc, isDoc, isNumeric, truthy } from '../values.ts'
import type { JobResult } from '../workers.ts'
import type { Command, Server } from './command.ts'
import { collectionName, dbName } from './command.ts'

/** Documents and keys the main thread examines for one reply; longer reads go to a worker. */
const MAIN_THREAD_SHARE = 2000

const FIRST_BATCH = 101

/** `find`. */
export const find: Command = async (server, body) => {
  const ns = `${dbName(body)}.${collectionName(body, 'find')}`
  const batchSize = countOption(body, 'batchSize', FIRST_BATCH)
  return openCursor(server, body, ns, batchSize, truthy(body.get('singleBatch')))
}

/** `aggregate`. */
export const aggregate: Command = async (server, body) => {
  const db = dbName(body)
  if (truthy(body.get('explain'))) return explainRead(server.engine, body, db)
  if (typeof body.get('aggregate') !== 'string') throw notImplemented('an aggregation on a whole database')
  const cursor = body.get('cursor')
  if (!isDoc(cursor)) throw failedToParse("The 'cursor' option is required, except for aggregate with the explain argument")
  const batchSize = countOption(cursor, 'batchSize', FIRST_BATCH)
  return openCursor(server, body, `${db}.${collectionName(body, 'aggregate')}`, batchSize, false)
}

async function openCursor(server: Server, command: Doc, ns: string, batchSize: number, singleBatch: boolean): Promise<Doc> {
  const { docs, state } = await nextBatch(server, command, null, batchSize)
  const id = state === null || singleBatch ? 0n : server.cursors.open({ command, ns, state, usedAt: server.engine.now(), singleBatch })
  return cursorReply(id, ns, 'firstBatch', docs)
}

/** `getMore`. */
export const getMore: Command = async (server, body) => {
  const given = body.get('getMore')
  if (!isNumeric(given)) throw failedToParse("Field 'getMore' must be of type long")
  const id = BigInt(given.toString())
  const cursor = server.cursors.get(id)
  const ns = `${dbName(body)}.${String(body.get('collection'))}`
  if (ns !== cursor.ns) throw new MongoRefusal(13, `Requested getMore on namespace '${ns}', but cursor belongs to a different namespace ${cursor.ns}`)
  const batchSize = countOption(body, 'batchSize', 0) || Number.MAX_SAFE_INTEGER
  const { docs, state } = await nextBatch(server, cursor.command, cursor.state, batchSize).catch((error: unknown) => {
    if (error instanceof MongoRefusal && error.code === 175) server.cursors.close(id)
    throw error
  })
  if (state === null) server.cursors.close(id)
  else Object.assign(cursor, { state, usedAt: server.engine.now() })
  return cursorReply(state === null ? 0n : id, cursor.ns, 'nextBatch', docs)
}

/** `killCursors`. */
export const killCursors: Command = async (server, body) => {
  const ids = body.get('cursors')
  if (!Array.isArray(ids)) throw failedToParse("BSON field 'killCursors.cursors' must be an array")
  const killed: Value[] = []
  const missing: Value[] = []
  for (const id of ids) (server.cursors.close(BigInt(String(id))) ? killed : missing).push(id)
  return doc({ cursorsKilled: killed, cursorsNotFound: missing, cursorsAlive: [], cursorsUnknown: [], ok: 1 })
}

/** Reads here if it is short, else on a worker. Results at hand never leave the main thread. */
async function nextBatch(server: Server, command: Doc, state: ReadState | null, batchSize: number): Promise<Batch> {
  const limits = { batchSize, examine: MAIN_THREAD_SHARE }
  if (state?.ready) return takeReady(state.ready, state, limits)
  const result = await hereOrThere(server, 'batch', command, state, batchSize, () => ({ batch: readBatch(server.engine, command, state, limits) }))
  if (!('batch' in result)) throw badValue('unexpected answer of the reading thread')
  return result.batch
}

async function hereOrThere(
  { engine, workers }: Server, kind: 'batch' | 'count' | 'distinct', command: Doc, state: ReadState | null, batchSize: number, here: () => JobResult,
): Promise<JobResult> {
  try {
    engine.storage.refresh()
    return here()
  } catch (error) {
    if (!(error instanceof TooLong)) throw error
    return workers.run({ kind, command, state, batchSize, catalogVersion: engine.catalog.version() })
  }
}

/** `count`. */
export const count: Command = async (server, body) => {
  dbName(body)
  collectionName(body, 'count')
  const result = await hereOrThere(server, 'count', body, null, 0, () => ({ count: readCount(server.engine, body, MAIN_THREAD_SHARE) }))
  return doc({ n: 'count' in result ? result.count : 0, ok: 1 })
}

/** `distinct`. */
export const distinct: Command = async (server, body) => {
  dbName(body)
  collectionName(body, 'distinct')
  let values: Value = []
  const result = await hereOrThere(server, 'distinct', body, null, 0, () => {
    values = readDistinct(server.engine, body, MAIN_THREAD_SHARE)
    return { count: 0 }
  })
  if ('values' in result) values = decodeDoc(result.values).get('values')
  return doc({ values, ok: 1 })
}

/** `explain`. */
export const explain: Command = async (server, body) => {
  const inner = body.get('explain')
  if (!isDoc(inner)) throw failedToParse("BSON field 'explain.explain' must be an object")
  const verbosity = body.get('verbosity') ?? 'allPlansExecution'
  if (!['queryPlanner', 'executionStats', 'allPlansExecution'].includes(String(verbosity))) throw failedToParse(`verbosity ${String(verbosity)} is unknown`)
  return explainRead(server.engine, new Map([...inner, ['$db', dbName(body)]]), dbName(body), String(verbosity))
}

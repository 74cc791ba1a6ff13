import { badValue, errorFields, failedToParse, MongoRefusal, typeMismatch } from '../errors.ts'
import type { Collection } from '../catalog.ts'
import { decodeDoc } from '../bson-read.ts'
import { encodeDoc } from '../bson-write.ts'
import { createBudget } from '../budget.ts'
import { recordKey } from '../keyspace.ts'
import type { Match, Query } from '../query.ts'
import { makeQuery, orderedMatches } from '../query.ts'
import { parseFilter } from '../filter.ts'
import { commandVariables } from '../environment.ts'
import type { MatchDetail } from '../matcher.ts'
import { changedRecord, upsertDoc } from '../updater.ts'
import type { Update } from '../update-parse.ts'
import { parseUpdate } from '../update-parse.ts'
import type { Doc, Value } from '../values.ts'
import { doc, isDoc, isNumeric, toNumber, truthy } from '../values.ts'
import { deleteDoc, insertDoc, updateDoc } from '../writes.ts'
import type { Engine } from '../engine.ts'
import type { Command, Server } from './command.ts'
import { checkOptions, collectionName, dbName } from './command.ts'

/** Records found ahead on a worker, for a statement that would have to look at very many. */
type Ahead = ReadonlyMap<number, readonly number[]>

const LONG_SEARCH = 5000

/** `insert`. */
export const insert: Command = async (server, body) => {
  const [db, name] = [dbName(body), collectionName(body, 'insert')]
  const documents = body.get('documents')
  if (!Array.isArray(documents)) throw typeMismatch("BSON field 'insert.documents' is missing but a required field")
  if (documents.length === 0) throw new MongoRefusal(16, 'Write batch sizes must be between 1 and 100000. Got 0 operations.')
  return write(server, body, () => {
    const collection = ensureCollection(server.engine, db, name)
    return statements(body, documents, (document) => {
      insertDoc(server.engine, collection, Buffer.isBuffer(document) ? document : encodeDoc(document as Doc))
      return { n: 1 }
    })
  })
}

/** `update`. */
export const update: Command = async (server, body) => {
  const [db, name] = [dbName(body), collectionName(body, 'update')]
  const updates = listOf(body, 'updates')
  const ahead = await searchAhead(server, db, name, updates)
  return write(server, body, () => statements(body, updates, (statement, index) => updateOne(server.engine, db, name, statement, body, ahead.get(index))))
}

/** `delete`. */
export const remove: Command = async (server, body) => {
  const [db, name] = [dbName(body), collectionName(body, 'delete')]
  const deletes = listOf(body, 'deletes')
  const ahead = await searchAhead(server, db, name, deletes)
  return write(server, body, () => statements(body, deletes, (statement, index) => {
    checkOptions('deletes', statement, ['q', 'limit', 'hint'])
    const collection = server.engine.catalog.find(db, name)
    const limit = statement.get('limit')
    if (!isNumeric(limit) || ![0, 1].includes(toNumber(limit))) throw failedToParse('The limit field in delete objects must be 0 or 1.')
    if (collection === undefined) return { n: 0 }
    const found = findForWrite(server.engine, collection, statement, body, toNumber(limit) || Infinity, ahead.get(index))
    for (const { recordId, record } of found) deleteDoc(server.engine, collection, recordId, record)
    return { n: found.length }
  }))
}

function listOf(body: Doc, field: string): Doc[] {
  const list = body.get(field)
  if (!Array.isArray(list) || !list.every(isDoc)) throw typeMismatch(`BSON field '${field}' must be an array of objects`)
  if (list.length === 0) throw new MongoRefusal(16, 'Write batch sizes must be between 1 and 100000. Got 0 operations.')
  return list
}

/** One write command: in one transaction, once for each txnNumber of a session. */
async function write(server: Server, body: Doc, run: () => Doc): Promise<Doc | Buffer> {
  return server.engine.write(() => server.sessions.once(body, run))
}

/** The collection, made if need be. Inside a write. */
export function ensureCollection(engine: Engine, db: string, name: string): Collection {
  return engine.catalog.find(db, name) ?? engine.catalog.create(db, name)
}

type StatementResult = { n: number, nModified?: number, upserted?: Value }

/** Runs the statements of a write command; `ordered` ones stop at the first that is refused. */
function statements<T extends Value>(body: Doc, list: T[], run: (statement: T, index: number) => StatementResult): Doc {
  const ordered = body.get('ordered') === undefined || truthy(body.get('ordered'))
  const writeErrors: Doc[] = []
  const upserted: Doc[] = []
  let [n, nModified, counts] = [0, 0, false]
  for (const [index, statement] of list.entries()) {
    try {
      const result = run(statement, index)
      n += result.n
      counts ||= result.nModified !== undefined
      nModified += result.nModified ?? 0
      if ('upserted' in result) upserted.push(new Map<string, Value>([['index', index], ['_id', result.upserted]]))
    } catch (error) {
      if (!(error instanceof MongoRefusal)) throw error
      writeErrors.push(writeError(index, error))
      if (ordered) break
    }
  }
  const reply: Doc = doc({ n, electionId: undefined })
  if (upserted.length > 0) reply.set('upserted', upserted)
  if (body.has('update')) reply.set('nModified', nModified)
  if (writeErrors.length > 0) reply.set('writeErrors', writeErrors)
  return reply.set('ok', 1)
}

/** The fields of a refusal as a writeError carries them: no codeName. */
function writeError(index: number, error: MongoRefusal): Doc {
  const fields = errorFields(error)
  fields.delete('codeName')
  return new Map<string, Value>([['index', index], ...fields])
}

function updateOne(engine: Engine, db: string, name: string, statement: Doc, body: Doc, ahead: readonly number[] | undefined): StatementResult {
  checkOptions('updates', statement, ['q', 'u', 'c', 'multi', 'upsert', 'arrayFilters', 'hint'])
  if (statement.has('c')) throw failedToParse("BSON field 'update.updates.c' needs a pipeline update")
  const parsed = parseUpdate(statement.get('u'), statement.get('arrayFilters'))
  const multi = truthy(statement.get('multi'))
  if (multi && parsed.kind === 'replacement') throw failedToParse('multi update is not supported for replacement-style update')
  const upsert = truthy(statement.get('upsert'))
  const collection = upsert ? ensureCollection(engine, db, name) : engine.catalog.find(db, name)
  if (collection === undefined) return { n: 0, nModified: 0 }
  const found = findForWrite(engine, collection, statement, body, multi ? Infinity : 1, ahead)
  if (found.length === 0 && upsert) return { n: 1, nModified: 0, upserted: upsertInto(engine, collection, statement.get('q'), parsed).get('_id') as Value }
  let nModified = 0
  for (const match of found) if (changeMatch(engine, collection, match, parsed).changed) nModified++
  return { n: found.length, nModified }
}

/** Applies an update to a found document; gives the document after it. */
export function changeMatch(engine: Engine, collection: Collection, match: Match, parsed: Update): { changed: boolean, after: Buffer } {
  const options = { position: match.detail.position, isInsert: false, now: engine.now() }
  const { bytes, touched } = changedRecord(match.record, parsed, options)
  return { changed: updateDoc(engine, collection, match.recordId, match.record, bytes, touched), after: bytes }
}

/** Inserts what an upsert makes of its filter and update. */
export function upsertInto(engine: Engine, collection: Collection, filter: Value, parsed: Update): Doc {
  const made = upsertDoc(parseFilter(isDoc(filter) ? filter : new Map()), parsed, { now: engine.now() })
  insertDoc(engine, collection, encodeDoc(made))
  return made
}

function queryFor(engine: Engine, collection: Collection, statement: Doc, body: Doc): Query {
  const filter = statement.has('q') ? statement.get('q') : statement.get('query')
  return makeQuery(collection, filter, statement.get('sort'), statement.get('hint'), commandVariables(body, engine.now()))
}

/** All documents a write is about, found before the first of them is changed. */
export function findForWrite(
  engine: Engine, collection: Collection, statement: Doc, body: Doc, most: number, ahead?: readonly number[],
): Match[] {
  const query = queryFor(engine, collection, statement, body)
  const source = { storage: engine.storage, collection, budget: createBudget(Infinity, 0) }
  if (ahead !== undefined) return ahead.flatMap((recordId) => lookAgain(engine, collection, query, recordId)).slice(0, most)
  const out: Match[] = []
  for (const match of orderedMatches(source, query, Math.min(most, Number.MAX_SAFE_INTEGER))) if (out.push(match) >= most) break
  return out
}

function lookAgain(engine: Engine, collection: Collection, query: Query, recordId: number): Match[] {
  const record = engine.storage.get(recordKey(collection.id, recordId))
  if (record === undefined) return []
  const seen = decodeDoc(record, query.fields)
  const detail: MatchDetail = { position: null }
  return query.matches(seen, detail) ? [{ recordId, record, seen, detail }] : []
}

/** Statements that would read a large collection from end to end are searched on a worker before the write begins. */
async function searchAhead(server: Server, db: string, name: string, list: Doc[]): Promise<Ahead> {
  const out = new Map<number, readonly number[]>()
  const collection = server.engine.catalog.find(db, name)
  if (collection === undefined || collection.count < LONG_SEARCH) return out
  for (const [index, statement] of list.entries()) {
    if (!isLong(server, collection, statement)) continue
    const command = doc({ $db: db, records: name, q: statement.get('q'), hint: statement.get('hint') })
    const result = await server.workers.run({ kind: 'records', command, state: null, batchSize: 0, catalogVersion: server.engine.catalog.version() })
    if ('records' in result) out.set(index, result.records)
  }
  return out
}

function isLong(server: Server, collection: Collection, statement: Doc): boolean {
  const filter = statement.get('q')
  if (!isDoc(filter) || filter.size === 0) return false
  return queryFor(server.engine, collection, statement, new Map()).plan.kind === 'collection'
}

/** @throws MongoRefusal FailedToParse for what cannot go together in findAndModify. */
export function refuseMixture(body: Doc): void {
  const removes = truthy(body.get('remove'))
  if (removes && body.has('update')) throw failedToParse('Cannot specify both an update and remove=true')
  if (removes && truthy(body.get('upsert'))) throw failedToParse('Cannot specify both upsert=true and remove=true')
  if (removes && truthy(body.get('new'))) throw failedToParse("Cannot specify both new=true and remove=true; 'remove' always returns the deleted document")
  if (!removes && !body.has('update')) throw failedToParse('Either an update or remove=true must be specified')
  if (removes && body.has('arrayFilters')) throw badValue('Cannot specify arrayFilters and remove=true')
}

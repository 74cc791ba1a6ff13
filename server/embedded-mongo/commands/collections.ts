import { createBudget } from '../budget.ts'
import type { Collection } from '../catalog.ts'
import type { Engine } from '../engine.ts'
import { MongoRefusal } from '../errors.ts'
import { parseFilter } from '../filter.ts'
import { indexPrefix, recordPrefix } from '../keyspace.ts'
import { compileFilter } from '../matcher.ts'
import { cursorReply } from '../reads.ts'
import { encodeDoc } from '../bson-write.ts'
import { after } from '../storage.ts'
import type { Doc, Value } from '../values.ts'
import { doc, isDoc, truthy } from '../values.ts'
import type { Command } from './command.ts'
import { collectionName, dbName } from './command.ts'

/** `create`. */
export const create: Command = async ({ engine }, body) => {
  const [db, name] = [dbName(body), collectionName(body, 'create')]
  return engine.write(() => {
    if (engine.catalog.find(db, name) !== undefined) throw new MongoRefusal(48, `Collection ${db}.${name} already exists.`)
    engine.catalog.create(db, name)
    return doc({ ok: 1 })
  })
}

/** `drop`; a collection that is not there is dropped already. */
export const drop: Command = async ({ engine }, body) => {
  const [db, name] = [dbName(body), collectionName(body, 'drop')]
  return engine.write(() => {
    const collection = engine.catalog.find(db, name)
    if (collection === undefined) return doc({ ok: 1 })
    const nIndexesWas = collection.indexes.length
    dropCollection(engine, collection)
    return doc({ nIndexesWas, ns: `${db}.${name}`, ok: 1 })
  })
}

/** `dropDatabase`. */
export const dropDatabase: Command = async ({ engine }, body) => {
  const db = dbName(body)
  return engine.write(() => {
    const own = engine.catalog.all().filter((collection) => collection.db === db)
    for (const collection of own) dropCollection(engine, collection)
    return own.length === 0 ? doc({ ok: 1 }) : doc({ dropped: db, ok: 1 })
  })
}

function dropCollection(engine: Engine, collection: Collection): void {
  removeAll(engine, recordPrefix(collection.id))
  for (const index of collection.indexes) removeAll(engine, indexPrefix(index.id))
  engine.catalog.forget(collection)
}

const CHUNK = 1000

/** Removes everything that begins with a prefix. Inside a write. */
export function removeAll({ storage }: Engine, prefix: Buffer): void {
  const range = { from: prefix, to: after(prefix), limit: CHUNK }
  for (let keys = storage.keys(range); keys.length > 0; keys = storage.keys(range)) for (const key of keys) storage.remove(key)
}

/** `listCollections`. */
export const listCollections: Command = async ({ engine }, body) => {
  const db = dbName(body)
  const given = body.get('filter')
  const matches = compileFilter(parseFilter(isDoc(given) ? given : new Map()))
  const nameOnly = truthy(body.get('nameOnly'))
  const described = engine.catalog.all().filter((collection) => collection.db === db).map(describeCollection)
  const docs = described.filter((each) => matches(each)).map((each) => (nameOnly ? doc({ name: each.get('name'), type: 'collection' }) : each))
  return cursorReply(0n, `${db}.$cmd.listCollections`, 'firstBatch', docs.map(encodeDoc))
}

function describeCollection({ name, uuid }: Collection): Doc {
  return doc({
    name,
    type: 'collection',
    options: new Map(),
    info: doc({ readOnly: false, uuid }),
    idIndex: doc({ v: 2, key: doc({ _id: 1 }), name: '_id_' }),
  })
}

/** `listDatabases`. */
export const listDatabases: Command = async ({ engine }, body) => {
  const given = body.get('filter')
  const matches = compileFilter(parseFilter(isDoc(given) ? given : new Map()))
  const names = [...new Set(engine.catalog.all().map(({ db }) => db))].sort()
  const databases: Value[] = names.map((name) => doc({ name, sizeOnDisk: sizeOf(engine, name), empty: false })).filter((each) => matches(each))
  if (truthy(body.get('nameOnly'))) return doc({ databases: databases.map((each) => doc({ name: (each as Doc).get('name') })), ok: 1 })
  return doc({ databases, totalSize: 0n, ok: 1 })
}

/** A rough size in bytes: documents are counted, not weighed. */
function sizeOf(engine: Engine, db: string): bigint {
  return BigInt(engine.catalog.all().filter((collection) => collection.db === db).reduce((sum, { count }) => sum + count * 256, 4096))
}

/** A budget without limit, for work inside a write. */
export function unlimited(): ReturnType<typeof createBudget> {
  return createBudget(Infinity, 0)
}

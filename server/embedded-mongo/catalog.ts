import { randomBytes } from 'node:crypto'
import { Binary } from 'bson'
import { decodeDoc } from './bson-read.ts'
import { encodeDoc } from './bson-write.ts'
import { parseFilter } from './filter.ts'
import type { Filter } from './filter.ts'
import type { KeyPattern } from './index-keys.ts'
import { keyPattern } from './index-keys.ts'
import type { Fields } from './looked-at.ts'
import { fieldsOfIndex } from './looked-at.ts'
import { metaKey, readRecordId, recordPrefix } from './keyspace.ts'
import type { Matcher } from './matcher.ts'
import { compileFilter } from './matcher.ts'
import type { Storage } from './storage.ts'
import { after } from './storage.ts'
import type { Doc, Value } from './values.ts'
import { doc, isDoc, isNumeric, toNumber, truthy } from './values.ts'

/** One index as it is used; `spec` is what listIndexes shows. */
export type Index = {
  id: number
  name: string
  pattern: KeyPattern
  unique: boolean
  sparse: boolean
  partial: { filter: Filter, matches: Matcher } | null
  expireAfterSeconds: number | null
  /** Which fields have ever gone through an array; such a field needs care in the planner. */
  multikey: boolean[]
  /** Whether a key was ever too long to be kept whole; then the index gives no order. */
  truncated: boolean
  /** Until the commit that made it can be seen: writes keep it up, no read may use it. */
  pending: boolean
  /** The top-level fields that its keys are made of. */
  fields: Fields
  spec: Doc
}

/** One collection as it is used. */
export type Collection = {
  id: number
  db: string
  name: string
  uuid: Binary
  indexes: Index[]
  /** Documents in it; written with every commit that changes it. */
  count: number
  /** The next record id; ids rise for ever. */
  nextRecord: number
}

/** What collections and indexes there are, in memory and on disk. */
export type Catalog = {
  find(db: string, name: string): Collection | undefined
  all(): Collection[]
  /** Inside a write. */
  create(db: string, name: string): Collection
  /** Inside a write: keeps what was changed about a collection or its indexes. */
  save(collection: Collection): void
  /** Inside a write: puts in indexes that are filled already; reads use them after `committed`. */
  addIndexes(collection: Collection, made: readonly Index[]): void
  /** When what was written can be seen: new indexes may be used, other threads read anew what changed. */
  committed(): void
  /** Inside a write: forgets the collection; its records and entries are removed by the caller. */
  forget(collection: Collection): void
  nextIndexId(): number
  /** Inside a write: notes a new count, kept by `flushCounts`. */
  addCount(collection: Collection, difference: number): void
  /** At the end of each write. */
  flushCounts(): void
  /** Reads everything anew: after an undone write, and in a worker when the catalog has changed. */
  reload(): void
  /** Rises with each change that another thread must know of. */
  version(): number
}

/** Reads the catalog. */
export function createCatalog(storage: Storage): Catalog {
  const byName = new Map<string, Collection>()
  const dirty = new Set<Collection>()
  let nextId = 1
  let version = 1
  let seenVersion = 1
  const pending = new Set<Index>()

  function reload(): void {
    byName.clear()
    dirty.clear()
    pending.clear()
    nextId = 1
    const prefix = metaKey('catalog', Buffer.alloc(0))
    for (const { value } of storage.range({ from: prefix, to: after(prefix) })) {
      const collection = readCollection(storage, decodeDoc(value))
      byName.set(`${collection.db}.${collection.name}`, collection)
      nextId = Math.max(nextId, collection.id + 1, ...collection.indexes.map(({ id }) => id + 1))
    }
    const kept = storage.get(metaKey('store', 1))
    if (kept !== undefined) nextId = Math.max(nextId, kept.readUInt32BE())
  }

  function takeId(): number {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(nextId + 1)
    storage.put(metaKey('store', 1), bytes)
    return nextId++
  }

  function save(collection: Collection): void {
    version++
    storage.put(metaKey('catalog', collection.id), encodeDoc(describe(collection)))
  }

  reload()
  return {
    find: (db, name) => byName.get(`${db}.${name}`),
    all: () => [...byName.values()],
    create(db, name) {
      const collection: Collection = {
        id: takeId(), db, name, uuid: new Binary(randomBytes(16), 4), indexes: [], count: 0, nextRecord: 1,
      }
      collection.indexes.push(readIndex(takeId(), doc({ v: 2, key: doc({ _id: 1 }), name: '_id_' })))
      byName.set(`${db}.${name}`, collection)
      save(collection)
      return collection
    },
    save,
    addIndexes(collection, made) {
      for (const index of made) {
        index.pending = true
        pending.add(index)
      }
      collection.indexes.push(...made)
      save(collection)
    },
    committed() {
      for (const index of pending) index.pending = false
      pending.clear()
      // A thread may have read the old catalog under the new number, while the commit was on its way.
      if (version !== seenVersion) seenVersion = ++version
    },
    forget(collection) {
      version++
      dirty.delete(collection)
      byName.delete(`${collection.db}.${collection.name}`)
      storage.remove(metaKey('catalog', collection.id))
      storage.remove(metaKey('count', collection.id))
    },
    nextIndexId: takeId,
    addCount(collection, difference) {
      collection.count += difference
      dirty.add(collection)
    },
    flushCounts() {
      for (const { id, count } of dirty) storage.put(metaKey('count', id), countBytes(count))
      dirty.clear()
    },
    reload,
    version: () => version,
  }
}

function countBytes(count: number): Buffer {
  const out = Buffer.alloc(8)
  out.writeDoubleBE(count)
  return out
}

function describe(collection: Collection): Doc {
  return doc({
    id: collection.id,
    db: collection.db,
    name: collection.name,
    uuid: collection.uuid,
    indexes: collection.indexes.map((index) => doc({
      id: index.id, spec: index.spec, multikey: index.multikey, truncated: index.truncated,
    })),
  })
}

function readCollection(storage: Storage, stored: Doc): Collection {
  const id = stored.get('id') as number
  const prefix = recordPrefix(id)
  const last = storage.keys({ from: prefix, to: after(prefix), reverse: true, limit: 1 })[0]
  return {
    id,
    db: stored.get('db') as string,
    name: stored.get('name') as string,
    uuid: stored.get('uuid') as Binary,
    indexes: (stored.get('indexes') as Doc[]).map((index) => ({
      ...readIndex(index.get('id') as number, index.get('spec') as Doc),
      multikey: index.get('multikey') as boolean[],
      truncated: index.get('truncated') === true,
    })),
    count: storage.get(metaKey('count', id))?.readDoubleBE() ?? 0,
    nextRecord: last === undefined ? 1 : readRecordId(last) + 1,
  }
}

/** Makes an index of its checked description. */
export function readIndex(id: number, spec: Doc): Index {
  const key = spec.get('key')
  const fields = isDoc(key) ? [...key].map(([path, order]): [string, number] => [path, isNumeric(order) ? toNumber(order) : 1]) : []
  const pattern = keyPattern(fields)
  const name = String(spec.get('name'))
  const partial = readPartial(spec.get('partialFilterExpression'))
  return {
    id,
    name,
    pattern,
    unique: name === '_id_' || truthy(spec.get('unique')),
    sparse: truthy(spec.get('sparse')),
    partial,
    expireAfterSeconds: seconds(spec.get('expireAfterSeconds')),
    multikey: pattern.map(() => false),
    truncated: false,
    pending: false,
    fields: fieldsOfIndex(pattern, partial?.filter ?? null),
    spec,
  }
}

function readPartial(expression: Value): Index['partial'] {
  if (!isDoc(expression)) return null
  const filter = parseFilter(expression)
  return { filter, matches: compileFilter(filter) }
}

function seconds(value: Value): number | null {
  return isNumeric(value) ? toNumber(value) : null
}

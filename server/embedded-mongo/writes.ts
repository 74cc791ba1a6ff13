import { ObjectId } from 'bson'
import { decodeDoc } from './bson-read.ts'
import { checkSize, encodeDoc } from './bson-write.ts'
import type { Catalog, Collection, Index } from './catalog.ts'
import { MongoRefusal } from './errors.ts'
import type { DocKey } from './index-keys.ts'
import { docKeys, patternDoc, storedKey } from './index-keys.ts'
import { indexPrefix, readRecordId, recordIdBytes, recordKey } from './keyspace.ts'
import { show } from './show.ts'
import type { Storage } from './storage.ts'
import { stamped } from './updater.ts'
import type { Doc, Value } from './values.ts'
import { isDoc } from './values.ts'

/** What the writing of documents works on; always inside a storage write. */
export type Writer = { storage: Storage, catalog: Catalog, now(): number }

type IndexEntry = { key: Buffer, value: Buffer, docKey: DocKey, truncated: boolean }

type IndexEntries = { index: Index, entries: IndexEntry[], multikey: boolean[] }

const PRESENT = Buffer.from([1])

function entriesOf(collection: Collection, doc: Doc, recordId: number): IndexEntries[] {
  return collection.indexes.map((index) => indexEntries(index, doc, recordId))
}

function indexEntries(index: Index, doc: Doc, recordId: number): IndexEntries {
  if (index.partial !== null && !index.partial.matches(doc)) return { index, entries: [], multikey: [] }
  const { keys, multikey } = docKeys(doc, index.pattern)
  const id = recordIdBytes(recordId)
  const wanted = index.sparse ? keys.filter(({ present }) => present) : keys
  const entries = wanted.map((docKey) => {
    const { key, truncated } = storedKey(docKey.bytes)
    const parts = [indexPrefix(index.id), key, ...(index.unique ? [] : [id])]
    return { key: Buffer.concat(parts), value: index.unique ? id : PRESENT, docKey, truncated }
  })
  return { index, entries, multikey }
}

/** @throws MongoRefusal DuplicateKey with keyPattern and keyValue when another document has one of the keys. */
function refuseDuplicates({ storage }: Writer, collection: Collection, all: IndexEntries[], recordId: number): void {
  for (const { index, entries } of all) {
    if (!index.unique) continue
    for (const { key, docKey } of entries) {
      const holder = storage.get(key)
      if (holder !== undefined && readRecordId(holder) !== recordId) throw duplicate(collection, index, docKey)
    }
  }
}

function duplicate(collection: Collection, index: Index, { values }: DocKey): MongoRefusal {
  const keyValue: Doc = new Map(index.pattern.map(({ path }, field) => [path, values[field] ?? null]))
  const message = `E11000 duplicate key error collection: ${collection.db}.${collection.name} index: ${index.name} dup key: ${show(keyValue)}`
  return new MongoRefusal(11000, message, { keyPattern: patternDoc(index.pattern), keyValue })
}

/** Notes in the catalog what the planner must know about the keys now in an index. */
function noteKeys({ catalog }: Writer, collection: Collection, all: IndexEntries[]): void {
  let changed = false
  for (const { index, entries, multikey } of all) {
    multikey.forEach((is, field) => {
      if (!is || index.multikey[field] === true) return
      index.multikey[field] = true
      changed = true
    })
    if (!index.truncated && entries.some(({ truncated }) => truncated)) {
      index.truncated = true
      changed = true
    }
  }
  if (changed) catalog.save(collection)
}

/** Stores one new document; gives its `_id`. Nothing is written when it is refused. */
export function insertDoc(writer: Writer, collection: Collection, raw: Buffer): Value {
  const given = decodeDoc(raw)
  const { doc, bytes } = withId(given, raw, writer.now())
  checkSize(bytes)
  const recordId = collection.nextRecord
  const all = entriesOf(collection, doc, recordId)
  refuseDuplicates(writer, collection, all, recordId)
  collection.nextRecord++
  writer.storage.put(recordKey(collection.id, recordId), bytes)
  for (const { entries } of all) for (const { key, value } of entries) writer.storage.put(key, value)
  noteKeys(writer, collection, all)
  writer.catalog.addCount(collection, 1)
  return doc.get('_id') as Value
}

function withId(given: Doc, raw: Buffer, now: number): { doc: Doc, bytes: Buffer } {
  const isFirst = given.keys().next().value === '_id'
  const needsStamp = [...given.values()].some((value) => stamped(value, now) !== value)
  checkId(given.get('_id'), given.has('_id'))
  if (isFirst && !needsStamp) return { doc: given, bytes: raw }
  const doc: Doc = new Map<string, Value>([['_id', given.has('_id') ? given.get('_id') as Value : new ObjectId()]])
  for (const [name, value] of given) if (name !== '_id') doc.set(name, stamped(value, now))
  return { doc, bytes: encodeDoc(doc) }
}

/** @throws MongoRefusal BadValue for an `_id` that MongoDB refuses. */
export function checkId(id: Value, present: boolean): void {
  if (!present) return
  if (Array.isArray(id)) throw new MongoRefusal(53, "The '_id' value cannot be of type array")
  if (id === undefined) throw new MongoRefusal(53, "The '_id' value cannot be of type undefined")
  if (isDoc(id) && [...id.keys()].some((name) => name.startsWith('$'))) {
    throw new MongoRefusal(52, `_id fields may not contain '$'-prefixed fields: ${[...id.keys()][0] ?? ''} is not valid for storage.`)
  }
}

/** Puts `after` in the place of `before`; false when the bytes are the same. */
export function updateDoc(writer: Writer, collection: Collection, recordId: number, before: Buffer, after: Doc): boolean {
  const bytes = encodeDoc(after)
  if (bytes.equals(before)) return false
  checkSize(bytes)
  const old = entriesOf(collection, decodeDoc(before), recordId)
  const next = entriesOf(collection, after, recordId)
  refuseDuplicates(writer, collection, next, recordId)
  writer.storage.put(recordKey(collection.id, recordId), bytes)
  next.forEach(({ entries }, at) => moveEntries(writer.storage, old[at]?.entries ?? [], entries))
  noteKeys(writer, collection, next)
  return true
}

function moveEntries(storage: Storage, old: IndexEntry[], next: IndexEntry[]): void {
  const [before, now] = [keysOf(old), keysOf(next)]
  for (const { key } of old) if (!now.has(key.toString('latin1'))) storage.remove(key)
  for (const { key, value } of next) if (!before.has(key.toString('latin1'))) storage.put(key, value)
}

function keysOf(entries: IndexEntry[]): Set<string> {
  return new Set(entries.map(({ key }) => key.toString('latin1')))
}

/** Removes one document and its entries. */
export function deleteDoc({ storage, catalog }: Writer, collection: Collection, recordId: number, record: Buffer): void {
  for (const { entries } of entriesOf(collection, decodeDoc(record), recordId)) for (const { key } of entries) storage.remove(key)
  storage.remove(recordKey(collection.id, recordId))
  catalog.addCount(collection, -1)
}

/** Fills a new index from the documents there are. @throws MongoRefusal DuplicateKey */
export function buildIndex(writer: Writer, collection: Collection, index: Index, records: Iterable<{ recordId: number, record: Buffer }>): void {
  for (const { recordId, record } of records) {
    const made = indexEntries(index, decodeDoc(record), recordId)
    refuseDuplicates(writer, collection, [made], recordId)
    for (const { key, value } of made.entries) writer.storage.put(key, value)
    made.multikey.forEach((is, field) => { if (is) index.multikey[field] = true })
    if (made.entries.some(({ truncated }) => truncated)) index.truncated = true
  }
}

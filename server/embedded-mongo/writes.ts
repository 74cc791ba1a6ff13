import { ObjectId } from 'bson'
import { decodeDoc } from './bson-read.ts'
import { checkDoc, idInFront } from './bson-walk.ts'
import { checkSize, encodeDoc } from './bson-write.ts'
import type { Catalog, Collection, Index } from './catalog.ts'
import { MongoRefusal } from './errors.ts'
import type { DocKey } from './index-keys.ts'
import { docKeys, patternDoc, storedKey } from './index-keys.ts'
import { indexPrefix, joined, readRecordId, recordIdBytes, recordKey } from './keyspace.ts'
import type { KeyMakers } from './key-makers.ts'
import { keyMakers, keyMakersOf } from './key-makers.ts'
import type { Fields } from './looked-at.ts'
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

/** What stands in these indexes for a document; only the fields that they are made of are read. */
function entriesOf({ indexes, fields }: KeyMakers, record: Buffer, recordId: number): IndexEntries[] {
  if (indexes.length === 0) return []
  const doc = decodeDoc(record, fields)
  return indexes.map((index) => indexEntries(index, doc, recordId))
}

function indexEntries(index: Index, doc: Doc, recordId: number): IndexEntries {
  if (index.partial !== null && !index.partial.matches(doc)) return { index, entries: [], multikey: [] }
  const { keys, multikey } = docKeys(doc, index.pattern)
  const id = recordIdBytes(recordId)
  const wanted = index.sparse ? keys.filter(({ present }) => present) : keys
  const entries = wanted.map((docKey) => {
    const { key, truncated } = storedKey(docKey.bytes)
    return { key: entryKey(index, key, id), value: index.unique ? id : PRESENT, docKey, truncated }
  })
  return { index, entries, multikey }
}

function entryKey(index: Index, key: Buffer, id: Buffer): Buffer {
  const own = joined(indexPrefix(index.id), key)
  return index.unique ? own : joined(own, id)
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

/** Stores one new document. Nothing is written when it is refused. */
export function insertDoc(writer: Writer, collection: Collection, raw: Buffer): void {
  const bytes = withId(raw, writer.now())
  checkSize(bytes)
  const recordId = collection.nextRecord
  const all = entriesOf(keyMakers(collection.indexes), bytes, recordId)
  refuseDuplicates(writer, collection, all, recordId)
  collection.nextRecord++
  writer.storage.put(recordKey(collection.id, recordId), bytes)
  for (const { entries } of all) for (const { key, value } of entries) writer.storage.put(key, value)
  noteKeys(writer, collection, all)
  writer.catalog.addCount(collection, 1)
}

const ONLY_ID: ReadonlySet<string> = new Set(['_id'])

/** The bytes as they came, unless `_id` is missing or not the first, or the server has its time to put in. */
function withId(raw: Buffer, now: number): Buffer {
  const { idFirst, timestamps } = checkDoc(raw)
  const own = decodeDoc(raw, ONLY_ID)
  checkId(own.get('_id'), own.has('_id'))
  if (!timestamps) return idFirst ? raw : idInFront(raw)
  const doc: Doc = new Map<string, Value>([['_id', own.has('_id') ? own.get('_id') as Value : new ObjectId()]])
  for (const [name, value] of decodeDoc(raw)) if (name !== '_id') doc.set(name, stamped(value, now))
  return encodeDoc(doc)
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

/**
 * Puts `bytes` in the place of `before`; false when they are the same. Only indexes made of `touched` fields (null: any)
 * are looked at.
 */
export function updateDoc(writer: Writer, collection: Collection, recordId: number, before: Buffer, bytes: Buffer, touched: Fields): boolean {
  if (bytes.equals(before)) return false
  checkSize(bytes)
  const makers = keyMakersOf(collection.indexes, touched)
  const old = entriesOf(makers, before, recordId)
  const next = entriesOf(makers, bytes, recordId)
  const moves = next.map((entries, at) => moveOf(old[at]?.entries ?? [], entries))
  refuseDuplicates(writer, collection, moves.map(({ added }) => added), recordId)
  writer.storage.put(recordKey(collection.id, recordId), bytes)
  for (const { gone, added } of moves) {
    removeEntries(writer.storage, added.index, gone, recordId)
    for (const { key, value } of added.entries) writer.storage.put(key, value)
  }
  noteKeys(writer, collection, next)
  return true
}

type Move = { gone: IndexEntry[], added: IndexEntries }

function moveOf(old: IndexEntry[], next: IndexEntries): Move {
  const [first, other] = [old[0], next.entries[0]]
  if (old.length === 1 && next.entries.length === 1 && first !== undefined && other !== undefined && first.key.equals(other.key)) return { gone: [], added: { ...next, entries: [] } }
  const [before, now] = [keysOf(old), keysOf(next.entries)]
  return {
    gone: old.filter(({ key }) => !now.has(key.toString('latin1'))),
    added: { ...next, entries: next.entries.filter(({ key }) => !before.has(key.toString('latin1'))) },
  }
}

function keysOf(entries: IndexEntry[]): Set<string> {
  return new Set(entries.map(({ key }) => key.toString('latin1')))
}

/** Removes a record's entries; the key of a unique index only if no other record holds it. */
function removeEntries(storage: Storage, index: Index, entries: IndexEntry[], recordId: number): void {
  for (const { key } of entries) {
    if (index.unique) {
      const holder = storage.get(key)
      if (holder === undefined || readRecordId(holder) !== recordId) continue
    }
    storage.remove(key)
  }
}

/** Removes one document and its entries. */
export function deleteDoc({ storage, catalog }: Writer, collection: Collection, recordId: number, record: Buffer): void {
  for (const { index, entries } of entriesOf(keyMakers(collection.indexes), record, recordId)) removeEntries(storage, index, entries, recordId)
  storage.remove(recordKey(collection.id, recordId))
  catalog.addCount(collection, -1)
}

/** Fills a new index from the documents there are. @throws MongoRefusal DuplicateKey */
export function buildIndex(writer: Writer, collection: Collection, index: Index, records: Iterable<{ recordId: number, record: Buffer }>): void {
  for (const { recordId, record } of records) {
    const made = indexEntries(index, decodeDoc(record, index.fields), recordId)
    refuseDuplicates(writer, collection, [made], recordId)
    for (const { key, value } of made.entries) writer.storage.put(key, value)
    made.multikey.forEach((is, field) => { if (is) index.multikey[field] = true })
    if (made.entries.some(({ truncated }) => truncated)) index.truncated = true
  }
}

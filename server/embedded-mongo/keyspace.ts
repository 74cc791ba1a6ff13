/** How the one key space of the store is divided. */

const RECORD = 1
const INDEX = 2
const META = 3

/** Bytes of a record id at the end of an index entry, and as the value of a unique index. */
export const RECORD_ID_BYTES = 6

/** The record id as bytes; ids rise, so records stand in the order of their insertion. */
export function recordIdBytes(recordId: number): Buffer {
  const out = Buffer.allocUnsafe(RECORD_ID_BYTES)
  out.writeUIntBE(recordId, 0, RECORD_ID_BYTES)
  return out
}

export function readRecordId(bytes: Buffer): number {
  return bytes.readUIntBE(bytes.length - RECORD_ID_BYTES, RECORD_ID_BYTES)
}

function tagged(tag: number, id: number): Buffer {
  const out = Buffer.allocUnsafe(5)
  out[0] = tag
  out.writeUInt32BE(id, 1)
  return out
}

/** All records of a collection begin with this. */
export function recordPrefix(collectionId: number): Buffer {
  return tagged(RECORD, collectionId)
}

/** Where one record stands. */
export function recordKey(collectionId: number, recordId: number): Buffer {
  const out = Buffer.allocUnsafe(5 + RECORD_ID_BYTES)
  out[0] = RECORD
  out.writeUInt32BE(collectionId, 1)
  out.writeUIntBE(recordId, 5, RECORD_ID_BYTES)
  return out
}

/** Two keys one behind the other. */
export function joined(first: Buffer, second: Buffer): Buffer {
  const out = Buffer.allocUnsafe(first.length + second.length)
  out.set(first)
  out.set(second, first.length)
  return out
}

/** All entries of an index begin with this. */
export function indexPrefix(indexId: number): Buffer {
  return tagged(INDEX, indexId)
}

/** Bytes before the key proper in an index entry. */
export const INDEX_PREFIX_BYTES = 5

/** What is kept about the store itself: `catalog`, `count`, `session`, `store`. */
export function metaKey(kind: 'catalog' | 'count' | 'session' | 'store', id: Buffer | number = 0): Buffer {
  const tail = typeof id === 'number' ? Buffer.from([id >>> 24, (id >>> 16) & 0xff, (id >>> 8) & 0xff, id & 0xff]) : id
  return Buffer.concat([Buffer.from([META]), Buffer.from(`${kind}\0`), tail])
}

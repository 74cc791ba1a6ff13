import {
  Binary, BSONRegExp, BSONSymbol, Code, Decimal128, MaxKey, MinKey, ObjectId, Timestamp,
} from 'bson'
import { failedToParse } from './errors.ts'
import type { Doc, Value } from './values.ts'
import { double } from './values.ts'

/** Where a reader stands in a buffer. */
type Cursor = { bytes: Buffer, at: number }

const MAX_DEPTH = 200

/**
 * Decodes one BSON document.
 * @param only if given, other top-level fields are skipped unread: the cheap way to look at one field of many documents.
 * @throws MongoRefusal FailedToParse for bytes that are not BSON.
 */
export function decodeDoc(bytes: Buffer, only?: ReadonlySet<string>): Doc {
  const cursor = { bytes, at: 0 }
  try {
    return readDoc(cursor, 0, only)
  } catch (error) {
    if (error instanceof RangeError) throw failedToParse('not a BSON document: it ends too early')
    throw error
  }
}

/**
 * Decodes a command: the documents inside the top-level arrays `documents` stay encoded, since an insert stores them
 * as they came.
 */
export function decodeCommand(bytes: Buffer): Doc {
  const out: Doc = new Map()
  const cursor = { bytes, at: 0 }
  const end = enter(cursor)
  while (cursor.at < end - 1) {
    const type = bytes[cursor.at++] ?? 0
    const name = readName(cursor)
    out.set(name, type === 4 && name === 'documents' ? readRawArray(cursor) : readValue(cursor, type, 0))
  }
  return out
}

function enter(cursor: Cursor): number {
  const size = cursor.bytes.readInt32LE(cursor.at)
  const end = cursor.at + size
  if (size < 5 || end > cursor.bytes.length) throw failedToParse('not a BSON document: wrong length')
  cursor.at += 4
  return end
}

function readDoc(cursor: Cursor, depth: number, only?: ReadonlySet<string>): Doc {
  if (depth > MAX_DEPTH) throw failedToParse('document is nested too deeply')
  const out: Doc = new Map()
  const end = enter(cursor)
  while (cursor.at < end - 1) {
    const type = cursor.bytes[cursor.at++] ?? 0
    const name = readName(cursor)
    if (only !== undefined && !only.has(name)) skipValue(cursor, type)
    else out.set(name, readValue(cursor, type, depth))
  }
  cursor.at = end
  return out
}

function readArray(cursor: Cursor, depth: number): Value[] {
  if (depth > MAX_DEPTH) throw failedToParse('document is nested too deeply')
  const out: Value[] = []
  const end = enter(cursor)
  while (cursor.at < end - 1) {
    const type = cursor.bytes[cursor.at++] ?? 0
    skipName(cursor)
    out.push(readValue(cursor, type, depth))
  }
  cursor.at = end
  return out
}

function readRawArray(cursor: Cursor): Value[] {
  const out: Value[] = []
  const end = enter(cursor)
  while (cursor.at < end - 1) {
    const type = cursor.bytes[cursor.at++] ?? 0
    skipName(cursor)
    const start = cursor.at
    if (type !== 3) throw failedToParse('documents must be an array of objects')
    cursor.at += cursor.bytes.readInt32LE(start)
    out.push(cursor.bytes.subarray(start, cursor.at))
  }
  cursor.at = end
  return out
}

function skipName(cursor: Cursor): void {
  const end = cursor.bytes.indexOf(0, cursor.at)
  if (end < 0) throw failedToParse('field name without end')
  cursor.at = end + 1
}

function readName(cursor: Cursor): string {
  const { bytes, at } = cursor
  let end = at
  let ascii = true
  for (let byte = bytes[end]; byte !== 0; byte = bytes[++end]) {
    if (byte === undefined) throw failedToParse('field name without end')
    if (byte > 127) ascii = false
  }
  cursor.at = end + 1
  return ascii ? bytes.toString('latin1', at, end) : bytes.toString('utf8', at, end)
}

function readString(cursor: Cursor): string {
  const size = cursor.bytes.readInt32LE(cursor.at)
  const start = cursor.at + 4
  const end = start + size - 1
  if (size < 1 || end >= cursor.bytes.length) throw failedToParse('string with a wrong length')
  cursor.at = end + 1
  return cursor.bytes.toString('utf8', start, end)
}

function readBinary(cursor: Cursor): Binary {
  let size = cursor.bytes.readInt32LE(cursor.at)
  const subType = cursor.bytes[cursor.at + 4] ?? 0
  cursor.at += 5
  let start = cursor.at
  cursor.at += size
  if (subType === 2) [start, size] = [start + 4, size - 4]
  if (size < 0 || cursor.at > cursor.bytes.length) throw failedToParse('binary with a wrong length')
  return new Binary(Uint8Array.prototype.slice.call(cursor.bytes, start, start + size), subType)
}

function take(cursor: Cursor, size: number): Uint8Array {
  const start = cursor.at
  cursor.at += size
  if (cursor.at > cursor.bytes.length) throw failedToParse('value ends too early')
  return Uint8Array.prototype.slice.call(cursor.bytes, start, cursor.at)
}

function readValue(cursor: Cursor, type: number, depth: number): Value {
  const { bytes, at } = cursor
  switch (type) {
    case 1: cursor.at += 8; return double(bytes.readDoubleLE(at))
    case 2: return readString(cursor)
    case 3: return readDoc(cursor, depth + 1)
    case 4: return readArray(cursor, depth + 1)
    case 5: return readBinary(cursor)
    case 6: return undefined
    case 7: return new ObjectId(take(cursor, 12))
    case 8: cursor.at += 1; return bytes[at] === 1
    case 9: cursor.at += 8; return new Date(Number(bytes.readBigInt64LE(at)))
    case 10: return null
    case 11: return new BSONRegExp(readName(cursor), readName(cursor))
    case 13: return new Code(readString(cursor))
    case 14: return new BSONSymbol(readString(cursor))
    case 16: cursor.at += 4; return bytes.readInt32LE(at)
    case 17: cursor.at += 8; return new Timestamp({ t: bytes.readUInt32LE(at + 4), i: bytes.readUInt32LE(at) })
    case 18: cursor.at += 8; return bytes.readBigInt64LE(at)
    case 19: return new Decimal128(take(cursor, 16))
    case 255: return new MinKey()
    case 127: return new MaxKey()
    default: throw failedToParse(`BSON type ${type} is not supported`)
  }
}

const FIXED_SIZE: Record<number, number> = { 1: 8, 6: 0, 7: 12, 8: 1, 9: 8, 10: 0, 16: 4, 17: 8, 18: 8, 19: 16, 255: 0, 127: 0 }

function skipValue(cursor: Cursor, type: number): void {
  const fixed = FIXED_SIZE[type]
  if (fixed !== undefined) cursor.at += fixed
  else if (type === 3 || type === 4) cursor.at += cursor.bytes.readInt32LE(cursor.at)
  else if (type === 2 || type === 13 || type === 14) cursor.at += 4 + cursor.bytes.readInt32LE(cursor.at)
  else if (type === 5) cursor.at += 5 + cursor.bytes.readInt32LE(cursor.at)
  else readValue(cursor, type, 0)
}


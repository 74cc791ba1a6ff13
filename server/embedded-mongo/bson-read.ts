import {
  Binary, BSONRegExp, BSONSymbol, Code, Decimal128, MaxKey, MinKey, ObjectId, Timestamp,
} from 'bson'
import { nameAt, nameEnd } from './bson-names.ts'
import { valueSize } from './bson-walk.ts'
import { MAX_DEPTH } from './bson-write.ts'
import { failedToParse } from './errors.ts'
import type { Doc, Value } from './values.ts'
import { double } from './values.ts'

/** Where a reader stands in a buffer. */
type Cursor = { bytes: Buffer, at: number }

/**
 * Decodes one BSON document. Of a name that comes twice the first counts.
 * @param only if given, other top-level fields are skipped unread: the cheap way to look at one field of many documents.
 *   Reading ends as soon as all of them were met.
 * @throws MongoRefusal FailedToParse for bytes that are not BSON.
 */
export function decodeDoc(bytes: Buffer, only: ReadonlySet<string> | null = null): Doc {
  const cursor = { bytes, at: 0 }
  try {
    return only === null ? readDoc(cursor, 0) : readFields(cursor, only)
  } catch (error) {
    if (error instanceof RangeError) throw failedToParse('not a BSON document: it ends too early')
    throw error
  }
}

/**
 * Decodes a command: the documents inside the top-level array `documents` stay encoded, since an insert stores them
 * as they came; so does the `u` of an update that replaces a document.
 */
export function decodeCommand(bytes: Buffer): Doc {
  const out: Doc = new Map()
  const cursor = { bytes, at: 0 }
  const end = enter(cursor)
  while (cursor.at < end - 1) {
    const type = bytes[cursor.at++] ?? 0
    const name = readName(cursor)
    if (type === 4 && name === 'documents') out.set(name, readRawArray(cursor))
    else if (type === 3 && name === 'u' && isReplacement(cursor)) out.set(name, readRaw(cursor))
    else out.set(name, readValue(cursor, type, 0))
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

function readDoc(cursor: Cursor, depth: number): Doc {
  if (depth > MAX_DEPTH) throw failedToParse('document is nested too deeply')
  const out: Doc = new Map()
  const end = enter(cursor)
  while (cursor.at < end - 1) {
    const type = cursor.bytes[cursor.at++] ?? 0
    const name = readName(cursor)
    const value = readValue(cursor, type, depth)
    if (!out.has(name)) out.set(name, value)
  }
  cursor.at = end
  return out
}

/** Reads on only until it has all it was asked for. */
function readFields(cursor: Cursor, only: ReadonlySet<string>): Doc {
  const out: Doc = new Map()
  const end = enter(cursor)
  while (out.size < only.size && cursor.at < end - 1) {
    const type = cursor.bytes[cursor.at++] ?? 0
    const name = readName(cursor)
    if (only.has(name) && !out.has(name)) out.set(name, readValue(cursor, type, 0))
    else cursor.at += valueSize(cursor.bytes, type, cursor.at)
  }
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
    if (type !== 3) throw failedToParse('documents must be an array of objects')
    out.push(readRaw(cursor))
  }
  cursor.at = end
  return out
}

function readRaw(cursor: Cursor): Buffer {
  const start = cursor.at
  const size = cursor.bytes.readInt32LE(start)
  if (size < 5 || start + size > cursor.bytes.length) throw failedToParse('document with a wrong length')
  cursor.at += size
  return cursor.bytes.subarray(start, cursor.at)
}

const DOLLAR = 0x24

/** Whether the first field of the document ahead is no operator. */
function isReplacement({ bytes, at }: Cursor): boolean {
  return bytes[at + 4] !== 0 && bytes[at + 5] !== DOLLAR
}

function skipName(cursor: Cursor): void {
  cursor.at = nameEnd(cursor.bytes, cursor.at) + 1
}

function readName(cursor: Cursor): string {
  const name = nameAt(cursor.bytes, cursor.at)
  // Names are counted in bytes: what is not ASCII takes more of them than it has characters.
  cursor.at = nameEnd(cursor.bytes, cursor.at + name.length) + 1
  return name
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
    case 9: cursor.at += 8; return new Date(bytes.readInt32LE(at + 4) * 2 ** 32 + bytes.readUInt32LE(at))
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

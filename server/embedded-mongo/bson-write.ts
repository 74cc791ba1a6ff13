import { Binary, BSONRegExp, BSONSymbol, Code, Decimal128, Double, MaxKey, MinKey, ObjectId, Timestamp } from 'bson'
import { failedToParse, MongoRefusal } from './errors.ts'
import { writeText } from './text.ts'
import type { Doc, Value } from './values.ts'
import { isInt32, typeNumber } from './values.ts'

/** MongoDB's limit for one document, in bytes. */
export const MAX_DOC_BYTES = 16 * 1024 * 1024

/** How deep documents may be nested. */
export const MAX_DEPTH = 200

/** Where documents are written before they are copied out; it grows, and is let go of when it has grown large. */
let out = Buffer.allocUnsafe(65536)
const KEPT_BYTES = 1024 * 1024

/** How deep the writer stands, and how deep it may go. */
let depth = 0
let deepest = Infinity

/** Encodes a document. */
export function encodeDoc(value: Doc): Buffer {
  begin(0, Infinity)
  return copied(writeDoc(0, value))
}

/** Encodes a document that is to be stored. @throws MongoRefusal FailedToParse when it is nested too deeply to be read. */
export function encodeStored(value: Doc): Buffer {
  begin(0, MAX_DEPTH)
  return copied(writeDoc(0, value))
}

function begin(at: number, most: number): void {
  depth = at
  deepest = most
}

/** The same with so many bytes left free in front of it. */
export function encodeDocBehind(before: number, value: Doc): Buffer {
  begin(0, Infinity)
  room(before + 64)
  return copied(writeDoc(before, value))
}

/** The fields alone, as they stand inside a stored document. @throws MongoRefusal FailedToParse when nested too deeply */
export function encodeFields(fields: Iterable<readonly [string, Value]>): Buffer {
  let at = 0
  begin(1, MAX_DEPTH)
  for (const [name, value] of fields) at = writeElement(at, name, value)
  return copied(at)
}

function copied(size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size)
  out.copy(bytes, 0, 0, size)
  if (out.length > KEPT_BYTES) out = Buffer.allocUnsafe(65536)
  return bytes
}

function room(size: number): void {
  if (size <= out.length) return
  const larger = Buffer.allocUnsafe(Math.max(size, out.length * 2))
  out.copy(larger)
  out = larger
}

/** @throws MongoRefusal BSONObjectTooLarge when a document to be stored is larger than 16 MiB. */
export function checkSize(bytes: Buffer): void {
  if (bytes.length <= MAX_DOC_BYTES) return
  throw new MongoRefusal(10334, `BSONObj size: ${bytes.length} is invalid. Size must be between 0 and ${MAX_DOC_BYTES}(16MB)`)
}

function writeDoc(start: number, value: Doc): number {
  let at = into(start)
  for (const [name, inner] of value) at = writeElement(at, name, inner)
  return finish(start, at)
}

function writeArray(start: number, value: Value[]): number {
  let at = into(start)
  for (let index = 0; index < value.length; index++) at = writeElement(at, position(index), value[index])
  return finish(start, at)
}

const POSITIONS = Array.from({ length: 1000 }, (_none, index) => String(index))

function position(index: number): string {
  return POSITIONS[index] ?? String(index)
}

/** Goes into a document or array that begins here. */
function into(start: number): number {
  if (depth++ > deepest) throw failedToParse('document is nested too deeply')
  return start + 4
}

function finish(start: number, at: number): number {
  depth--
  room(at + 1)
  out[at] = 0
  out.writeInt32LE(at + 1 - start, start)
  return at + 1
}

/** Room for the name and any value of a fixed size is made here; what is longer makes its own. */
function writeElement(start: number, name: string, value: Value): number {
  room(start + 3 * name.length + 64)
  out[start] = typeNumber(value) & 0xff
  const at = writeText(out, start + 1, name)
  out[at] = 0
  return writeValue(at + 1, value)
}

function writeString(at: number, value: string): number {
  room(at + 3 * value.length + 5)
  const end = writeText(out, at + 4, value)
  out.writeInt32LE(end - at - 3, at)
  out[end] = 0
  return end + 1
}

function writeName(at: number, value: string): number {
  room(at + 3 * value.length + 1)
  const end = writeText(out, at, value)
  out[end] = 0
  return end + 1
}

function writeValue(at: number, value: Value): number {
  switch (typeof value) {
    case 'string': return writeString(at, value)
    case 'number': return isInt32(value) ? out.writeInt32LE(value, at) : out.writeDoubleLE(value, at)
    case 'bigint': return out.writeBigInt64LE(value, at)
    case 'boolean': return out.writeUInt8(value ? 1 : 0, at)
    case 'undefined': return at
    default: return value === null ? at : writeObject(at, value)
  }
}

function writeObject(at: number, value: Exclude<Value, null | undefined | boolean | number | bigint | string>): number {
  if (value instanceof Map) return writeDoc(at, value)
  if (Array.isArray(value)) return writeArray(at, value)
  if (Buffer.isBuffer(value)) return put(at, value)
  if (value instanceof ObjectId) return put(at, value.id)
  if (value instanceof Date) return writeDate(at, value.getTime())
  if (value instanceof Double) return out.writeDoubleLE(value.value, at)
  if (value instanceof Decimal128) return put(at, value.bytes)
  if (value instanceof Timestamp) return out.writeUInt32LE(value.t, out.writeUInt32LE(value.i, at))
  if (value instanceof Binary) return writeBinary(at, value)
  if (value instanceof BSONRegExp) return writeName(writeName(at, value.pattern), value.options)
  if (value instanceof BSONSymbol) return writeString(at, value.value)
  if (value instanceof Code) return writeString(at, value.code)
  if (value instanceof MinKey || value instanceof MaxKey) return at
  throw new TypeError('value is not of a BSON type')
}

function writeDate(at: number, ms: number): number {
  const time = Number.isNaN(ms) ? 0 : ms
  const high = Math.floor(time / 2 ** 32)
  return out.writeInt32LE(high, out.writeUInt32LE(time - high * 2 ** 32, at))
}

function put(at: number, bytes: Uint8Array): number {
  room(at + bytes.length)
  out.set(bytes, at)
  return at + bytes.length
}

function writeBinary(start: number, value: Binary): number {
  const size = value.length()
  const old = value.sub_type === 2
  let at = out.writeInt32LE(old ? size + 4 : size, start)
  out[at++] = value.sub_type
  if (old) at = out.writeInt32LE(size, at)
  return put(at, value.buffer.subarray(0, size))
}

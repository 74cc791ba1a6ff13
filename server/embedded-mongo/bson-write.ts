import { Binary, BSONRegExp, BSONSymbol, Code, Decimal128, Double, MaxKey, MinKey, ObjectId, Timestamp } from 'bson'
import { MongoRefusal } from './errors.ts'
import type { Doc, Value } from './values.ts'
import { isInt32, typeNumber } from './values.ts'

/** MongoDB's limit for one document, in bytes. */
export const MAX_DOC_BYTES = 16 * 1024 * 1024

/** Encodes a document; its size is computed first, so that one allocation is enough. */
export function encodeDoc(value: Doc): Buffer {
  const out = Buffer.allocUnsafe(sizeOfDoc(value))
  writeDoc(out, 0, value)
  return out
}

/** @throws MongoRefusal BSONObjectTooLarge when a document to be stored is larger than 16 MiB. */
export function checkSize(bytes: Buffer): void {
  if (bytes.length <= MAX_DOC_BYTES) return
  throw new MongoRefusal(10334, `BSONObj size: ${bytes.length} is invalid. Size must be between 0 and ${MAX_DOC_BYTES}(16MB)`)
}

function sizeOfDoc(value: Doc): number {
  let size = 5
  for (const [name, inner] of value) size += 2 + Buffer.byteLength(name) + sizeOf(inner)
  return size
}

function sizeOfArray(value: Value[]): number {
  let size = 5
  for (let index = 0; index < value.length; index++) size += 2 + digits(index) + sizeOf(value[index])
  return size
}

function digits(index: number): number {
  return index < 10 ? 1 : index < 100 ? 2 : String(index).length
}

function sizeOf(value: Value): number {
  switch (typeof value) {
    case 'string': return 5 + Buffer.byteLength(value)
    case 'number': return isInt32(value) ? 4 : 8
    case 'bigint': return 8
    case 'boolean': return 1
    case 'undefined': return 0
    default: return value === null ? 0 : sizeOfObject(value)
  }
}

function sizeOfObject(value: Exclude<Value, null | undefined | boolean | number | bigint | string>): number {
  if (value instanceof Map) return sizeOfDoc(value)
  if (Array.isArray(value)) return sizeOfArray(value)
  if (Buffer.isBuffer(value)) return value.length
  if (value instanceof ObjectId) return 12
  if (value instanceof Date || value instanceof Double || value instanceof Timestamp) return 8
  if (value instanceof Decimal128) return 16
  if (value instanceof Binary) return 5 + value.length() + (value.sub_type === 2 ? 4 : 0)
  if (value instanceof BSONRegExp) return 2 + Buffer.byteLength(value.pattern) + Buffer.byteLength(value.options)
  if (value instanceof BSONSymbol) return 5 + Buffer.byteLength(value.value)
  if (value instanceof Code) return 5 + Buffer.byteLength(value.code)
  return 0
}

function writeDoc(out: Buffer, start: number, value: Doc): number {
  let at = start + 4
  for (const [name, inner] of value) at = writeElement(out, at, name, inner)
  return finish(out, start, at)
}

function writeArray(out: Buffer, start: number, value: Value[]): number {
  let at = start + 4
  for (let index = 0; index < value.length; index++) at = writeElement(out, at, String(index), value[index])
  return finish(out, start, at)
}

function finish(out: Buffer, start: number, at: number): number {
  out[at] = 0
  out.writeInt32LE(at + 1 - start, start)
  return at + 1
}

function writeElement(out: Buffer, start: number, name: string, value: Value): number {
  out[start] = typeNumber(value) & 0xff
  let at = start + 1
  at += out.write(name, at)
  out[at] = 0
  return writeValue(out, at + 1, value)
}

function writeString(out: Buffer, at: number, value: string): number {
  const size = out.write(value, at + 4)
  out.writeInt32LE(size + 1, at)
  out[at + 4 + size] = 0
  return at + 5 + size
}

function writeName(out: Buffer, at: number, value: string): number {
  const end = at + out.write(value, at)
  out[end] = 0
  return end + 1
}

function writeValue(out: Buffer, at: number, value: Value): number {
  switch (typeof value) {
    case 'string': return writeString(out, at, value)
    case 'number': return isInt32(value) ? out.writeInt32LE(value, at) : out.writeDoubleLE(value, at)
    case 'bigint': return out.writeBigInt64LE(value, at)
    case 'boolean': return out.writeUInt8(value ? 1 : 0, at)
    case 'undefined': return at
    default: return value === null ? at : writeObject(out, at, value)
  }
}

function writeObject(out: Buffer, at: number, value: Exclude<Value, null | undefined | boolean | number | bigint | string>): number {
  if (value instanceof Map) return writeDoc(out, at, value)
  if (Array.isArray(value)) return writeArray(out, at, value)
  if (Buffer.isBuffer(value)) return at + value.copy(out, at)
  if (value instanceof ObjectId) return put(out, at, value.id)
  if (value instanceof Date) return out.writeBigInt64LE(Number.isNaN(value.getTime()) ? 0n : BigInt(value.getTime()), at)
  if (value instanceof Double) return out.writeDoubleLE(value.value, at)
  if (value instanceof Decimal128) return put(out, at, value.bytes)
  if (value instanceof Timestamp) return out.writeUInt32LE(value.t, out.writeUInt32LE(value.i, at))
  if (value instanceof Binary) return writeBinary(out, at, value)
  if (value instanceof BSONRegExp) return writeName(out, writeName(out, at, value.pattern), value.options)
  if (value instanceof BSONSymbol) return writeString(out, at, value.value)
  if (value instanceof Code) return writeString(out, at, value.code)
  if (value instanceof MinKey || value instanceof MaxKey) return at
  throw new TypeError('value is not of a BSON type')
}

function put(out: Buffer, at: number, bytes: Uint8Array): number {
  out.set(bytes, at)
  return at + bytes.length
}

function writeBinary(out: Buffer, start: number, value: Binary): number {
  const size = value.length()
  const old = value.sub_type === 2
  let at = out.writeInt32LE(old ? size + 4 : size, start)
  out[at++] = value.sub_type
  if (old) at = out.writeInt32LE(size, at)
  return put(out, at, value.buffer.subarray(0, size))
}

import { Binary, BSONRegExp, BSONSymbol, Code, Decimal128, ObjectId, Timestamp } from 'bson'
import { exactRemainder } from './decimal.ts'
import { writeText } from './text.ts'
import type { Doc, Numeric, Value } from './values.ts'
import { isNumeric, rank, toNumber } from './values.ts'

/**
 * MongoDB's comparison order, once: values become bytes whose order is that order. Index entries, sort keys and group
 * keys are these bytes, and `compare` agrees with them by construction. Every encoding ends by itself, so encodings can
 * follow one another in a compound key, and turn round (all bits flipped) for a descending field.
 */
type Bytes = { buffer: Buffer, size: number }

const END = 0x00
const NUMBER_BELOW = 0x7f
const NUMBER_EXACT = 0x80
const NUMBER_ABOVE = 0x81

/** The order-preserving bytes of one value. */
export function encodeKey(value: Value): Buffer {
  const out = start()
  writeKey(out, value)
  return copied(out)
}

/** The order-preserving bytes of a compound key; `pattern[i].direction` is -1 where the order is turned round. */
export function encodeCompoundKey(values: readonly Value[], pattern: readonly { direction: number }[]): Buffer {
  const out = start()
  for (let index = 0; index < values.length; index++) {
    const from = out.size
    writeKey(out, values[index])
    if (pattern[index]?.direction === -1) flip(out.buffer, from, out.size)
  }
  return copied(out)
}

/** The bytes with every bit turned round: the same key in a descending field. */
export function descending(bytes: Buffer): Buffer {
  const out = Buffer.from(bytes)
  flip(out, 0, out.length)
  return out
}

/** Negative, zero or positive, by MongoDB's comparison order. */
export function compare(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return compareDoubles(a, b)
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b)
  const difference = rank(a) - rank(b)
  if (difference !== 0) return difference
  if (a instanceof Date && b instanceof Date) return a.getTime() - b.getTime()
  if (isNumeric(a) && isNumeric(b) && isPlain(a) && isPlain(b)) return compareDoubles(toNumber(a), toNumber(b))
  return Buffer.compare(encodeKey(a), encodeKey(b))
}

/** Whether two values are the same to `$eq`, `$in`, `$addToSet`, unique indexes and `$group`: 1 equals 1.0. */
export function equal(a: Value, b: Value): boolean {
  return compare(a, b) === 0
}

function isPlain(value: Numeric): boolean {
  return typeof value !== 'bigint' && !(value instanceof Decimal128)
}

function compareDoubles(a: number, b: number): number {
  if (a < b) return -1
  if (a > b) return 1
  if (a === b) return 0
  return (Number.isNaN(a) ? 0 : 1) - (Number.isNaN(b) ? 0 : 1)
}

/** By code point: UTF-16 units agree with it except where surrogates meet U+E000 and above. */
export function compareStrings(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index)
    const right = b.charCodeAt(index)
    if (left !== right) return above(left) - above(right)
  }
  return a.length - b.length
}

function above(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

/** Keys are made one after the other in one buffer, which is let go of when a key has made it large. */
const scratch: Bytes = { buffer: Buffer.allocUnsafe(4096), size: 0 }
const KEPT_BYTES = 65536

function start(): Bytes {
  if (scratch.buffer.length > KEPT_BYTES) scratch.buffer = Buffer.allocUnsafe(4096)
  scratch.size = 0
  return scratch
}

function copied({ buffer, size }: Bytes): Buffer {
  const out = Buffer.allocUnsafe(size)
  buffer.copy(out, 0, 0, size)
  return out
}

function room(out: Bytes, more: number): void {
  if (out.size + more <= out.buffer.length) return
  const larger = Buffer.allocUnsafe(Math.max(out.buffer.length * 2, out.size + more))
  out.buffer.copy(larger, 0, 0, out.size)
  out.buffer = larger
}

function byte(out: Bytes, value: number): void {
  room(out, 1)
  out.buffer[out.size++] = value
}

function flip(buffer: Buffer, from: number, to: number): void {
  for (let index = from; index < to; index++) buffer[index] = ~(buffer[index] ?? 0) & 0xff
}

/** Bytes that may hold zeros, closed by two zeros; a zero inside becomes 00 FF. */
function terminated(out: Bytes, bytes: Uint8Array): void {
  room(out, bytes.length + 2)
  for (const value of bytes) {
    room(out, 4)
    out.buffer[out.size++] = value
    if (value === 0) out.buffer[out.size++] = 0xff
  }
  room(out, 2)
  out.buffer[out.size++] = 0
  out.buffer[out.size++] = 0
}

function text(out: Bytes, value: string): void {
  if (value.includes('\0')) return terminated(out, Buffer.from(value))
  room(out, value.length * 3 + 2)
  out.size = writeText(out.buffer, out.size, value)
  out.buffer[out.size++] = 0
  out.buffer[out.size++] = 0
}

function fixed(out: Bytes, bytes: Uint8Array): void {
  room(out, bytes.length)
  out.buffer.set(bytes, out.size)
  out.size += bytes.length
}

function uint64(out: Bytes, value: bigint): void {
  room(out, 8)
  out.buffer.writeBigUInt64BE(BigInt.asUintN(64, value), out.size)
  out.size += 8
}

function writeKey(out: Bytes, value: Value): void {
  const type = rank(value)
  byte(out, type)
  if (typeof value === 'string') text(out, value)
  else if (isNumeric(value)) writeNumber(out, value)
  else if (typeof value === 'boolean') byte(out, value ? 1 : 0)
  else if (value instanceof Map) writeDocKey(out, value)
  else if (Array.isArray(value)) writeArrayKey(out, value)
  else writeOtherKey(out, value)
}

function writeDocKey(out: Bytes, value: Doc): void {
  for (const [name, inner] of value) {
    byte(out, rank(inner))
    text(out, name)
    writeKey(out, inner)
  }
  byte(out, END)
}

function writeArrayKey(out: Bytes, value: Value[]): void {
  for (const inner of value) writeKey(out, inner)
  byte(out, END)
}

function writeOtherKey(out: Bytes, value: Value): void {
  if (value instanceof ObjectId) fixed(out, value.id)
  else if (value instanceof Date) writeTime(out, value.getTime())
  else if (value instanceof Timestamp) uint64(out, (BigInt(value.t) << 32n) | BigInt(value.i))
  else if (value instanceof BSONSymbol) text(out, value.value)
  else if (value instanceof Code) text(out, value.code)
  else if (value instanceof Binary) writeBinaryKey(out, value)
  else if (value instanceof BSONRegExp) {
    text(out, value.pattern)
    text(out, value.options)
  }
}

/** The 64-bit milliseconds with their sign turned round, so that earlier ones come first. */
function writeTime(out: Bytes, ms: number): void {
  const time = Number.isNaN(ms) ? 0 : ms
  const high = Math.floor(time / 2 ** 32)
  room(out, 8)
  out.size = out.buffer.writeUInt32BE(time - high * 2 ** 32, out.buffer.writeUInt32BE(high + 2 ** 31, out.size))
}

function writeBinaryKey(out: Bytes, value: Binary): void {
  room(out, 5)
  out.size = out.buffer.writeUInt32BE(value.length(), out.size)
  out.buffer[out.size++] = value.sub_type
  fixed(out, value.buffer.subarray(0, value.length()))
}

/** A double that is never larger in amount than the number, then what is missing to the exact number, if anything. */
function writeNumber(out: Bytes, value: Numeric): void {
  const remainder = typeof value === 'bigint' || value instanceof Decimal128 ? exactRemainder(value) : null
  const amount = remainder === null ? toNumber(value) : remainder.base
  room(out, 9)
  out.buffer.writeDoubleBE(Object.is(amount, -0) ? 0 : amount, out.size)
  if (Number.isNaN(amount)) out.buffer.fill(0, out.size, out.size + 8)
  else if (amount < 0) flip(out.buffer, out.size, out.size + 8)
  else out.buffer[out.size] = (out.buffer[out.size] ?? 0) ^ 0x80
  out.size += 8
  if (remainder === null || remainder.rest === null) return byte(out, NUMBER_EXACT)
  byte(out, remainder.negative ? NUMBER_BELOW : NUMBER_ABOVE)
  const from = out.size
  fixed(out, remainder.rest)
  if (remainder.negative) flip(out.buffer, from, out.size)
}

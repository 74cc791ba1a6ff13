import {
  Binary, BSONRegExp, BSONSymbol, Code, Decimal128, Double, Long, MaxKey, MinKey, ObjectId, Timestamp,
} from 'bson'

/**
 * A BSON value in memory. The BSON type is kept apart:
 * `number` is an Int32 if it is a whole number that fits (and not -0), else a Double; a Double that looks like an Int32
 * (5.0) is the class `Double`; `bigint` is an Int64. A document is a Map, which keeps the order of its fields. `Raw`
 * is a document still encoded; it occurs in replies only. `undefined` is BSON's deprecated undefined.
 */
export type Value =
  | null | undefined | boolean | number | bigint | string | Date | Doc | Value[] | Raw
  | Double | Decimal128 | ObjectId | Binary | BSONRegExp | BSONSymbol | Timestamp | Code | MinKey | MaxKey

/** A document: its fields in their order. */
export type Doc = Map<string, Value>

/** An encoded document that goes to the reply as it is. */
export type Raw = Buffer

/** Any of the numeric BSON types. */
export type Numeric = number | bigint | Double | Decimal128

const INT32_MAX = 2147483647
const INT32_MIN = -2147483648
const INT64_MAX = 9223372036854775807n
const INT64_MIN = -9223372036854775808n

/** Position of each type in MongoDB's comparison order; numbers share one, string and symbol share one. */
export const RANK = {
  minKey: 0x01, undefined: 0x05, null: 0x0a, number: 0x14, string: 0x1e, object: 0x28, array: 0x32, binary: 0x3c,
  objectId: 0x46, boolean: 0x50, date: 0x5a, timestamp: 0x64, regex: 0x6e, code: 0x78, maxKey: 0xf0,
} as const

export function isDoc(value: Value): value is Doc {
  return value instanceof Map
}

export function isNumeric(value: Value): value is Numeric {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof Double || value instanceof Decimal128
}

/** True for a `number` that stands for an Int32. */
export function isInt32(value: number): boolean {
  return Number.isInteger(value) && value <= INT32_MAX && value >= INT32_MIN && !Object.is(value, -0)
}

/** The Double of this amount, wrapped if it would otherwise be read as an Int32. */
export function double(amount: number): number | Double {
  return isInt32(amount) ? new Double(amount) : amount
}

/** Whether the whole number fits Int64. */
export function fitsInt64(amount: bigint): boolean {
  return amount <= INT64_MAX && amount >= INT64_MIN
}

/** Int32 if it fits, else Int64. */
export function smallestInt(amount: bigint): number | bigint {
  return amount <= BigInt(INT32_MAX) && amount >= BigInt(INT32_MIN) ? Number(amount) : amount
}

/** The amount as a JavaScript number; Int64 and Decimal128 may lose digits. */
export function toNumber(value: Numeric): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Double) return value.value
  return Number(value.toString())
}

/** Rank of a value's type in MongoDB's comparison order. */
export function rank(value: Value): number {
  switch (typeof value) {
    case 'string': return RANK.string
    case 'number': case 'bigint': return RANK.number
    case 'boolean': return RANK.boolean
    case 'undefined': return RANK.undefined
    default: return value === null ? RANK.null : rankOfObject(value)
  }
}

function rankOfObject(value: object): number {
  if (value instanceof Map || Buffer.isBuffer(value)) return RANK.object
  if (Array.isArray(value)) return RANK.array
  if (value instanceof Date) return RANK.date
  if (value instanceof ObjectId) return RANK.objectId
  if (value instanceof Double || value instanceof Decimal128) return RANK.number
  if (value instanceof Binary) return RANK.binary
  if (value instanceof Timestamp) return RANK.timestamp
  if (value instanceof BSONRegExp) return RANK.regex
  if (value instanceof BSONSymbol) return RANK.string
  if (value instanceof MinKey) return RANK.minKey
  if (value instanceof MaxKey) return RANK.maxKey
  return RANK.code
}

const TYPES: readonly (readonly [string, number])[] = [
  ['double', 1], ['string', 2], ['object', 3], ['array', 4], ['binData', 5], ['undefined', 6], ['objectId', 7],
  ['bool', 8], ['date', 9], ['null', 10], ['regex', 11], ['javascript', 13], ['symbol', 14], ['javascriptWithScope', 15],
  ['int', 16], ['timestamp', 17], ['long', 18], ['decimal', 19], ['minKey', -1], ['maxKey', 127],
]

/** BSON type numbers by the aliases that `$type` knows. */
export const TYPE_NUMBERS: ReadonlyMap<string, number> = new Map(TYPES)

const TYPE_NAMES: ReadonlyMap<number, string> = new Map(TYPES.map(([name, code]) => [code, name]))

/** BSON type number of a value, as `$type` and the wire know it. */
export function typeNumber(value: Value): number {
  switch (typeof value) {
    case 'string': return 2
    case 'number': return isInt32(value) ? 16 : 1
    case 'bigint': return 18
    case 'boolean': return 8
    case 'undefined': return 6
    default: return value === null ? 10 : typeNumberOfObject(value)
  }
}

function typeNumberOfObject(value: object): number {
  if (value instanceof Map || Buffer.isBuffer(value)) return 3
  if (Array.isArray(value)) return 4
  if (value instanceof Date) return 9
  if (value instanceof ObjectId) return 7
  if (value instanceof Double) return 1
  if (value instanceof Decimal128) return 19
  if (value instanceof Binary) return 5
  if (value instanceof Timestamp) return 17
  if (value instanceof BSONRegExp) return 11
  if (value instanceof BSONSymbol) return 14
  if (value instanceof MinKey) return -1
  if (value instanceof MaxKey) return 127
  return value instanceof Code && value.scope ? 15 : 13
}

/** Name of a value's BSON type as MongoDB writes it in messages and `$type` returns it. */
export function typeName(value: Value): string {
  return TYPE_NAMES.get(typeNumber(value)) ?? 'unknown'
}

/** Deep copy, so that a change of one document never shows in another. */
export function clone(value: Value): Value {
  if (Array.isArray(value)) return value.map(clone)
  if (value instanceof Map) return new Map([...value].map(([key, inner]) => [key, clone(inner)]))
  return value
}

/** A document written as a literal; fields that are `undefined` are left out. */
export function doc(fields: Record<string, Value>): Doc {
  return new Map(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** Whether a value counts as true in a command option such as `upsert: 1`, and in `$and`, `$cond`. */
export function truthy(value: Value): boolean {
  if (value === null || value === undefined || value === false) return false
  if (isNumeric(value)) return toNumber(value) !== 0
  return true
}

/** A whole number out of a numeric value, or null where there is none. */
export function wholeNumber(value: Value): number | null {
  if (!isNumeric(value)) return null
  const amount = toNumber(value)
  return Number.isInteger(amount) ? amount : null
}

/** The 64-bit whole number as BSON keeps it, in two halves. */
export function toLong(value: bigint): Long {
  return Long.fromBigInt(value)
}

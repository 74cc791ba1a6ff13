import { Binary, BSONRegExp, Decimal128, Double, ObjectId, Timestamp } from 'bson'
import type { Doc, Value } from './values.ts'

/** A value as MongoDB writes it in its messages: `{ a: "x", b: ObjectId('…') }`. */
export function show(value: Value): string {
  if (value === undefined) return 'undefined'
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return Object.is(value, -0) ? '-0.0' : String(value)
  if (typeof value === 'string') return `"${value}"`
  if (value instanceof Map) return showDoc(value)
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[ ${value.map(show).join(', ')} ]`
  return showObject(value)
}

function showDoc(value: Doc): string {
  return value.size === 0 ? '{}' : `{ ${[...value].map(([name, inner]) => `${name}: ${show(inner)}`).join(', ')} }`
}

function showObject(value: object): string {
  if (value instanceof ObjectId) return `ObjectId('${value.toHexString()}')`
  if (value instanceof Date) return `new Date(${value.getTime()})`
  if (value instanceof Double) return Number.isInteger(value.value) ? value.value.toFixed(1) : String(value.value)
  if (value instanceof Decimal128) return value.toString()
  if (value instanceof Timestamp) return `Timestamp(${value.t}, ${value.i})`
  if (value instanceof BSONRegExp) return `/${value.pattern}/${value.options}`
  if (value instanceof Binary) return `BinData(${value.sub_type}, ${Buffer.from(value.value()).toString('hex').toUpperCase()})`
  return value.constructor.name
}

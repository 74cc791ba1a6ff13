/**
 * MongoDB's semantics once more, written plainly from the manual and without a look at the engine: no indexes, no bytes,
 * values as the driver gives them. Pages: "Comparison/Sort Order", "Query and Projection Operators", "Query for Null or
 * Missing Fields", "Query an Array", "Update Operators" (mongodb.com/docs/manual/reference/...).
 */
import { Binary, Decimal128, Double, Int32, Long, ObjectId } from 'bson'

export type Plain = { [field: string]: unknown }

export function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

export function isNumber(value: unknown): boolean {
  return value instanceof Int32 || value instanceof Double || value instanceof Long || value instanceof Decimal128
}

/** "Comparison/Sort Order": the place of each type. */
function typeOrder(value: unknown): number {
  if (value === null || value === undefined) return 2
  if (isNumber(value)) return 3
  if (typeof value === 'string') return 4
  if (Array.isArray(value)) return 6
  if (value instanceof Binary) return 7
  if (value instanceof ObjectId) return 8
  if (typeof value === 'boolean') return 9
  if (value instanceof Date) return 10
  return 5
}

/** A number as an exact fraction. */
function fraction(value: unknown): [bigint, bigint] {
  if (value instanceof Int32) return [BigInt(value.value), 1n]
  if (value instanceof Long) return [value.toBigInt(), 1n]
  if (value instanceof Double) {
    let [top, bottom] = [value.value, 1n]
    while (!Number.isInteger(top)) [top, bottom] = [top * 2, bottom * 2n]
    return [BigInt(top), bottom]
  }
  const [mantissa = '0', exponent = '0'] = String(value).split('E')
  const [whole = '0', decimals = ''] = mantissa.split('.')
  const power = Number(exponent) - decimals.length
  const digits = BigInt(whole + decimals)
  return power >= 0 ? [digits * 10n ** BigInt(power), 1n] : [digits, 10n ** BigInt(-power)]
}

function isNotANumber(value: unknown): boolean {
  return value instanceof Double && Number.isNaN(value.value)
}

function compareNumbers(a: unknown, b: unknown): number {
  if (isNotANumber(a) || isNotANumber(b)) return Number(isNotANumber(b)) - Number(isNotANumber(a))
  const [[a1, a2], [b1, b2]] = [fraction(a), fraction(b)]
  const difference = a1 * b2 - b1 * a2
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

export function compareValues(a: unknown, b: unknown): number {
  const types = typeOrder(a) - typeOrder(b)
  if (types !== 0) return types
  if (isNumber(a)) return compareNumbers(a, b)
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string))
  if (typeof a === 'boolean') return Number(a) - Number(b)
  if (a instanceof Date) return a.getTime() - (b as Date).getTime()
  if (a instanceof ObjectId) return a.toHexString() < (b as ObjectId).toHexString() ? -1 : a.equals(b as ObjectId) ? 0 : 1
  if (a instanceof Binary) return compareBinaries(a, b as Binary)
  if (Array.isArray(a)) return compareLists(a, b as unknown[])
  if (isPlain(a)) return compareObjects(a, b as Plain)
  return 0
}

/** "BinData": by length, then subtype, then bytes. */
function compareBinaries(a: Binary, b: Binary): number {
  return a.length() - b.length() || a.sub_type - b.sub_type || Buffer.compare(a.value(), b.value())
}

function compareLists(a: unknown[], b: unknown[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compareValues(a[i], b[i])
    if (order !== 0) return order
  }
  return a.length - b.length
}

/** "Objects": field by field: type, then name, then value; then the shorter first. */
function compareObjects(a: Plain, b: Plain): number {
  const [left, right] = [Object.entries(a), Object.entries(b)]
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [[nameA, valueA], [nameB, valueB]] = [left[i] as [string, unknown], right[i] as [string, unknown]]
    const order = typeOrder(valueA) - typeOrder(valueB) || (nameA < nameB ? -1 : nameA > nameB ? 1 : 0) || compareValues(valueA, valueB)
    if (order !== 0) return order
  }
  return left.length - right.length
}

export function same(a: unknown, b: unknown): boolean {
  return compareValues(a, b) === 0
}

const ABSENT = Symbol('absent')

/** Everything a dotted path reaches. An array on the way is entered; `wholeArrays` false opens an array at the end, too. */
function reached(value: unknown, path: string[]): unknown[] {
  const [head, ...rest] = path
  if (head === undefined) return [value]
  if (Array.isArray(value)) {
    const throughElements = value.filter(isPlain).flatMap((element) => reached(element, path))
    const byPosition = /^\d+$/.test(head) && Number(head) < value.length ? reachedAt(value[Number(head)], rest) : []
    return [...throughElements, ...byPosition]
  }
  if (!isPlain(value) || !Object.hasOwn(value, head)) return [ABSENT]
  return reached(value[head], rest)
}

/** A position names one element; below it only documents and arrays go on. */
function reachedAt(element: unknown, rest: string[]): unknown[] {
  if (rest.length === 0) return [{ positioned: element }]
  return isPlain(element) || Array.isArray(element) ? reached(element, rest) : []
}

/** The values a condition is tried on: what the path reaches, and the elements of arrays it ends at. */
function tried(document: Plain, path: string): unknown[] {
  return reached(document, path.split('.')).flatMap((value) => {
    if (isPositioned(value)) return [value.positioned]
    return Array.isArray(value) ? [...value, value] : [value]
  })
}

function isPositioned(value: unknown): value is { positioned: unknown } {
  return isPlain(value) && Object.keys(value).length === 1 && 'positioned' in value
}

function isNothing(value: unknown): boolean {
  return value === ABSENT || value === null
}

/** One operator on one value. */
function holds(operator: string, operand: unknown, value: unknown): boolean {
  switch (operator) {
    case '$eq': return operand === null ? isNothing(value) : value !== ABSENT && same(value, operand)
    case '$gt': return ordered(value, operand) && operand !== null && compareValues(value, operand) > 0
    case '$lt': return ordered(value, operand) && operand !== null && compareValues(value, operand) < 0
    case '$gte': return operand === null ? isNothing(value) : ordered(value, operand) && compareValues(value, operand) >= 0
    case '$lte': return operand === null ? isNothing(value) : ordered(value, operand) && compareValues(value, operand) <= 0
    case '$in': return (operand as unknown[]).some((one) => holds('$eq', one, value))
    case '$exists': return value !== ABSENT
    case '$type': return (operand as string) === nameOfType(value)
    case '$mod': return divides(value, operand as [Int32, Int32])
    case '$regex': return typeof value === 'string' && new RegExp(operand as string).test(value)
    default: throw new Error(`the model does not know ${operator}`)
  }
}

/** "Type bracketing": only values of the operand's type compare; nothing is above or below NaN. */
function ordered(value: unknown, operand: unknown): boolean {
  if (value === ABSENT || typeOrder(value) !== typeOrder(operand)) return false
  return !isNumber(operand) || isNotANumber(value) === isNotANumber(operand)
}

function nameOfType(value: unknown): string {
  if (value instanceof Binary) return 'binData'
  if (value === ABSENT) return 'missing'
  if (value === null) return 'null'
  if (value instanceof Int32) return 'int'
  if (value instanceof Long) return 'long'
  if (value instanceof Double) return 'double'
  if (value instanceof Decimal128) return 'decimal'
  if (value instanceof Date) return 'date'
  if (value instanceof ObjectId) return 'objectId'
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'string' ? 'string' : Array.isArray(value) ? 'array' : 'object'
}

function divides(value: unknown, [divisor, remainder]: [Int32, Int32]): boolean {
  if (!isNumber(value) || isNotANumber(value)) return false
  const [top, bottom] = fraction(value)
  return (top / bottom) % BigInt(divisor.value) === BigInt(remainder.value)
}

/** The model of a filter. */
export function matches(filter: Plain, document: Plain): boolean {
  return Object.entries(filter).every(([key, condition]) => {
    if (key === '$and') return (condition as Plain[]).every((one) => matches(one, document))
    if (key === '$or') return (condition as Plain[]).some((one) => matches(one, document))
    if (key === '$nor') return !(condition as Plain[]).some((one) => matches(one, document))
    return fieldMatches(key, condition, document)
  })
}

function isOperators(condition: unknown): condition is Plain {
  return isPlain(condition) && Object.keys(condition).some((key) => key.startsWith('$'))
}

function fieldMatches(path: string, condition: unknown, document: Plain): boolean {
  if (!isOperators(condition)) return tried(document, path).some((value) => holds('$eq', condition, value))
  return Object.entries(condition).every(([operator, operand]) => operatorMatches(path, operator, operand, document))
}

function operatorMatches(path: string, operator: string, operand: unknown, document: Plain): boolean {
  const ends = (): unknown[] => reached(document, path.split('.')).map((value) => (isPositioned(value) ? value.positioned : value))
  switch (operator) {
    case '$ne': return !operatorMatches(path, '$eq', operand, document)
    case '$nin': return !operatorMatches(path, '$in', operand, document)
    case '$not': return !fieldMatches(path, operand, document)
    case '$exists': return tried(document, path).some((value) => value !== ABSENT) === operand
    case '$all': return (operand as unknown[]).length > 0 && (operand as unknown[]).every((one) => operatorMatches(path, '$eq', one, document))
    case '$size': return ends().some((value) => Array.isArray(value) && value.length === (operand as Int32).value)
    case '$elemMatch': return ends().some((value) => Array.isArray(value) && value.some((element) => elementMatches(operand as Plain, element)))
    default: return tried(document, path).some((value) => holds(operator, operand, value))
  }
}

function elementMatches(condition: Plain, element: unknown): boolean {
  if (!isOperators(condition)) return isPlain(element) ? matches(condition, element) : Array.isArray(element) && matches(condition, { ...element })
  return Object.entries(condition).every(([operator, operand]) => (
    operator === '$ne' ? !holds('$eq', operand, element) : operator === '$nin' ? !holds('$in', operand, element) : holds(operator, operand, element)
  ))
}

/** "Sort": an array counts with its smallest element (ascending) or its largest (descending); an empty one below null. */
export function sortValue(document: Plain, field: string, direction: number): { empty: boolean, value: unknown } {
  const value = document[field]
  if (!Array.isArray(value)) return { empty: false, value: value ?? null }
  if (value.length === 0) return { empty: true, value: null }
  const sorted = [...value].sort(compareValues)
  return { empty: false, value: direction > 0 ? sorted[0] : sorted.at(-1) }
}

export function compareForSort(a: Plain, b: Plain, sort: [string, number][]): number {
  for (const [field, direction] of sort) {
    const [left, right] = [sortValue(a, field, direction), sortValue(b, field, direction)]
    const order = left.empty || right.empty ? Number(right.empty) - Number(left.empty) : compareValues(left.value, right.value)
    if (order !== 0) return order * direction
  }
  return 0
}

/** Fields of one document changed by one operator; paths are plain (no positions), parents are documents or missing. */
export function update(document: Plain, operator: string, path: string, operand: unknown): Plain {
  const [head = '', ...rest] = path.split('.')
  const copy = { ...document }
  if (rest.length > 0) {
    const inner = copy[head]
    if (inner === undefined && ['$unset', '$pull', '$pullAll', '$pop'].includes(operator)) return copy
    copy[head] = update((inner ?? {}) as Plain, operator, rest.join('.'), operand)
    return copy
  }
  const next = changed(copy[head], operator, operand)
  if (next === undefined) delete copy[head]
  else copy[head] = next
  return copy
}

function changed(old: unknown, operator: string, operand: unknown): unknown {
  const list = (old ?? []) as unknown[]
  switch (operator) {
    case '$set': return operand
    case '$unset': return undefined
    case '$min': return old === undefined || compareValues(operand, old) < 0 ? operand : old
    case '$max': return old === undefined || compareValues(operand, old) > 0 ? operand : old
    case '$push': return [...list, operand]
    case '$addToSet': return list.some((element) => same(element, operand)) ? list : [...list, operand]
    case '$pullAll': return old === undefined ? old : list.filter((element) => !(operand as unknown[]).some((one) => same(one, element)))
    case '$pop': return old === undefined ? old : (operand as Int32).value === 1 ? list.slice(0, -1) : list.slice(1)
    case '$inc': return old === undefined ? operand : plus(old, operand)
    default: throw new Error(`the model does not know ${operator}`)
  }
}

/** "$inc": the sum has the wider type; Int32 grows into Int64. */
function plus(a: unknown, b: unknown): unknown {
  if (a instanceof Double || b instanceof Double) return new Double(Number(a) + Number(b))
  const sum = BigInt(String(a)) + BigInt(String(b))
  const fits = sum >= -2147483648n && sum <= 2147483647n
  return a instanceof Int32 && b instanceof Int32 && fits ? new Int32(Number(sum)) : Long.fromBigInt(sum)
}

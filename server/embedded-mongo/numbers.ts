import { Decimal128, Double } from 'bson'
import type { Exact } from './decimal.ts'
import * as decimal from './decimal.ts'
import type { Numeric } from './values.ts'
import { double, fitsInt64, isInt32, smallestInt, toNumber } from './values.ts'

/** The widest of the numeric types: what a result of arithmetic becomes. */
export type NumericType = 'int' | 'long' | 'double' | 'decimal'

const WIDTH: Record<NumericType, number> = { int: 0, long: 1, double: 2, decimal: 3 }

export function numericType(value: Numeric): NumericType {
  if (typeof value === 'bigint') return 'long'
  if (value instanceof Decimal128) return 'decimal'
  return value instanceof Double || !isInt32(value) ? 'double' : 'int'
}

/** The type of a result: the wider of the two operands' types. */
export function widest(a: Numeric, b: Numeric): NumericType {
  const [left, right] = [numericType(a), numericType(b)]
  return WIDTH[left] >= WIDTH[right] ? left : right
}

/** The exact decimal of a number; null for NaN and the infinities. A double counts with its 15 significant digits. */
export function exact(value: Numeric): Exact | null {
  if (value instanceof Decimal128) return decimal.exactOf(value)
  if (typeof value === 'bigint') return { coefficient: value, exponent: 0 }
  const amount = toNumber(value)
  if (!Number.isFinite(amount)) return null
  if (numericType(value) === 'int') return { coefficient: BigInt(amount), exponent: 0 }
  return decimal.exactOf(Decimal128.fromString(amount.toPrecision(15).replace('e', 'E')))
}

/** As Decimal128, the way MongoDB converts. */
export function asDecimal(value: Numeric): Decimal128 {
  if (value instanceof Decimal128) return value
  const parts = exact(value)
  if (parts !== null) return decimal.toDecimal(parts)
  const amount = toNumber(value)
  return Decimal128.fromString(Number.isNaN(amount) ? 'NaN' : amount > 0 ? 'Infinity' : '-Infinity')
}

type Operation = {
  ints: (a: bigint, b: bigint) => bigint
  doubles: (a: number, b: number) => number
  decimals: (a: Exact, b: Exact) => Exact
}

const ADD: Operation = { ints: (a, b) => a + b, doubles: (a, b) => a + b, decimals: decimal.add }
const SUBTRACT: Operation = {
  ints: (a, b) => a - b,
  doubles: (a, b) => a - b,
  decimals: (a, b) => decimal.add(a, { coefficient: -b.coefficient, exponent: b.exponent }),
}
const MULTIPLY: Operation = { ints: (a, b) => a * b, doubles: (a, b) => a * b, decimals: decimal.multiply }
const REMAINDER: Operation = { ints: (a, b) => a % b, doubles: (a, b) => a % b, decimals: decimal.remainder }

/** Sum in the wider type; Int32 grows to Int64. Null when an Int64 overflows. */
export function add(a: Numeric, b: Numeric): Numeric | null {
  return apply(ADD, a, b)
}

/** Difference; null when an Int64 overflows. */
export function subtract(a: Numeric, b: Numeric): Numeric | null {
  return apply(SUBTRACT, a, b)
}

/** Product; null when an Int64 overflows. */
export function multiply(a: Numeric, b: Numeric): Numeric | null {
  return apply(MULTIPLY, a, b)
}

/** Remainder with the sign of the dividend; the divisor is not zero. */
export function remainder(a: Numeric, b: Numeric): Numeric {
  return apply(REMAINDER, a, b) ?? 0
}

function apply(operation: Operation, a: Numeric, b: Numeric): Numeric | null {
  const type = widest(a, b)
  if (type === 'double') return double(operation.doubles(toNumber(a), toNumber(b)))
  if (type === 'decimal') return applyDecimal(operation, a, b)
  const result = operation.ints(BigInt(toBigInt(a)), BigInt(toBigInt(b)))
  if (!fitsInt64(result)) return null
  return type === 'long' ? result : smallestInt(result)
}

/** The whole part; null for NaN and the infinities. */
export function toWhole(value: Numeric): bigint | null {
  if (typeof value === 'bigint') return value
  if (!(value instanceof Decimal128)) return Number.isFinite(toNumber(value)) ? BigInt(Math.trunc(toNumber(value))) : null
  const parts = decimal.exactOf(value)
  if (parts === null) return null
  const { coefficient, exponent } = decimal.roundTo(parts, 0, 'down')
  return coefficient * 10n ** BigInt(exponent)
}

function toBigInt(value: Numeric): bigint {
  return typeof value === 'bigint' ? value : BigInt(toNumber(value))
}

function applyDecimal(operation: Operation, a: Numeric, b: Numeric): Decimal128 {
  const [left, right] = [exact(a), exact(b)]
  if (left !== null && right !== null) return decimal.toDecimal(operation.decimals(left, right))
  return asDecimal(double(operation.doubles(toNumber(a), toNumber(b))))
}

/** Quotient as `$divide` gives it: a Double, or a Decimal128 if one operand is one. The divisor is not zero. */
export function divide(a: Numeric, b: Numeric): Numeric {
  if (widest(a, b) !== 'decimal') return double(toNumber(a) / toNumber(b))
  const [left, right] = [exact(a), exact(b)]
  if (left !== null && right !== null) return decimal.toDecimal(decimal.divide(left, right))
  return asDecimal(double(toNumber(a) / toNumber(b)))
}

/** Rounds to decimal places, half to even or toward zero, in the number's own type. */
export function roundTo(value: Numeric, places: number, mode: 'even' | 'down'): Numeric {
  const type = numericType(value)
  if (type !== 'decimal' && type !== 'double') return places >= 0 ? value : roundInt(value, places, mode)
  if (!Number.isFinite(toNumber(value))) return value
  const parts = type === 'decimal' ? exact(value) : decimal.exactOfDouble(toNumber(value))
  if (parts === null) return value
  const rounded = decimal.toDecimal(decimal.roundTo(parts, places, mode))
  return type === 'decimal' ? rounded : double(Number(rounded.toString()))
}

function roundInt(value: Numeric, places: number, mode: 'even' | 'down'): Numeric {
  const { coefficient, exponent } = decimal.roundTo({ coefficient: toBigInt(value), exponent: 0 }, places, mode)
  const whole = coefficient * 10n ** BigInt(exponent)
  return typeof value === 'bigint' ? whole : smallestInt(whole)
}

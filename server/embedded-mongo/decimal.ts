import { Decimal128 } from 'bson'

/**
 * An exact decimal number: coefficient × 10^exponent. Enough of IEEE 754-2008 decimal arithmetic for `$inc`, `$mul` and
 * the aggregation's arithmetic: 34 digits, ties to even.
 */
export type Exact = { coefficient: bigint, exponent: number }

const DIGITS = 34
const MAX_EXPONENT = 6111
const MIN_EXPONENT = -6176

/** Reads a Decimal128; null for NaN and the infinities. */
export function exactOf(value: Decimal128): Exact | null {
  const match = /^(-?)(\d+)(?:\.(\d*))?(?:E([+-]?\d+))?$/.exec(value.toString())
  if (match === null) return null
  const fraction = match[3] ?? ''
  const coefficient = BigInt(`${match[2] ?? ''}${fraction}`)
  return { coefficient: match[1] === '-' ? -coefficient : coefficient, exponent: Number(match[4] ?? 0) - fraction.length }
}

/** The exact value of a finite double, which is a binary fraction and therefore a finite decimal. */
export function exactOfDouble(value: number): Exact {
  if (Number.isInteger(value)) return { coefficient: BigInt(value), exponent: 0 }
  let binary = 0
  let scaled = value
  while (!Number.isInteger(scaled)) {
    scaled *= 2
    binary++
  }
  return { coefficient: BigInt(scaled) * 5n ** BigInt(binary), exponent: -binary }
}

/** Brings both numbers to one exponent. */
export function align(a: Exact, b: Exact): [bigint, bigint, number] {
  const exponent = Math.min(a.exponent, b.exponent)
  return [
    a.coefficient * 10n ** BigInt(a.exponent - exponent),
    b.coefficient * 10n ** BigInt(b.exponent - exponent),
    exponent,
  ]
}

export function add(a: Exact, b: Exact): Exact {
  const [left, right, exponent] = align(a, b)
  return { coefficient: left + right, exponent }
}

export function multiply(a: Exact, b: Exact): Exact {
  return { coefficient: a.coefficient * b.coefficient, exponent: a.exponent + b.exponent }
}

/** Quotient to 34 digits and more; the caller rounds by `toDecimal`. The divisor is not zero. */
export function divide(a: Exact, b: Exact): Exact {
  const shift = Math.max(0, DIGITS + 3 + digitCount(b.coefficient) - digitCount(a.coefficient))
  const scaled = a.coefficient * 10n ** BigInt(shift)
  let quotient = scaled / b.coefficient
  let exponent = a.exponent - b.exponent - shift
  if (quotient * b.coefficient !== scaled) return { coefficient: quotient * 10n + (quotient < 0n ? -1n : 1n), exponent: exponent - 1 }
  const ideal = a.exponent - b.exponent
  while (exponent < ideal && quotient % 10n === 0n && quotient !== 0n) [quotient, exponent] = [quotient / 10n, exponent + 1]
  return { coefficient: quotient, exponent }
}

/** Remainder with the sign of the dividend. */
export function remainder(a: Exact, b: Exact): Exact {
  const [left, right, exponent] = align(a, b)
  return { coefficient: left % right, exponent }
}

/** Rounds to `places` decimal places: half to even, or toward zero. */
export function roundTo(a: Exact, places: number, mode: 'even' | 'down'): Exact {
  const drop = -places - a.exponent
  return drop <= 0 ? a : { coefficient: shorten(a.coefficient, drop, mode), exponent: a.exponent + drop }
}

/** The Decimal128 nearest to the number. */
export function toDecimal(value: Exact): Decimal128 {
  let { coefficient, exponent } = value
  const over = Math.max(digitCount(coefficient) - DIGITS, MIN_EXPONENT - exponent)
  if (over > 0) [coefficient, exponent] = [shorten(coefficient, over, 'even'), exponent + over]
  if (digitCount(coefficient) > DIGITS) [coefficient, exponent] = [coefficient / 10n, exponent + 1]
  if (coefficient === 0n) exponent = Math.min(Math.max(exponent, MIN_EXPONENT), MAX_EXPONENT)
  while (exponent > MAX_EXPONENT && digitCount(coefficient) < DIGITS) [coefficient, exponent] = [coefficient * 10n, exponent - 1]
  if (exponent > MAX_EXPONENT) return Decimal128.fromString(coefficient < 0n ? '-Infinity' : 'Infinity')
  return Decimal128.fromString(`${coefficient}E${exponent}`)
}

function shorten(coefficient: bigint, drop: number, mode: 'even' | 'down'): bigint {
  if (drop > digitCount(coefficient) + 1) return 0n
  const unit = 10n ** BigInt(drop)
  const quotient = coefficient / unit
  if (mode === 'down') return quotient
  const twice = abs(coefficient % unit) * 2n
  const up = twice > unit || (twice === unit && quotient % 2n !== 0n)
  return up ? quotient + (coefficient < 0n ? -1n : 1n) : quotient
}

function digitCount(value: bigint): number {
  return abs(value).toString().length
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value
}

/** What an order-preserving key needs of an Int64 or Decimal128 beyond a double. */
export type Remainder = { base: number, negative: boolean, rest: Buffer | null }

/**
 * Splits a number into the nearest double toward zero and the exact rest, the rest as bytes that sort like its amount.
 */
export function exactRemainder(value: bigint | Decimal128): Remainder {
  if (typeof value === 'bigint') {
    if (value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER)) return plain(Number(value))
    return split({ coefficient: value, exponent: 0 }, Number(value))
  }
  const exact = exactOf(value)
  if (exact === null) return plain(Number(value.toString()))
  if (exact.coefficient === 0n) return plain(0)
  return split(exact, Number(value.toString()))
}

function plain(base: number): Remainder {
  return { base, negative: false, rest: null }
}

function split(exact: Exact, nearest: number): Remainder {
  const negative = exact.coefficient < 0n
  let base = Number.isFinite(nearest) ? nearest : Math.sign(nearest) * Number.MAX_VALUE
  let rest = differenceOf(exact, base)
  if (rest.coefficient !== 0n && rest.coefficient < 0n !== negative) {
    base = towardZero(base)
    rest = differenceOf(exact, base)
  }
  return { base, negative, rest: rest.coefficient === 0n ? null : amountBytes(rest) }
}

function differenceOf(exact: Exact, base: number): Exact {
  const minus = exactOfDouble(base)
  return add(exact, { coefficient: -minus.coefficient, exponent: minus.exponent })
}

/** The next double nearer to zero. */
function towardZero(value: number): number {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  view.setBigUint64(0, view.getBigUint64(0) - 1n)
  return view.getFloat64(0)
}

/** Position of the first digit, then two digits a byte, then 0: sorts like the amount. */
function amountBytes(rest: Exact): Buffer {
  const digits = abs(rest.coefficient).toString()
  const significant = digits.replace(/0+$/, '')
  const out = Buffer.alloc(3 + Math.ceil(significant.length / 2))
  out.writeUInt16BE(rest.exponent + digits.length + 20000, 0)
  for (let index = 0; index < significant.length; index += 2) {
    out[2 + index / 2] = Number(significant.slice(index, index + 2).padEnd(2, '0')) + 1
  }
  return out
}

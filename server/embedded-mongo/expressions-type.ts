import { Decimal128, ObjectId } from 'bson'
import { failedToParse, MongoRefusal } from './errors.ts'
import type { Expression, OperatorCompiler } from './expression-types.ts'
import { toText } from './expressions-string.ts'
import { asDecimal } from './numbers.ts'
import { isNullish, unary } from './operands.ts'
import type { Value } from './values.ts'
import { double, fitsInt64, isDoc, isInt32, isNumeric, TYPE_NUMBERS, toNumber, truthy, typeName } from './values.ts'

type Target = 'double' | 'string' | 'objectId' | 'bool' | 'date' | 'int' | 'long' | 'decimal'

function failure(value: Value, to: string, why = ''): MongoRefusal {
  return new MongoRefusal(241, `Failed to parse or convert ${typeName(value)} to ${to} in $convert with no onError value${why === '' ? '' : `: ${why}`}`)
}

/** Converts as `$convert` does. @throws MongoRefusal ConversionFailure */
function convert(value: Value, to: Target): Value {
  switch (to) {
    case 'bool': return truthy(value)
    case 'string': {
      const text = toText(value)
      if (text === null) throw failure(value, to)
      return text
    }
    case 'objectId':
      if (value instanceof ObjectId) return value
      if (typeof value === 'string' && /^[0-9a-fA-F]{24}$/.test(value)) return ObjectId.createFromHexString(value)
      throw failure(value, to)
    case 'date': return toDate(value)
    default: return toNumeric(value, to)
  }
}

function toDate(value: Value): Date {
  if (value instanceof Date) return value
  if (value instanceof ObjectId) return value.getTimestamp()
  if (isNumeric(value) && !(typeof value === 'number' && isInt32(value))) return new Date(Math.trunc(toNumber(value)))
  const date = typeof value === 'string' ? new Date(/[zZ]|[+-]\d\d:?\d\d$/.test(value) || !value.includes('T') ? value : `${value}Z`) : null
  if (date === null || Number.isNaN(date.getTime())) throw failure(value, 'date')
  return date
}

function toNumeric(value: Value, to: 'double' | 'int' | 'long' | 'decimal'): Value {
  if (typeof value === 'boolean') return inType(value ? 1 : 0, to, value)
  if (value instanceof Date && to !== 'int') return inType(BigInt(value.getTime()), to, value)
  if (isNumeric(value)) return inType(value, to, value)
  if (typeof value !== 'string') throw failure(value, to)
  return fromText(value, to)
}

function fromText(value: string, to: 'double' | 'int' | 'long' | 'decimal'): Value {
  if (to === 'int' || to === 'long') {
    if (!/^[+-]?\d+$/.test(value)) throw failure(value, to, `Bad digit in "${value}"`)
    return inType(BigInt(value.replace(/^\+/, '')), to, value)
  }
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^[+-]?(inf|infinity|nan)$/i.test(value)) throw failure(value, to, `Did not consume whole string "${value}"`)
  return to === 'decimal' ? Decimal128.fromString(value) : double(Number(value))
}

function inType(value: number | bigint | Exclude<Value, string>, to: 'double' | 'int' | 'long' | 'decimal', given: Value): Value {
  if (!isNumeric(value)) throw failure(given, to)
  if (to === 'double') return double(toNumber(value))
  if (to === 'decimal') return asDecimal(value)
  const amount = typeof value === 'bigint' ? value : finite(toNumber(value), given, to)
  if (to === 'long') {
    if (!fitsInt64(amount)) throw failure(given, to, 'overflow')
    return amount
  }
  if (amount > 2147483647n || amount < -2147483648n) throw failure(given, to, 'overflow')
  return Number(amount)
}

function finite(amount: number, given: Value, to: string): bigint {
  if (!Number.isFinite(amount)) throw failure(given, to, 'not finite')
  return BigInt(Math.trunc(amount))
}

function converting(target: Target): OperatorCompiler {
  return unary((value) => (isNullish(value) ? null : convert(value, target)))
}

const TARGETS: readonly string[] = ['double', 'string', 'objectId', 'bool', 'date', 'int', 'long', 'decimal']

function targetOf(value: Value): Target {
  const name = isNumeric(value) ? [...TYPE_NUMBERS].find(([, code]) => code === toNumber(value))?.[0] : value
  if (typeof name === 'string' && TARGETS.includes(name)) return name as Target
  throw failedToParse(`$convert: unknown type ${String(name)}`)
}

const convertTo: OperatorCompiler = (operand, compile) => {
  if (!isDoc(operand) || !operand.has('input') || !operand.has('to')) throw failedToParse("$convert needs 'input' and 'to'")
  const [input, target] = [compile(operand.get('input')), compile(operand.get('to'))]
  const option = (name: string): Expression | null => (operand.has(name) ? compile(operand.get(name)) : null)
  const [onNull, onError] = [option('onNull'), option('onError')]
  return (root, variables) => {
    const value = input(root, variables)
    if (isNullish(value)) return onNull === null ? null : onNull(root, variables)
    try {
      return convert(value, targetOf(target(root, variables)))
    } catch (error) {
      if (onError !== null && error instanceof MongoRefusal && error.code === 241) return onError(root, variables)
      throw error
    }
  }
}

/** Operators on types. */
export const CONVERSIONS: Readonly<Record<string, OperatorCompiler>> = {
  $type: unary((value) => (value === undefined ? 'missing' : typeName(value))),
  $isNumber: unary((value) => isNumeric(value)),
  $convert: convertTo,
  $toBool: converting('bool'),
  $toString: converting('string'),
  $toInt: converting('int'),
  $toLong: converting('long'),
  $toDouble: converting('double'),
  $toDecimal: converting('decimal'),
  $toDate: converting('date'),
  $toObjectId: converting('objectId'),
}

import { Decimal128 } from 'bson'
import { MongoRefusal } from './errors.ts'
import type { Expression, OperatorCompiler } from './expression-types.ts'
import * as numbers from './numbers.ts'
import { isNullish, operands, unary } from './operands.ts'
import type { Numeric, Value } from './values.ts'
import { double, isNumeric, smallestInt, toNumber, typeName } from './values.ts'


/** Sum of two numbers; an Int64 that overflows becomes a Double, as in MongoDB's aggregation. */
export function sum(a: Numeric, b: Numeric): Numeric {
  return numbers.add(a, b) ?? double(toNumber(a) + toNumber(b))
}

function requireNumber(name: string, value: Value, code: number): Numeric {
  if (isNumeric(value)) return value
  throw new MongoRefusal(code, `${name} only supports numeric types, not ${typeName(value)}`)
}

const addAll: OperatorCompiler = (operand, compile) => {
  const terms = operands(operand, compile)
  return (root, variables) => {
    let total: Numeric = 0
    let date = false
    for (const term of terms) {
      const value = term(root, variables)
      if (isNullish(value)) return null
      if (value instanceof Date && date) throw new MongoRefusal(16612, 'only one date allowed in an $add expression')
      date ||= value instanceof Date
      total = sum(total, value instanceof Date ? BigInt(value.getTime()) : requireNumber('$add', value, 14))
    }
    return date ? new Date(Math.round(toNumber(total))) : total
  }
}

const multiplyAll: OperatorCompiler = (operand, compile) => {
  const factors = operands(operand, compile)
  return (root, variables) => {
    let product: Numeric = 1
    for (const factor of factors) {
      const value = factor(root, variables)
      if (isNullish(value)) return null
      const next = requireNumber('$multiply', value, 14)
      product = numbers.multiply(product, next) ?? double(toNumber(product) * toNumber(next))
    }
    return product
  }
}

function binary(work: (a: Value, b: Value, name: string) => Value): OperatorCompiler {
  return (operand, compile, name) => {
    const [left, right] = operands(operand, compile, name, 2) as [Expression, Expression]
    return (root, variables) => {
      const [a, b] = [left(root, variables), right(root, variables)]
      return isNullish(a) || isNullish(b) ? null : work(a, b, name)
    }
  }
}

function subtract(a: Value, b: Value): Value {
  if (a instanceof Date && b instanceof Date) return BigInt(a.getTime() - b.getTime())
  if (a instanceof Date && isNumeric(b)) return new Date(Math.round(a.getTime() - toNumber(b)))
  if (isNumeric(a) && isNumeric(b)) return numbers.subtract(a, b) ?? double(toNumber(a) - toNumber(b))
  throw new MongoRefusal(14, `can't $subtract ${typeName(b)} from ${typeName(a)}`)
}

function divide(a: Value, b: Value): Value {
  if (!isNumeric(a) || !isNumeric(b)) {
    throw new MongoRefusal(14, `$divide only supports numeric types, not ${typeName(a)} and ${typeName(b)}`)
  }
  if (toNumber(b) === 0) throw new MongoRefusal(2, "can't $divide by zero")
  return numbers.divide(a, b)
}

function modulo(a: Value, b: Value): Value {
  if (!isNumeric(a) || !isNumeric(b)) {
    throw new MongoRefusal(16611, `$mod only supports numeric types, not ${typeName(a)} and ${typeName(b)}`)
  }
  if (toNumber(b) === 0) throw new MongoRefusal(16610, "can't $mod by zero")
  return numbers.remainder(a, b)
}

function power(a: Value, b: Value): Value {
  const [base, exponent] = [requireNumber('$pow', a, 28762), requireNumber('$pow', b, 28763)]
  const type = numbers.widest(base, exponent)
  const amount = toNumber(base) ** toNumber(exponent)
  if (type === 'decimal') return numbers.asDecimal(double(amount))
  if (type === 'double' || toNumber(exponent) < 0) return double(amount)
  const exact = BigInt(toNumber(base)) ** BigInt(toNumber(exponent))
  if (exact > 2n ** 63n - 1n || exact < -(2n ** 63n)) return double(amount)
  return type === 'long' ? exact : smallestInt(exact)
}

function ofOne(work: (value: Numeric, name: string) => Value): OperatorCompiler {
  return unary((value, name) => (isNullish(value) ? null : work(requireNumber(name, value, 28765), name)))
}

function absolute(value: Numeric): Value {
  if (typeof value === 'bigint') return value < 0n ? -value : value
  if (value instanceof Decimal128) return Decimal128.fromString(value.toString().replace(/^-/, ''))
  const amount = Math.abs(toNumber(value))
  return numbers.numericType(value) === 'int' ? smallestInt(BigInt(amount)) : double(amount)
}

function wholeBelow(value: Numeric, round: (amount: number) => number): Value {
  const type = numbers.numericType(value)
  if (type === 'int' || type === 'long') return value
  if (type === 'double') return double(round(toNumber(value)))
  const down = numbers.roundTo(value, 0, 'down')
  const step = round(toNumber(numbers.subtract(value, down) ?? 0))
  return numbers.add(down, step) ?? down
}

function rounding(mode: 'even' | 'down'): OperatorCompiler {
  return (operand, compile, name) => {
    const [value, places] = operands(operand, compile)
    if (value === undefined) throw new MongoRefusal(16020, `Expression ${name} takes at least 1 argument`)
    return (root, variables) => {
      const amount = value(root, variables)
      const digits = places === undefined ? 0 : places(root, variables)
      if (isNullish(amount) || isNullish(digits)) return null
      return numbers.roundTo(requireNumber(name, amount, 51081), toNumber(requireNumber(name, digits, 51082)), mode)
    }
  }
}

function realFunction(work: (amount: number) => number, domain?: (amount: number) => boolean, code = 28714): OperatorCompiler {
  return ofOne((value, name) => {
    if (domain !== undefined && !domain(toNumber(value))) {
      throw new MongoRefusal(code, `${name}'s argument must be ${code === 28714 ? 'greater than or equal to 0' : 'a positive number'}, but is ${toNumber(value)}`)
    }
    const result = double(work(toNumber(value)))
    return value instanceof Decimal128 ? numbers.asDecimal(result) : result
  })
}

/** `$add` and its kin. */
export const ARITHMETIC: Readonly<Record<string, OperatorCompiler>> = {
  $add: addAll,
  $multiply: multiplyAll,
  $subtract: binary(subtract),
  $divide: binary(divide),
  $mod: binary(modulo),
  $pow: binary(power),
  $abs: ofOne(absolute),
  $floor: ofOne((value) => wholeBelow(value, Math.floor)),
  $ceil: ofOne((value) => wholeBelow(value, Math.ceil)),
  $round: rounding('even'),
  $trunc: rounding('down'),
  $sqrt: realFunction(Math.sqrt, (amount) => !(amount < 0)),
  $exp: realFunction(Math.exp),
  $ln: realFunction(Math.log, (amount) => !(amount <= 0), 28766),
  $log10: realFunction(Math.log10, (amount) => !(amount <= 0), 28761),
  $log: binary((a, b) => double(Math.log(toNumber(requireNumber('$log', a, 28756))) / Math.log(toNumber(requireNumber('$log', b, 28757))))),
}

import { Decimal128, Timestamp } from 'bson'
import { badValue, MongoRefusal, typeMismatch } from './errors.ts'
import * as numbers from './numbers.ts'
import { compare } from './order.ts'
import type { Found } from './paths.ts'
import { MISSING } from './paths.ts'
import { show } from './show.ts'
import type { Doc, Numeric, Value } from './values.ts'
import { clone, double, isDoc, isNumeric, typeName } from './values.ts'

/** What is known while a change is made. `now` is the server's time in ms. */
export type ChangeContext = { doc: Doc, isInsert: boolean, now: number }

/** The new value at a path; MISSING removes the field, the same value leaves it. */
export type FieldOperator = (current: Found, context: ChangeContext) => Found

/** Checks the operand and gives the change. */
export type FieldOperatorCompiler = (operand: Value, path: string) => FieldOperator

function arithmetic(name: '$inc' | '$mul', verb: string): FieldOperatorCompiler {
  return (operand, path) => {
    if (!isNumeric(operand)) throw typeMismatch(`Cannot ${verb} with non-numeric argument: {${path}: ${show(operand)}}`)
    return (current, { doc }) => {
      if (current === MISSING) return name === '$inc' ? operand : zeroLike(operand)
      if (!isNumeric(current)) {
        throw typeMismatch(`Cannot apply ${name} to a value of non-numeric type. {_id: ${show(doc.get('_id') ?? null)}} has the field '${lastPart(path)}' of non-numeric type ${typeName(current)}`)
      }
      const result = name === '$inc' ? numbers.add(current, operand) : numbers.multiply(current, operand)
      if (result === null) {
        throw badValue(`Failed to apply ${name} operations to current value (${show(current)}) for document {_id: ${show(doc.get('_id') ?? null)}}`)
      }
      return result
    }
  }
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1)
}

function zeroLike(operand: Numeric): Numeric {
  const type = numbers.numericType(operand)
  if (type === 'long') return 0n
  if (type === 'decimal') return Decimal128.fromString('0')
  return type === 'double' ? double(0) : 0
}

function extreme(sign: 1 | -1): FieldOperatorCompiler {
  return (operand) => (current) => (current === MISSING || compare(operand, current) * sign > 0 ? clone(operand) : current)
}

function currentDate(operand: Value, path: string): FieldOperator {
  const type = isDoc(operand) ? operand.get('$type') : operand === true || operand === false ? 'date' : null
  if (isDoc(operand) && (operand.size !== 1 || (type !== 'date' && type !== 'timestamp'))) {
    throw badValue(`The '$type' string field is required to be 'date' or 'timestamp': {$currentDate: {field : {$type: 'date'}}}`)
  }
  if (type === null) throw badValue(`${typeName(operand)} is not valid type for $currentDate. Please use a boolean ('true') or a $type expression ({$type: 'timestamp/date'}). (${path})`)
  return (_current, { now }) => (type === 'date' ? new Date(now) : new Timestamp({ t: Math.floor(now / 1000), i: 1 }))
}

/** The operators that give one field one value. Where a path may lead to several places each gets a copy of its own. */
export const FIELD_OPERATORS: Readonly<Record<string, FieldOperatorCompiler>> = {
  $set: (operand, path) => (path.includes('$') ? () => clone(operand) : () => operand),
  $setOnInsert: (operand, path) => (current, { isInsert }) => (!isInsert ? current : path.includes('$') ? clone(operand) : operand),
  $unset: () => () => MISSING,
  $inc: arithmetic('$inc', 'increment'),
  $mul: arithmetic('$mul', 'multiply'),
  $min: extreme(-1),
  $max: extreme(1),
  $currentDate: currentDate,
}

/** @throws MongoRefusal ImmutableField when an update would change `_id`. */
export function refuseIdChange(before: Value, after: Value, replacement: boolean): void {
  if (after !== undefined && compare(before, after) === 0) return
  if (replacement) {
    throw new MongoRefusal(66, `After applying the update, the (immutable) field '_id' was found to have been altered to _id: ${show(after ?? null)}`)
  }
  throw new MongoRefusal(66, `Performing an update on the path '_id' would modify the immutable field '_id'`)
}

import { BSONRegExp } from 'bson'
import { badValue, failedToParse, typeMismatch } from './errors.ts'
import { isOperators, parseFilter } from './filter.ts'
import { compileFilter } from './matcher.ts'
import { compare, equal } from './order.ts'
import type { Found } from './paths.ts'
import { MISSING } from './paths.ts'
import { show } from './show.ts'
import type { FieldOperator, FieldOperatorCompiler } from './update-fields.ts'
import type { KeyPattern } from './index-keys.ts'
import { docKeys, keyPattern } from './index-keys.ts'
import type { Value } from './values.ts'
import { clone, isDoc, isNumeric, toNumber, typeName, wholeNumber } from './values.ts'

/** An operator on an array: same shape as the others. */
export type ArrayOperator = FieldOperator

function arrayAt(current: Found, operator: string, path: string): Value[] | null {
  if (current === MISSING) return null
  if (Array.isArray(current)) return current
  if (operator === '$push') {
    throw badValue(`The field '${path}' must be an array but is of type ${typeName(current)} in document`)
  }
  if (operator === '$addToSet') throw badValue(`Cannot apply $addToSet to non-array field. Field named '${path}' has non-array type ${typeName(current)}`)
  if (operator === '$pop') throw typeMismatch(`Path '${path}' contains an element of non-array type '${typeName(current)}'`)
  throw badValue(`Cannot apply ${operator} to a non-array value`)
}

/** `$each` and its companions, when the operand has them. */
type Push = { values: Value[], position: number | null, slice: number | null, sort: ((a: Value, b: Value) => number) | null }

function parsePush(operand: Value): Push {
  if (!isDoc(operand) || !operand.has('$each')) return { values: [operand], position: null, slice: null, sort: null }
  for (const name of operand.keys()) {
    if (!['$each', '$slice', '$sort', '$position'].includes(name)) throw badValue(`Unrecognized clause in $push: ${name}`)
  }
  const values = eachOf('$push', operand.get('$each'))
  return {
    values,
    position: wholeOf(operand.get('$position'), '$position'),
    slice: wholeOf(operand.get('$slice'), '$slice'),
    sort: operand.has('$sort') ? parseSort(operand.get('$sort')) : null,
  }
}

function eachOf(operator: string, each: Value): Value[] {
  if (Array.isArray(each)) return each
  const message = `The argument to $each in ${operator} must be an array but it was of type: ${typeName(each)}`
  throw operator === '$push' ? badValue(message) : typeMismatch(message)
}

function wholeOf(value: Value, name: string): number | null {
  if (value === undefined) return null
  const whole = wholeNumber(value)
  if (whole === null) throw badValue(`The value for ${name} must be an integer value but was given type: ${typeName(value)}`)
  return whole
}

function parseSort(sort: Value): (a: Value, b: Value) => number {
  if (isNumeric(sort)) {
    const direction = toNumber(sort)
    if (direction !== 1 && direction !== -1) throw badValue('The $sort element value must be either 1 or -1')
    return (a, b) => compare(a, b) * direction
  }
  if (!isDoc(sort) || sort.size === 0) throw badValue('The $sort is invalid: use 1/-1 to sort the whole element, or {field:1/-1} to sort embedded fields')
  const fields = [...sort].map(([path, order]): [string, number] => {
    const direction = isNumeric(order) ? toNumber(order) : 0
    if (direction !== 1 && direction !== -1) throw badValue('The $sort element value must be either 1 or -1')
    return [path, direction]
  })
  const pattern = keyPattern(fields)
  return (a, b) => Buffer.compare(smallestKey(a, pattern), smallestKey(b, pattern))
}

function smallestKey(value: Value, pattern: KeyPattern): Buffer {
  const keys = docKeys(isDoc(value) ? value : new Map(), pattern).keys.map(({ bytes }) => bytes)
  return keys.reduce((least, next) => (Buffer.compare(next, least) < 0 ? next : least))
}

const push: FieldOperatorCompiler = (operand, path) => {
  const { values, position, slice, sort } = parsePush(operand)
  return (current) => {
    const array = [...(arrayAt(current, '$push', path) ?? [])]
    const at = position === null ? array.length : position < 0 ? Math.max(0, array.length + position) : position
    array.splice(at, 0, ...values.map(clone))
    if (sort !== null) array.sort(sort)
    if (slice === null) return array
    return slice >= 0 ? array.slice(0, slice) : array.slice(slice)
  }
}

const addToSet: FieldOperatorCompiler = (operand, path) => {
  if (isDoc(operand) && operand.has('$each') && operand.size > 1) {
    throw badValue(`Found unexpected fields after $each in $addToSet: ${show(operand)}`)
  }
  const values = isDoc(operand) && operand.has('$each') ? eachOf('$addToSet', operand.get('$each')) : [operand]
  return (current) => {
    const array = [...(arrayAt(current, '$addToSet', path) ?? [])]
    for (const value of values) if (!array.some((element) => equal(element, value))) array.push(clone(value))
    return array
  }
}

/** Which elements a `$pull` condition means: a filter on documents, operators on values, or an equal value. */
function pullTest(condition: Value): (element: Value) => boolean {
  if (isOperators(condition) || condition instanceof BSONRegExp) {
    const matches = compileFilter(parseFilter(new Map([['e', condition]])))
    return (element) => matches(new Map([['e', Array.isArray(element) ? [element] : element]]))
  }
  if (!isDoc(condition)) return (element) => equal(element, condition)
  const matches = compileFilter(parseFilter(condition))
  return (element) => isDoc(element) && matches(element)
}

function filtering(operator: string, path: string, removes: (element: Value) => boolean): FieldOperator {
  return (current) => {
    const array = arrayAt(current, operator, path)
    return array === null ? MISSING : array.filter((element) => !removes(element))
  }
}

const pullAll: FieldOperatorCompiler = (operand, path) => {
  if (!Array.isArray(operand)) throw badValue(`$pullAll requires an array argument but was given a ${typeName(operand)}`)
  return filtering('$pullAll', path, (element) => operand.some((value) => equal(element, value)))
}

const pop: FieldOperatorCompiler = (operand, path) => {
  const end = isNumeric(operand) ? toNumber(operand) : null
  if (end !== 1 && end !== -1) throw failedToParse(`$pop expects 1 or -1, found: ${show(operand)}`)
  return (current) => {
    const array = arrayAt(current, '$pop', path)
    if (array === null) return MISSING
    return end === 1 ? array.slice(0, -1) : array.slice(1)
  }
}

/** The operators that change an array. */
export const ARRAY_OPERATORS: Readonly<Record<string, FieldOperatorCompiler>> = {
  $push: push,
  $addToSet: addToSet,
  $pull: (operand, path) => filtering('$pull', path, pullTest(operand)),
  $pullAll: pullAll,
  $pop: pop,
}

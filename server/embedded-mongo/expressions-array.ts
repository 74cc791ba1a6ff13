import { accumulation } from './accumulators.ts'
import { failedToParse, MongoRefusal } from './errors.ts'
import type { Expression, OperatorCompiler } from './expression-types.ts'
import { isNullish, nary, operands, unary } from './operands.ts'
import { compare, encodeKey, equal } from './order.ts'
import type { Doc, Value } from './values.ts'
import { isDoc, isNumeric, toNumber, truthy, typeName } from './values.ts'

function requireArray(value: Value, name: string, code: number): Value[] {
  if (Array.isArray(value)) return value
  throw new MongoRefusal(code, `${name} requires an array, but got ${value === undefined ? 'missing' : typeName(value)}`)
}

function whole(value: Value, name: string): number {
  if (isNumeric(value) && Number.isInteger(toNumber(value))) return toNumber(value)
  throw new MongoRefusal(28691, `${name} needs a whole number, but got ${typeName(value)}`)
}

/** `{ input, as, in | cond }`: runs an expression on each element. */
function perElement(body: 'in' | 'cond', gather: (array: Value[], each: (element: Value) => Value, most: number) => Value): OperatorCompiler {
  return (operand, compile, name) => {
    if (!isDoc(operand) || !operand.has('input') || !operand.has(body)) throw failedToParse(`${name} needs 'input' and '${body}'`)
    const as = operand.get('as') ?? 'this'
    if (typeof as !== 'string') throw failedToParse(`${name}: 'as' must be a string`)
    const [input, each] = [compile(operand.get('input')), compile(operand.get(body))]
    const limit = operand.has('limit') ? compile(operand.get('limit')) : null
    return (root, variables) => {
      const array = input(root, variables)
      if (isNullish(array)) return null
      const most = limit?.(root, variables)
      return gather(requireArray(array, name, 28651), (element) => each(root, { ...variables, [as]: element }), isNullish(most) ? Infinity : whole(most, name))
    }
  }
}

const reduce: OperatorCompiler = (operand, compile, name) => {
  if (!isDoc(operand) || !['input', 'initialValue', 'in'].every((field) => operand.has(field))) throw new MongoRefusal(40077, "$reduce requires 'input', 'initialValue' and 'in'")
  const [input, initial, body] = ['input', 'initialValue', 'in'].map((field) => compile(operand.get(field))) as [Expression, Expression, Expression]
  return (root, variables) => {
    const array = input(root, variables)
    if (isNullish(array)) return null
    return requireArray(array, name, 40080).reduce<Value>((value, element) => body(root, { ...variables, value, this: element }), initial(root, variables))
  }
}

function elementAt([array, position]: Value[], name: string): Value {
  if (isNullish(array) || isNullish(position)) return null
  const list = requireArray(array, name, 28689)
  return list.at(whole(position, name))
}

function slice([array, a, b]: Value[], name: string): Value {
  if (isNullish(array) || isNullish(a)) return null
  const list = requireArray(array, name, 28724)
  if (b === undefined) return whole(a, name) >= 0 ? list.slice(0, whole(a, name)) : list.slice(whole(a, name))
  if (b === null) return null
  if (whole(b, name) <= 0) throw new MongoRefusal(28729, 'Third argument to $slice must be positive')
  const from = whole(a, name) >= 0 ? whole(a, name) : Math.max(0, list.length + whole(a, name))
  return list.slice(from, from + whole(b, name))
}

function range([start, end, step]: Value[], name: string): Value {
  const [from, to, by] = [whole(start, name), whole(end, name), step === undefined ? 1 : whole(step, name)]
  if (by === 0) throw new MongoRefusal(34449, '$range requires a non-zero step value')
  const out: Value[] = []
  for (let at = from; by > 0 ? at < to : at > to; at += by) out.push(at)
  return out
}

/** `$sum`, `$avg`, `$min`, `$max` as expressions: of a list of arguments, or of the elements of one array. */
function gathering(name: string): OperatorCompiler {
  return (operand, compile) => {
    const { create } = accumulation(name, null, compile)
    const list = operands(operand, compile)
    return (root, variables) => {
      const values = list.map((argument) => argument(root, variables))
      const accumulator = create()
      const only = values[0]
      for (const value of values.length === 1 && Array.isArray(only) ? only : values) accumulator.add(value)
      return accumulator.result()
    }
  }
}

function unique(values: Value[]): Map<string, Value> {
  return new Map(values.map((value) => [encodeKey(value).toString('latin1'), value]))
}

function sets(combine: (all: Map<string, Value>[]) => Value): OperatorCompiler {
  return (operand, compile, name) => {
    const list = operands(operand, compile)
    return (root, variables) => {
      const values = list.map((argument) => argument(root, variables))
      if (values.some(isNullish)) return null
      return combine(values.map((value) => unique(requireArray(value, name, 17047))))
    }
  }
}

function sortArray(operand: Value, compile: (value: Value) => Expression): Expression {
  const by = isDoc(operand) ? operand.get('sortBy') : undefined
  if (!isDoc(operand) || by === undefined) throw failedToParse("$sortArray needs 'input' and 'sortBy'")
  const input = compile(operand.get('input'))
  const fields: [string[], number][] = isDoc(by) ? [...by].map(([path, order]) => [path.split('.'), isNumeric(order) ? toNumber(order) : 1]) : []
  const direction = isNumeric(by) ? toNumber(by) : 1
  const at = (value: Value, parts: string[]): Value => parts.reduce<Value>((inner, part) => (isDoc(inner) ? inner.get(part) : undefined), value) ?? null
  const order = (a: Value, b: Value): number => {
    if (fields.length === 0) return compare(a, b) * direction
    for (const [parts, sign] of fields) {
      const difference = compare(at(a, parts), at(b, parts)) * sign
      if (difference !== 0) return difference
    }
    return 0
  }
  return (root, variables) => {
    const array = input(root, variables)
    return isNullish(array) ? null : [...requireArray(array, '$sortArray', 2942504)].sort(order)
  }
}

function mergeObjects(values: Value[]): Value {
  const out: Doc = new Map()
  const list = values.length === 1 && Array.isArray(values[0]) ? values[0] : values
  for (const value of list) {
    if (isNullish(value)) continue
    if (!isDoc(value)) throw new MongoRefusal(40400, `$mergeObjects requires object inputs, but input is of type ${typeName(value)}`)
    for (const [name, inner] of value) out.set(name, inner)
  }
  return out
}

function arrayToObject(value: Value): Value {
  if (isNullish(value)) return null
  const out: Doc = new Map()
  for (const entry of requireArray(value, '$arrayToObject', 40386)) {
    const [name, inner] = Array.isArray(entry) ? entry : isDoc(entry) ? [entry.get('k'), entry.get('v')] : []
    if (typeof name !== 'string') throw new MongoRefusal(40394, '$arrayToObject requires an array of key-value pairs, where the key is a string')
    out.set(name, inner ?? null)
  }
  return out
}

function objectToArray(value: Value): Value {
  if (isNullish(value)) return null
  if (!isDoc(value)) throw new MongoRefusal(40390, `$objectToArray requires a document input, found: ${typeName(value)}`)
  return [...value].map(([k, v]): Value => new Map<string, Value>([['k', k], ['v', v]]))
}

/** Array and object operators. */
export const ARRAYS: Readonly<Record<string, OperatorCompiler>> = {
  $map: perElement('in', (array, each) => array.map((element) => each(element) ?? null)),
  $filter: perElement('cond', (array, each, most) => {
    const out: Value[] = []
    for (const element of array) if (out.length < most && truthy(each(element))) out.push(element)
    return out
  }),
  $reduce: reduce,
  $size: unary((value, name) => requireArray(value, name, 17124).length),
  $isArray: unary((value) => Array.isArray(value)),
  $arrayElemAt: nary(2, 2, elementAt),
  $first: unary((value, name) => (isNullish(value) ? null : requireArray(value, name, 28689)[0])),
  $last: unary((value, name) => (isNullish(value) ? null : requireArray(value, name, 28689).at(-1))),
  $slice: nary(2, 3, slice),
  $range: nary(2, 3, range),
  $concatArrays: nary(0, Infinity, (values, name) => (values.some(isNullish) ? null : values.flatMap((value) => requireArray(value, name, 28664)))),
  $reverseArray: unary((value, name) => (isNullish(value) ? null : [...requireArray(value, name, 34435)].reverse())),
  $indexOfArray: nary(2, 2, ([array, wanted], name) => (isNullish(array) ? null : requireArray(array, name, 40090).findIndex((element) => equal(element, wanted)))),
  $sortArray: sortArray,
  $sum: gathering('$sum'),
  $avg: gathering('$avg'),
  $min: gathering('$min'),
  $max: gathering('$max'),
  $setUnion: sets((all) => [...new Map(all.flatMap((set) => [...set])).values()].sort(compare)),
  $setIntersection: sets(([first, ...rest]) => [...(first ?? new Map<string, Value>())].filter(([key]) => rest.every((set) => set.has(key))).map(([, value]) => value).sort(compare)),
  $setDifference: sets(([first, second]) => [...(first ?? new Map<string, Value>())].filter(([key]) => second?.has(key) !== true).map(([, value]) => value)),
  $setIsSubset: sets(([first, second]) => [...(first ?? new Map<string, Value>()).keys()].every((key) => second?.has(key) === true)),
  $setEquals: sets(([first, ...rest]) => rest.every((set) => set.size === first?.size && [...set.keys()].every((key) => first.has(key)))),
  $anyElementTrue: nary(1, 1, ([value], name) => requireArray(value, name, 17041).some(truthy)),
  $allElementsTrue: nary(1, 1, ([value], name) => requireArray(value, name, 17040).every(truthy)),
  $mergeObjects: nary(0, Infinity, mergeObjects),
  $arrayToObject: unary(arrayToObject),
  $objectToArray: unary(objectToArray),
}

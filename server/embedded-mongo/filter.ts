import { BSONRegExp } from 'bson'
import type { Expression } from './expression-types.ts'
import { compileExpression } from './expression.ts'
import { badValue, failedToParse, MongoRefusal, notImplemented } from './errors.ts'
import { toRegExp } from './regex.ts'
import type { Doc, Value } from './values.ts'
import { isDoc, isNumeric, toNumber, truthy, TYPE_NUMBERS, typeName, wholeNumber } from './values.ts'

/** The comparisons that know an order. */
export type CompareOperator = '$eq' | '$gt' | '$gte' | '$lt' | '$lte'

/** A parsed filter. The matcher runs it, the planner reads bounds out of it. In `$elemMatch` on values the path is ''. */
export type Filter =
  | { kind: 'and' | 'or' | 'nor', clauses: Filter[] }
  | { kind: 'not', clause: Filter }
  | { kind: 'never' }
  | { kind: 'compare', path: string, operator: CompareOperator, value: Value }
  | { kind: 'in', path: string, values: Value[], patterns: BSONRegExp[] }
  | { kind: 'exists', path: string }
  | { kind: 'type', path: string, types: number[] }
  | { kind: 'size', path: string, size: number }
  | { kind: 'mod', path: string, divisor: number, remainder: number }
  | { kind: 'regex', path: string, source: BSONRegExp, pattern: RegExp }
  | { kind: 'elemMatch', path: string, element: Filter }
  | { kind: 'elemValue', path: string, element: Filter }
  | { kind: 'expr', expression: Expression }

/**
 * Parses a filter document.
 * @throws MongoRefusal BadValue for a malformed filter, NotImplemented for an operator outside the list.
 */
export function parseFilter(filter: Doc): Filter {
  const clauses: Filter[] = []
  for (const [key, value] of filter) {
    if (key === '$comment') continue
    clauses.push(key.startsWith('$') ? parseTopLevel(key, value) : parseField(key, value))
  }
  return conjunction(clauses)
}

function conjunction(clauses: Filter[]): Filter {
  return clauses.length === 1 && clauses[0] !== undefined ? clauses[0] : { kind: 'and', clauses }
}

function parseTopLevel(key: string, value: Value): Filter {
  if (key === '$and' || key === '$or' || key === '$nor') {
    return { kind: key.slice(1) as 'and' | 'or' | 'nor', clauses: branches(key, value) }
  }
  if (key === '$expr') return { kind: 'expr', expression: compileExpression(value) }
  throw notImplemented(`query operator ${key}`)
}

function branches(key: string, value: Value): Filter[] {
  if (!Array.isArray(value)) throw badValue(`${key} must be an array`)
  if (value.length === 0) throw badValue('$and/$or/$nor must be a nonempty array')
  return value.map((entry) => {
    if (!isDoc(entry)) throw badValue('$or/$and/$nor entries need to be full objects')
    return parseFilter(entry)
  })
}

/** Whether a value is `{ $operator: … }`; a DBRef is a value, not operators. */
export function isOperators(value: Value): boolean {
  if (!isDoc(value)) return false
  const first = value.keys().next().value
  return first !== undefined && first.startsWith('$') && !['$ref', '$id', '$db'].includes(first)
}

function parseField(path: string, value: Value): Filter {
  if (isDoc(value) && isOperators(value)) return conjunction(parseOperators(path, value))
  if (value instanceof BSONRegExp) return { kind: 'regex', path, source: value, pattern: toRegExp(value) }
  return compareWith(path, '$eq', value)
}

function compareWith(path: string, operator: CompareOperator, value: Value): Filter {
  if (value === undefined) throw badValue(`cannot compare to undefined`)
  return { kind: 'compare', path, operator, value }
}

function parseOperators(path: string, operators: Doc): Filter[] {
  const out: Filter[] = []
  for (const [operator, value] of operators) {
    if (operator === '$options' && operators.has('$regex')) continue
    if (operator === '$comment') continue
    out.push(parseOperator(path, operator, value, operators))
  }
  return out
}

function parseOperator(path: string, operator: string, value: Value, all: Doc): Filter {
  switch (operator) {
    case '$eq': return compareWith(path, '$eq', value)
    case '$ne':
      if (value instanceof BSONRegExp) throw badValue("Can't have regex as arg to $ne.")
      return { kind: 'not', clause: compareWith(path, '$eq', value) }
    case '$gt': case '$gte': case '$lt': case '$lte':
      if (value instanceof BSONRegExp) throw badValue(`Can't have RegEx as arg to predicate over field '${path}'.`)
      return compareWith(path, operator, value)
    case '$in': return parseIn(path, operator, value)
    case '$nin': return { kind: 'not', clause: parseIn(path, operator, value) }
    case '$exists': return truthy(value) ? { kind: 'exists', path } : { kind: 'not', clause: { kind: 'exists', path } }
    case '$type': return { kind: 'type', path, types: parseTypes(value) }
    case '$not': return parseNot(path, value)
    case '$all': return parseAll(path, value)
    case '$elemMatch': return parseElemMatch(path, value)
    case '$size': return { kind: 'size', path, size: parseSize(value) }
    case '$regex': return parseRegex(path, value, all.get('$options'))
    case '$options': throw badValue('$options needs a $regex')
    case '$mod': return parseMod(path, value)
    default:
      if (!operator.startsWith('$')) throw badValue(`unknown operator: ${operator}`)
      throw notImplemented(`query operator ${operator}`)
  }
}

function parseIn(path: string, operator: string, value: Value): Filter {
  if (!Array.isArray(value)) throw badValue(`${operator} needs an array`)
  const values: Value[] = []
  const patterns: BSONRegExp[] = []
  for (const entry of value) {
    if (isOperators(entry)) throw badValue(`cannot nest $ under ${operator}`)
    if (entry instanceof BSONRegExp) patterns.push(entry)
    else values.push(entry)
  }
  for (const pattern of patterns) toRegExp(pattern)
  return { kind: 'in', path, values, patterns }
}

/** The type numbers a `$type` operand names; `number` stands for all four numeric types. */
function parseTypes(value: Value): number[] {
  const named = Array.isArray(value) ? value : [value]
  if (named.length === 0) throw failedToParse('$type must match at least one type')
  return named.flatMap((entry) => {
    if (entry === 'number') return [1, 16, 18, 19]
    if (typeof entry === 'string') {
      const code = TYPE_NUMBERS.get(entry)
      if (code === undefined) throw badValue(`Unknown type name alias: ${entry}`)
      return [code]
    }
    if (!isNumeric(entry)) throw new MongoRefusal(14, 'type must be represented as a number or a string')
    const code = wholeNumber(entry)
    if (code === null || ![...TYPE_NUMBERS.values()].includes(code)) throw badValue(`Invalid numerical type code: ${toNumber(entry)}`)
    return [code]
  })
}

function parseNot(path: string, value: Value): Filter {
  if (value instanceof BSONRegExp) return { kind: 'not', clause: { kind: 'regex', path, source: value, pattern: toRegExp(value) } }
  if (!isDoc(value)) throw badValue('$not needs a regex or a document')
  if (value.size === 0) throw badValue('$not cannot be empty')
  return { kind: 'not', clause: conjunction(parseOperators(path, value)) }
}

function parseAll(path: string, value: Value): Filter {
  if (!Array.isArray(value)) throw badValue('$all needs an array')
  if (value.length === 0) return { kind: 'never' }
  return conjunction(value.map((entry) => {
    if (isDoc(entry) && entry.has('$elemMatch')) return parseElemMatch(path, entry.get('$elemMatch'))
    if (isOperators(entry)) throw badValue('no $ expressions in $all')
    if (entry instanceof BSONRegExp) return { kind: 'regex', path, source: entry, pattern: toRegExp(entry) }
    return compareWith(path, '$eq', entry)
  }))
}

function parseElemMatch(path: string, value: Value): Filter {
  if (!isDoc(value)) throw badValue('$elemMatch needs an Object')
  const first = value.keys().next().value ?? ''
  const onValues = isOperators(value) && !['$and', '$or', '$nor', '$expr'].includes(first)
  if (!onValues) return { kind: 'elemMatch', path, element: parseFilter(value) }
  return { kind: 'elemValue', path, element: conjunction(parseOperators('', value)) }
}

function parseSize(value: Value): number {
  const size = wholeNumber(value)
  if (!isNumeric(value)) throw failedToParse(`Failed to parse $size. Expected a number in: $size: ${typeName(value)}`)
  if (size === null) throw failedToParse('Failed to parse $size. Expected an integer: $size')
  if (size < 0) throw failedToParse('Failed to parse $size. Expected a non-negative number in: $size')
  return size
}

function parseRegex(path: string, value: Value, options: Value): Filter {
  if (options !== undefined && typeof options !== 'string') throw badValue('$options has to be a string')
  if (typeof value !== 'string' && !(value instanceof BSONRegExp)) throw badValue('$regex has to be a string')
  if (value instanceof BSONRegExp && value.options !== '' && options !== undefined && options !== '') {
    throw new MongoRefusal(51075, 'options set in both $regex and $options')
  }
  const [pattern, own] = typeof value === 'string' ? [value, ''] : [value.pattern, value.options]
  const source = new BSONRegExp(pattern, options ?? own)
  return { kind: 'regex', path, source, pattern: toRegExp(source) }
}

function parseMod(path: string, value: Value): Filter {
  if (!Array.isArray(value)) throw badValue('malformed mod, needs to be an array')
  if (value.length < 2) throw badValue('malformed mod, not enough elements')
  if (value.length > 2) throw badValue('malformed mod, too many elements')
  const [divisor, remainder] = value.map((entry) => {
    if (!isNumeric(entry)) throw badValue('malformed mod, divisor not a number')
    return Math.trunc(toNumber(entry))
  })
  if (divisor === undefined || remainder === undefined || !Number.isFinite(divisor) || !Number.isFinite(remainder)) {
    throw badValue('malformed mod, operand is not finite')
  }
  if (divisor === 0) throw badValue('divisor cannot be 0')
  return { kind: 'mod', path, divisor, remainder }
}


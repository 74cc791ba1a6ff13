import { BSONRegExp, BSONSymbol, MaxKey, MinKey } from 'bson'
import { isTrue } from './expression.ts'
import type { Variables } from './expression-types.ts'
import type { CompareOperator, Filter } from './filter.ts'
import { compare, encodeKey, equal } from './order.ts'
import type { Found } from './paths.ts'
import { MISSING, visitPath } from './paths.ts'
import { toWhole } from './numbers.ts'
import { toRegExp } from './regex.ts'
import type { Doc, Value } from './values.ts'
import { isDoc, isNumeric, rank, toNumber, typeNumber } from './values.ts'

/** Where the filter met an array element: what `$` in an update or a projection means. */
export type MatchDetail = { position: number | null }

/** Whether a document matches; fills in `detail`, if given. */
export type Matcher = (doc: Doc, detail?: MatchDetail) => boolean

type Test = (found: Found) => boolean

/** Makes a filter runnable. `variables` are those of the command's `let`, seen by `$expr`. */
export function compileFilter(filter: Filter, variables: Variables = {}): Matcher {
  switch (filter.kind) {
    case 'never': return () => false
    case 'and': return every(filter.clauses.map((clause) => compileFilter(clause, variables)))
    case 'or': return some(filter.clauses.map((clause) => compileFilter(clause, variables)))
    case 'nor': return none(filter.clauses.map((clause) => compileFilter(clause, variables)))
    case 'not': return none([compileFilter(filter.clause, variables)])
    case 'expr': return (doc) => isTrue(filter.expression(doc, variables))
    case 'elemMatch': case 'elemValue': return elemMatch(filter, variables)
    default: return onPath(filter.path, filter.kind !== 'size', testOf(filter, variables))
  }
}

function every(matchers: Matcher[]): Matcher {
  return (doc, detail) => matchers.every((matches) => matches(doc, detail))
}

function some(matchers: Matcher[]): Matcher {
  return (doc, detail) => matchers.some((matches) => matches(doc, detail))
}

function none(matchers: Matcher[]): Matcher {
  return (doc) => !matchers.some((matches) => matches(doc))
}

function onPath(path: string, expand: boolean, test: Test): Matcher {
  const parts = path.split('.')
  return (doc, detail) => visitPath(doc, parts, expand, (found, offset) => {
    if (!test(found)) return false
    if (detail !== undefined && offset !== null) detail.position = offset
    return true
  })
}

function elemMatch(filter: Filter & { kind: 'elemMatch' | 'elemValue' }, variables: Variables): Matcher {
  const parts = filter.path.split('.')
  const test = elementTest(filter, variables)
  return (doc, detail) => visitPath(doc, parts, false, (found, outer) => {
    const index = Array.isArray(found) ? found.findIndex(test) : -1
    if (index < 0) return false
    if (detail !== undefined) detail.position = outer ?? index
    return true
  })
}

function elementTest(filter: Filter & { kind: 'elemMatch' | 'elemValue' }, variables: Variables): (element: Value) => boolean {
  if (filter.kind === 'elemValue') return testOf(filter.element, variables)
  const matches = compileFilter(filter.element, variables)
  return (element) => {
    if (isDoc(element)) return matches(element)
    return Array.isArray(element) && matches(new Map(element.map((value, index) => [String(index), value])))
  }
}

/** The test of a single value, without a path: what stands inside `$elemMatch: { $gt: … }`. */
function testOf(filter: Filter, variables: Variables): Test {
  switch (filter.kind) {
    case 'never': return () => false
    case 'compare': return compareTest(filter.operator, filter.value)
    case 'in': return inTest(filter.values, filter.patterns)
    case 'exists': return (found) => found !== MISSING
    case 'type': return (found) => found !== MISSING && filter.types.includes(typeNumber(found))
    case 'size': return (found) => Array.isArray(found) && found.length === filter.size
    case 'mod': return modTest(filter.divisor, filter.remainder)
    case 'regex': return regexTest(filter.source, filter.pattern)
    case 'elemMatch': case 'elemValue': {
      const test = elementTest(filter, variables)
      return (found) => Array.isArray(found) && found.some(test)
    }
    case 'not': return negated(testOf(filter.clause, variables))
    case 'and': return all(filter.clauses.map((clause) => testOf(clause, variables)))
    case 'or': case 'nor': case 'expr': return () => false
  }
}

function negated(test: Test): Test {
  return (found) => !test(found)
}

function all(tests: Test[]): Test {
  return (found) => tests.every((test) => test(found))
}

/** Comparison with type bracketing: values of other types never match, except that null stands for a missing field. */
function compareTest(operator: CompareOperator, operand: Value): Test {
  const orEqual = operator === '$eq' || operator === '$gte' || operator === '$lte'
  if (operand === null) return (found) => orEqual && (found === MISSING || found === null || found === undefined)
  const open = operand instanceof MinKey || operand instanceof MaxKey
  const type = rank(operand)
  const operandIsNaN = isNaNValue(operand)
  const holds = verdict(operator)
  return (found) => {
    if (found === MISSING) return false
    if (rank(found) !== type) return open && operator !== '$eq' && holds(rank(found) - type)
    if (type === 0x14 && (operandIsNaN || isNaNValue(found))) return orEqual && operandIsNaN && isNaNValue(found)
    return holds(compare(found, operand))
  }
}

function verdict(operator: CompareOperator): (order: number) => boolean {
  switch (operator) {
    case '$eq': return (order) => order === 0
    case '$gt': return (order) => order > 0
    case '$gte': return (order) => order >= 0
    case '$lt': return (order) => order < 0
    case '$lte': return (order) => order <= 0
  }
}

function isNaNValue(value: Value): boolean {
  return isNumeric(value) && Number.isNaN(toNumber(value))
}

const FEW = 8

function inTest(values: Value[], patterns: BSONRegExp[]): Test {
  const withNull = values.some((value) => value === null)
  const regexTests = patterns.map((pattern) => regexTest(pattern, toRegExp(pattern)))
  const isOneOf = values.length <= FEW ? (found: Value) => values.some((value) => equal(found, value)) : inSet(values)
  return (found) => {
    if (found === MISSING || found === undefined) return withNull
    return isOneOf(found) || regexTests.some((test) => test(found))
  }
}

/** Texts are looked up as they are; a symbol equals the text it stands for. */
function inSet(values: Value[]): (found: Value) => boolean {
  const texts = new Set(values.flatMap((value) => (typeof value === 'string' ? [value] : value instanceof BSONSymbol ? [value.value] : [])))
  const keys = new Set(values.filter((value) => typeof value !== 'string').map(keyText))
  return (found) => (typeof found === 'string' ? texts.has(found) : found instanceof BSONSymbol ? texts.has(found.value) : keys.has(keyText(found)))
}

function keyText(value: Value): string {
  return encodeKey(value).toString('latin1')
}

function modTest(divisor: number, remainder: number): Test {
  return (found) => {
    if (found === MISSING || !isNumeric(found)) return false
    const whole = toWhole(found)
    return whole !== null && whole % BigInt(divisor) === BigInt(remainder)
  }
}

function regexTest(source: BSONRegExp, pattern: RegExp): Test {
  return (found) => {
    if (typeof found === 'string') return pattern.test(found)
    if (found instanceof BSONSymbol) return pattern.test(found.value)
    return found instanceof BSONRegExp && found.pattern === source.pattern && found.options === source.options
  }
}

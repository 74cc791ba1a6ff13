import { notImplemented } from './errors.ts'
import { failedToParse, MongoRefusal } from './errors.ts'
import type { Expression, OperatorCompiler } from './expression-types.ts'
import { ARITHMETIC } from './expressions-arithmetic.ts'
import { ARRAYS } from './expressions-array.ts'
import { DATES } from './expressions-date.ts'
import { LOGIC } from './expressions-logic.ts'
import { STRINGS } from './expressions-string.ts'
import { CONVERSIONS } from './expressions-type.ts'
import type { Doc, Value } from './values.ts'
import { isDoc, truthy } from './values.ts'

const OPERATORS: Readonly<Record<string, OperatorCompiler>> = {
  ...ARITHMETIC, ...ARRAYS, ...DATES, ...LOGIC, ...STRINGS, ...CONVERSIONS,
  $literal: (operand) => () => operand,
  $let: compileLet,
}

/** `$cond` and `$match: { $expr }` count missing, null, false and 0 as false. */
export function isTrue(value: Value): boolean {
  return truthy(value)
}

/**
 * Compiles an aggregation expression.
 * @throws MongoRefusal NotImplemented naming an operator outside the list.
 */
export function compileExpression(value: Value): Expression {
  if (typeof value === 'string' && value.startsWith('$$')) return compileVariable(value.slice(2))
  if (typeof value === 'string' && value.startsWith('$')) return fieldPath(value.slice(1))
  if (Array.isArray(value)) return compileArray(value)
  if (!isDoc(value)) return () => value
  const first = value.keys().next().value
  if (first?.startsWith('$') !== true) return compileObject(value)
  if (value.size > 1) {
    throw new MongoRefusal(15983, `an object representing an expression must have exactly one field: ${[...value.keys()].join(', ')}`)
  }
  const operator = Object.hasOwn(OPERATORS, first) ? OPERATORS[first] : undefined
  if (operator === undefined) throw notImplemented(`expression operator ${first}`)
  return operator(value.get(first), compileExpression, first)
}

function compileArray(value: Value[]): Expression {
  const elements = value.map(compileExpression)
  return (root, variables) => elements.map((element) => element(root, variables) ?? null)
}

function compileObject(value: Doc): Expression {
  const fields = [...value].map(([name, inner]) => {
    if (name.includes('.')) throw new MongoRefusal(16412, `FieldPath field names may not contain '.'. Consider using $getField or $setField.`)
    return [name, compileExpression(inner)] as const
  })
  return (root, variables) => {
    const out: Doc = new Map()
    for (const [name, field] of fields) {
      const result = field(root, variables)
      if (result !== undefined) out.set(name, result)
    }
    return out
  }
}

function fieldPath(path: string): Expression {
  if (path === '') throw new MongoRefusal(16872, "'$' by itself is not a valid FieldPath")
  const parts = path.split('.')
  return (root) => resolve(root, parts, 0)
}

/** Follows a path; an array on the way gives the array of what its documents hold. */
export function resolve(value: Value, parts: readonly string[], at: number): Value {
  if (at === parts.length) return value
  if (isDoc(value)) return resolve(value.get(parts[at] ?? ''), parts, at + 1)
  if (!Array.isArray(value)) return undefined
  return value.map((element) => (isDoc(element) || Array.isArray(element) ? resolve(element, parts, at) : undefined))
    .filter((element) => element !== undefined)
}

function compileVariable(path: string): Expression {
  const [name = '', ...parts] = path.split('.')
  if (name === 'ROOT' || name === 'CURRENT') return (root) => resolve(root, parts, 0)
  if (name === 'REMOVE') return () => undefined
  return (_root, variables) => {
    if (!Object.hasOwn(variables, name)) throw new MongoRefusal(17276, `Use of undefined variable: ${name}`)
    return resolve(variables[name], parts, 0)
  }
}

function compileLet(operand: Value, compile: (value: Value) => Expression): Expression {
  const vars = isDoc(operand) ? operand.get('vars') : undefined
  if (!isDoc(operand) || !isDoc(vars) || !operand.has('in')) throw failedToParse("$let needs 'vars' and 'in'")
  const bindings = [...vars].map(([name, value]) => [name, compile(value)] as const)
  const body = compile(operand.get('in'))
  return (root, variables) => {
    const inner = Object.fromEntries(bindings.map(([name, value]) => [name, value(root, variables)]))
    return body(root, { ...variables, ...inner })
  }
}

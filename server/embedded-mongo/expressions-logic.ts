import { failedToParse, MongoRefusal } from './errors.ts'
import type { Expression, OperatorCompiler } from './expression-types.ts'
import { isNullish, nary, operands, unary } from './operands.ts'
import { compare } from './order.ts'
import type { Value } from './values.ts'
import { isDoc, truthy } from './values.ts'

function comparison(holds: (order: number) => Value): OperatorCompiler {
  return (operand, compile, name) => {
    const [left, right] = operands(operand, compile, name, 2) as [Expression, Expression]
    return (root, variables) => holds(order(left(root, variables), right(root, variables)))
  }
}

/** Aggregation compares across types; a missing field is smaller than everything, null included. */
function order(a: Value, b: Value): number {
  return Math.sign(compare(a, b))
}

const cond: OperatorCompiler = (operand, compile, name) => {
  const parts = isDoc(operand) ? ['if', 'then', 'else'].map((part) => requireField(operand.has(part), operand.get(part), name, part)) : operand
  const [test, yes, no] = operands(parts, compile, name, 3) as [Expression, Expression, Expression]
  return (root, variables) => (truthy(test(root, variables)) ? yes(root, variables) : no(root, variables))
}

function requireField(there: boolean, value: Value, name: string, field: string): Value {
  if (!there) throw new MongoRefusal(17080, `Missing '${field}' parameter to ${name}`)
  return value
}

const ifNull: OperatorCompiler = (operand, compile) => {
  const list = operands(operand, compile)
  if (list.length < 2) throw new MongoRefusal(1257300, '$ifNull needs at least two arguments')
  const last = list.length - 1
  return (root, variables) => {
    for (let index = 0; index < last; index++) {
      const value = list[index]?.(root, variables)
      if (!isNullish(value)) return value
    }
    return list[last]?.(root, variables)
  }
}

const switchOf: OperatorCompiler = (operand, compile) => {
  const branches = isDoc(operand) ? operand.get('branches') : undefined
  if (!isDoc(operand) || !Array.isArray(branches) || branches.length === 0) throw new MongoRefusal(40068, '$switch requires at least one branch')
  const cases = branches.map((branch) => {
    if (!isDoc(branch) || !branch.has('case') || !branch.has('then')) throw failedToParse("$switch requires each branch have a 'case' and a 'then'")
    return { test: compile(branch.get('case')), result: compile(branch.get('then')) }
  })
  const fallback = operand.has('default') ? compile(operand.get('default')) : null
  return (root, variables) => {
    const hit = cases.find(({ test }) => truthy(test(root, variables)))
    if (hit !== undefined) return hit.result(root, variables)
    if (fallback === null) throw new MongoRefusal(40066, '$switch could not find a matching branch for an input, and no default was specified.')
    return fallback(root, variables)
  }
}

function junction(stopAt: boolean): OperatorCompiler {
  return (operand, compile) => {
    const list = operands(operand, compile)
    return (root, variables) => list.some((term) => truthy(term(root, variables)) === stopAt) === stopAt
  }
}

/** Comparison, boolean and conditional operators. */
export const LOGIC: Readonly<Record<string, OperatorCompiler>> = {
  $cmp: comparison((difference) => difference),
  $eq: comparison((difference) => difference === 0),
  $ne: comparison((difference) => difference !== 0),
  $gt: comparison((difference) => difference > 0),
  $gte: comparison((difference) => difference >= 0),
  $lt: comparison((difference) => difference < 0),
  $lte: comparison((difference) => difference <= 0),
  $and: junction(false),
  $or: junction(true),
  $not: unary((value) => !truthy(value)),
  $cond: cond,
  $ifNull: ifNull,
  $switch: switchOf,
  $in: nary(2, 2, ([value, array]) => {
    if (!Array.isArray(array)) throw new MongoRefusal(40081, '$in requires an array as a second argument')
    return array.some((element) => compare(element, value) === 0)
  }),
}

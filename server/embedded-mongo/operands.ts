import { MongoRefusal } from './errors.ts'
import type { Expression, OperatorCompiler } from './expression-types.ts'
import type { Value } from './values.ts'

/** An operator's arguments: a list, or one value standing for a list of one. */
export function operands(operand: Value, compile: (value: Value) => Expression, name = '', count?: number): Expression[] {
  const list = Array.isArray(operand) ? operand : [operand]
  if (count !== undefined && list.length !== count) {
    throw new MongoRefusal(16020, `Expression ${name} takes exactly ${count} arguments. ${list.length} were passed in.`)
  }
  return list.map(compile)
}

/** An operator of one argument. */
export function unary(work: (value: Value, name: string) => Value): OperatorCompiler {
  return (operand, compile, name) => {
    const argument = operands(operand, compile, name, 1)[0] as Expression
    return (root, variables) => work(argument(root, variables), name)
  }
}

/** An operator of a fixed or bounded number of arguments; missing ones are `undefined`. */
export function nary(least: number, most: number, work: (values: Value[], name: string) => Value): OperatorCompiler {
  return (operand, compile, name) => {
    const list = operands(operand, compile)
    if (list.length < least || list.length > most) {
      throw new MongoRefusal(28667, `Expression ${name} takes at least ${least} arguments, and at most ${most}, but ${list.length} were passed in.`)
    }
    return (root, variables) => work(list.map((argument) => argument(root, variables)), name)
  }
}

export function isNullish(value: Value): value is null | undefined {
  return value === null || value === undefined
}

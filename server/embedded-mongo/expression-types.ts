import type { Doc, Value } from './values.ts'

/** The values of `$$name` by name; the root document is passed beside them. */
export type Variables = Readonly<Record<string, Value>>

/** A compiled expression; `undefined` stands for a missing field. */
export type Expression = (root: Doc, variables: Variables) => Value

/** Compiles the operand of one operator. */
export type OperatorCompiler = (operand: Value, compile: (value: Value) => Expression, name: string) => Expression

import type { OperatorCompiler } from './expression.ts'

export const ARRAYS: Readonly<Record<string, OperatorCompiler>> = {}

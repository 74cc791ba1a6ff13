import type { OperatorCompiler } from './expression.ts'

export const STRINGS: Readonly<Record<string, OperatorCompiler>> = {}

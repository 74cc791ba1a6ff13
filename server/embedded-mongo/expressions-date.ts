import type { OperatorCompiler } from './expression.ts'

export const DATES: Readonly<Record<string, OperatorCompiler>> = {}

import type { OperatorCompiler } from './expression.ts'

export const CONVERSIONS: Readonly<Record<string, OperatorCompiler>> = {}

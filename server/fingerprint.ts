import { createHash } from 'node:crypto'
import { canonicalText } from './domain/canonical.ts'
import type { Rule } from './domain/rule.ts'

/** 32 hexadecimal digits that stand for a text; not a secret of it. */
export function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

/** The same for the same rules, whatever they are called. */
export function printOfRules(rules: readonly Rule[]): string {
  return fingerprint(canonicalText(rules.map(({ names: _names, tag: _tag, ...rest }) => rest)))
}

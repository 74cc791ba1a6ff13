import type { Filter } from './filter.ts'
import type { KeyPattern } from './index-keys.ts'

/** The top-level fields that must be read of a document; null for all of them. */
export type Fields = ReadonlySet<string> | null

/** The fields a filter looks at. An expression may look at any. */
export function fieldsOfFilter(filter: Filter, out = new Set<string>()): Set<string> | null {
  switch (filter.kind) {
    case 'never': return out
    case 'expr': return null
    case 'not': return fieldsOfFilter(filter.clause, out)
    case 'and': case 'or': case 'nor': return filter.clauses.every((clause) => fieldsOfFilter(clause, out) !== null) ? out : null
    default: return out.add(topOf(filter.path))
  }
}

/** The fields that an index makes its keys of, and those its partial filter looks at. */
export function fieldsOfIndex(pattern: KeyPattern, partial: Filter | null): Fields {
  const out = partial === null ? new Set<string>() : fieldsOfFilter(partial)
  for (const { parts } of pattern) out?.add(parts[0] ?? '')
  return out
}

/** The first part of a dotted path. */
export function topOf(path: string): string {
  const dot = path.indexOf('.')
  return dot < 0 ? path : path.slice(0, dot)
}

import type { Index } from './catalog.ts'
import type { Filter } from './filter.ts'
import type { KeyPattern } from './index-keys.ts'
import type { Plan } from './planner.ts'

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

/** Indexes, and the fields that all their keys are made of. */
export type KeyMakers = { indexes: readonly Index[], fields: Fields }

function together(indexes: readonly Index[]): KeyMakers {
  const out = new Set<string>()
  for (const { fields } of indexes) {
    if (fields === null) return { indexes, fields: null }
    for (const name of fields) out.add(name)
  }
  return { indexes, fields: out }
}

/** By the list and its length, since new indexes are put at its end; dropping makes another list. */
const allMade = new WeakMap<readonly Index[], { count: number, makers: KeyMakers }>()

/** All indexes of a collection. */
export function keyMakers(indexes: readonly Index[]): KeyMakers {
  const known = allMade.get(indexes)
  if (known?.count === indexes.length) return known.makers
  const makers = together([...indexes])
  allMade.set(indexes, { count: indexes.length, makers })
  return makers
}

const touchedMade = new WeakMap<ReadonlySet<string>, { all: KeyMakers, makers: KeyMakers }>()

/** Those whose keys may change when these fields do (null: any field). */
export function keyMakersOf(indexes: readonly Index[], touched: Fields): KeyMakers {
  const all = keyMakers(indexes)
  if (touched === null) return all
  const known = touchedMade.get(touched)
  if (known?.all === all) return known.makers
  const makers = together(indexes.filter(({ fields }) => fields === null || [...fields].some((name) => touched.has(name))))
  touchedMade.set(touched, { all, makers })
  return makers
}

/** What reading by a plan looks at: filter, sort, and the keys of an index that has several of one document. */
export function fieldsOfQuery(filter: Filter, sort: KeyPattern, plan: Plan): Fields {
  const out = fieldsOfFilter(filter)
  if (out === null) return null
  for (const { parts } of sort) out.add(parts[0] ?? '')
  addKeyFields(out, plan)
  return out
}

function addKeyFields(out: Set<string>, plan: Plan): void {
  if (plan.kind === 'or') for (const branch of plan.branches) addKeyFields(out, branch.plan)
  if (plan.kind === 'index' && plan.index.multikey.includes(true)) for (const { parts } of plan.index.pattern) out.add(parts[0] ?? '')
}

/** The first part of a dotted path. */
export function topOf(path: string): string {
  const dot = path.indexOf('.')
  return dot < 0 ? path : path.slice(0, dot)
}

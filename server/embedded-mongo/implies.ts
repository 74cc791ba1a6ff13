import type { Filter } from './filter.ts'
import { demandsOf, intersect, intervalsOf, needsField } from './bounds.ts'
import type { Demand, Interval } from './bounds.ts'
import { equal } from './order.ts'
import { isNumeric, typeNumber } from './values.ts'

/**
 * Whether every document that matches `query` matches the partial index's `condition`. Answers no when in doubt:
 * the index is then not used.
 */
export function implies(query: Filter, condition: Filter): boolean {
  if (condition.kind === 'and') return condition.clauses.every((clause) => implies(query, clause))
  if (condition.kind === 'or' && condition.clauses.some((clause) => implies(query, clause))) return true
  if (same(query, condition)) return true
  if (query.kind === 'and' && query.clauses.some((clause) => same(clause, condition))) return true
  const demands = demandsOf(query).filter(({ path, group }) => group === null && 'path' in condition && path === condition.path)
  return demands.some((demand) => demandImplies(demand, condition))
}

function demandImplies({ filter }: Demand, condition: Filter): boolean {
  switch (condition.kind) {
    case 'exists': return needsField(filter)
    case 'type': return typesOf(filter)?.every((type) => condition.types.includes(type)) === true
    case 'compare': case 'in': {
      const [inner, outer] = [intervalsOf(filter), intervalsOf(condition)]
      return inner !== null && outer !== null && !hasArray(filter) && !hasArray(condition) && inside(inner, outer)
    }
    default: return false
  }
}

/** The types a matching value can have: a number equals numbers of every type. */
function typesOf(filter: Filter): number[] | null {
  if (filter.kind !== 'compare' || filter.operator !== '$eq' || Array.isArray(filter.value) || filter.value === null) return null
  return isNumeric(filter.value) ? [1, 16, 18, 19] : [typeNumber(filter.value)]
}

function hasArray(filter: Filter): boolean {
  if (filter.kind === 'compare') return Array.isArray(filter.value)
  return filter.kind === 'in' && filter.values.some(Array.isArray)
}

function inside(inner: Interval[], outer: Interval[]): boolean {
  return inner.every((interval) => intersect([interval], outer).some(({ from, to }) => (
    from.equals(interval.from) && to.equals(interval.to)
  )))
}

/** Whether two parsed filters are the same demand, word for word. */
function same(a: Filter, b: Filter): boolean {
  if (a === b) return true
  if (a.kind === 'not' && b.kind === 'not') return same(a.clause, b.clause)
  if (a.kind === 'compare' && b.kind === 'compare') return a.path === b.path && a.operator === b.operator && equal(a.value, b.value)
  if (a.kind === 'exists' && b.kind === 'exists') return a.path === b.path
  if (a.kind === 'type' && b.kind === 'type') return a.path === b.path && a.types.every((type) => b.types.includes(type))
  return false
}

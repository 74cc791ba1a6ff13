import type { Interval } from './bounds.ts'
import { demandsOf, EVERYTHING, intersect, isEverything, narrowed, needsField } from './bounds.ts'
import type { Demand } from './bounds.ts'
import type { Collection, Index } from './catalog.ts'
import { badValue } from './errors.ts'
import type { Filter } from './filter.ts'
import { implies } from './implies.ts'
import type { KeyPattern } from './index-keys.ts'
import { patternDoc } from './index-keys.ts'
import { compare } from './order.ts'
import { isPosition } from './paths.ts'
import type { KeyRange } from './stretches.ts'
import { canMerge, extentOf, stretchesOf } from './stretches.ts'
import type { Value } from './values.ts'
import { isDoc, isNumeric, toNumber } from './values.ts'

/** How the documents of a query are found. Every hit is checked against the filter afterwards. */
export type Plan =
  | { kind: 'collection', reverse: boolean }
  | { kind: 'index', index: Index, bounds: Interval[][], ranges: KeyRange[], reverse: boolean, merge: boolean, sorted: boolean }
  | { kind: 'or', branches: { plan: Plan, filter: Filter }[] }

/** What a plan is made for; `hint` is the command's. */
export type PlanRequest = { filter: Filter, sort: KeyPattern, hint: Value }

const MAX_MERGED = 500

/** An index that could serve, weighed before its stretches are made: only the chosen one needs them. */
type Candidate = { index: Index, bounds: Interval[][], sorting: Sorting | null, merge: boolean, sorted: boolean, score: number }

/**
 * Chooses the plan: an index by equality, then range, then sort; else the whole collection.
 * @throws MongoRefusal BadValue for a hint that names no index.
 */
export function makePlan(collection: Collection, request: PlanRequest): Plan {
  const hinted = hintedPlan(collection, request)
  if (hinted !== null) return hinted
  const best = bestIndex(collection, request)
  const or = orPlan(collection, request.filter)
  if (or !== null && (best === null || best.score < 5)) return or
  return best === null ? { kind: 'collection', reverse: false } : planOf(best)
}

function bestIndex(collection: Collection, request: PlanRequest): Candidate | null {
  const demands = demandsOf(request.filter)
  let best: Candidate | null = null
  for (const index of collection.indexes) {
    if (index.pending || !concerned(index, demands, request.sort) || !usable(index, request.filter, demands)) continue
    const candidate = tryIndex(index, demands, request.sort)
    if (candidate.score > 0 && (best === null || candidate.score > best.score)) best = candidate
    if (candidate.score === ONE_DOCUMENT) break
  }
  return best
}

/** Whether the query narrows or sorts by the index's first field: without that it scores nothing. */
function concerned({ pattern }: Index, demands: Demand[], sort: KeyPattern): boolean {
  const first = pattern[0]?.path
  return sort[0]?.path === first || demands.some(({ path }) => path === first)
}

function usable(index: Index, filter: Filter, demands: Demand[]): boolean {
  if (index.pattern.some(({ parts }) => parts.some(isPosition))) return false
  if (index.partial !== null && !implies(filter, index.partial.filter)) return false
  return !index.sparse || index.pattern.some(({ path }) => demands.some((demand) => demand.path === path && needsField(demand.filter)))
}

function hintedPlan(collection: Collection, { filter, sort, hint }: PlanRequest): Plan | null {
  if (hint === undefined || hint === null || (isDoc(hint) && hint.size === 0)) return null
  const natural = isDoc(hint) ? hint.get('$natural') : undefined
  if (isNumeric(natural)) return { kind: 'collection', reverse: toNumber(natural) < 0 }
  const index = collection.indexes.find(({ name, pattern, pending }) => (
    !pending && (typeof hint === 'string' ? name === hint : isDoc(hint) && compare(patternDoc(pattern), hint) === 0)
  ))
  if (index === undefined) throw badValue('error processing query: planner returned error: hint provided does not correspond to an existing index')
  return planOf(tryIndex(index, demandsOf(filter), sort))
}

function tryIndex(index: Index, demands: Demand[], sort: KeyPattern): Candidate {
  const bounds = boundsFor(index, demands)
  const sorting = index.truncated ? null : sortedBy(index, bounds, sort)
  const { fields, ranges } = extentOf(bounds)
  const merge = sorting?.merge === true && ranges > 1
  const sorted = sorting !== null && fields >= sorting.from && (!merge || ranges <= MAX_MERGED)
  return { index, bounds, sorting, merge: merge && sorted, sorted, score: scoreOf(index, bounds, fields, sort.length > 0 && sorted) }
}

function planOf({ index, bounds, sorting, merge, sorted }: Candidate): Plan {
  const ranges = stretchesOf(index, bounds, sorting?.from ?? null)
  if (merge && !canMerge(ranges)) return { kind: 'index', index, bounds, ranges, reverse: false, merge: false, sorted: false }
  return { kind: 'index', index, bounds, ranges, reverse: sorted && sorting?.reverse === true, merge, sorted }
}

const ONE_DOCUMENT = 1000
const KNOWN_DOCUMENTS = 900

/** A unique index whose whole keys are known is best: it reads one document a key, however many match the rest. */
function scoreOf(index: Index, bounds: Interval[][], pointFields: number, sorted: boolean): number {
  if (index.unique && pointFields === bounds.length) return bounds.every(isPoint) ? ONE_DOCUMENT : KNOWN_DOCUMENTS
  let score = 0
  for (const intervals of bounds.slice(0, pointFields)) score += intervals.length > 1 ? 8 : 10
  const next = bounds[pointFields]
  if (next !== undefined && !isEverything(next)) score += 5
  if (sorted) score += score === 0 ? 3 : 6
  return score > 0 && index.partial !== null ? score + 1 : score
}

function isPoint(intervals: Interval[]): boolean {
  return intervals.length === 1 && intervals[0]?.point === true
}

/**
 * Intervals of each field. Where keys come from an array, two demands on one path may be met by two elements, so only
 * one of them narrows, unless one `$elemMatch` holds them together.
 */
function boundsFor(index: Index, demands: Demand[]): Interval[][] {
  let arrayGroup: Filter | null | undefined
  return index.pattern.map(({ path }, field) => {
    const own = demands.filter((demand) => demand.path === path).flatMap((demand) => {
      const intervals = narrowed(demand)
      return intervals === null ? [] : [{ ...demand, intervals }]
    })
    if (index.multikey[field] !== true) return own.reduce<Interval[]>((sum, { intervals }) => meet(sum, intervals), [EVERYTHING])
    const chosen = own.filter((demand) => arrayGroup === undefined || (arrayGroup !== null && demand.group === arrayGroup && sharesElement(demand)))
      .sort((a, b) => narrowness(b.intervals) - narrowness(a.intervals))[0]
    if (chosen === undefined) return [EVERYTHING]
    arrayGroup = chosen.group !== null && sharesElement(chosen) ? chosen.group : null
    if (chosen.group?.kind !== 'elemValue') return chosen.intervals
    return own.filter(({ group }) => group === chosen.group).reduce<Interval[]>((sum, { intervals }) => meet(sum, intervals), [EVERYTHING])
  })
}

function meet(a: Interval[], b: Interval[]): Interval[] {
  return isEverything(a) ? b : intersect(a, b)
}

/** Whether a demand inside `$elemMatch` is on a direct field of the element, not on something in a further array. */
function sharesElement({ group, filter }: Demand): boolean {
  return group?.kind === 'elemMatch' && 'path' in filter && !filter.path.includes('.')
}

function narrowness(intervals: Interval[]): number {
  return intervals.every(({ point }) => point) ? 1000000 - intervals.length : 0
}

type Sorting = { reverse: boolean, merge: boolean, from: number }

/**
 * Whether reading the index gives the wanted order: forward or in reverse, and from which field on several stretches
 * have to be merged (`$in` on the fields before). Null if it does not.
 */
function sortedBy(index: Index, bounds: Interval[][], sort: KeyPattern): Sorting | null {
  let [field, turn, merge, from] = [0, 0, false, 0]
  for (const wanted of sort) {
    while (index.pattern[field]?.path !== wanted.path) {
      const intervals = bounds[field]
      if (intervals === undefined || !intervals.every(({ point }) => point)) return null
      if (intervals.length > 1) {
        if (turn !== 0) return null
        merge = true
      }
      field++
    }
    const intervals = bounds[field] ?? []
    if (index.multikey[field] === true && !isEverything(intervals)) return null
    const direction = (index.pattern[field]?.direction ?? 1) * wanted.direction
    if (!isPoint(intervals)) {
      if (turn === 0) from = field
      if (turn !== 0 && turn !== direction) return null
      turn = direction
    }
    field++
  }
  return { reverse: turn === -1, merge, from }
}

/** A plan for `$or`: each branch by an index of its own. Null if a branch has none. */
function orPlan(collection: Collection, filter: Filter): Plan | null {
  const clauses = filter.kind === 'and' ? filter.clauses : [filter]
  const or = clauses.find((clause) => clause.kind === 'or')
  if (or === undefined || or.kind !== 'or') return null
  const rest = clauses.filter((clause) => clause !== or)
  const branches: { plan: Plan, filter: Filter }[] = []
  for (const branch of or.clauses) {
    const whole: Filter = rest.length === 0 ? branch : { kind: 'and', clauses: [branch, ...rest] }
    const best = bestIndex(collection, { filter: whole, sort: [], hint: undefined })
    const plan = best !== null && best.score >= 5 ? planOf(best) : orPlan(collection, branch)
    if (plan === null) return null
    branches.push({ plan, filter: branch })
  }
  return { kind: 'or', branches }
}

/** Whether the plan reads documents in the order of `sort`, so that nothing is left to sort. */
export function givesOrder(plan: Plan, sort: KeyPattern): boolean {
  return sort.length === 0 || (plan.kind === 'index' && plan.sorted)
}

/** What tells two plans of one query apart, as far as a position in a scan goes. */
export function planMark(plan: Plan): string {
  if (plan.kind === 'or') return `or(${plan.branches.map((branch) => planMark(branch.plan)).join(' ')})`
  if (plan.kind === 'collection') return `collection${plan.reverse ? ' reverse' : ''}`
  const { index, ranges, reverse, merge, sorted } = plan
  return `index ${index.id}${reverse ? ' reverse' : ''}${merge ? ` merge ${ranges.length}` : ''}${sorted ? ' sorted' : ''}`
}

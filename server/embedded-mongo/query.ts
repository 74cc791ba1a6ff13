import type { Budget } from './budget.ts'
import { decodeDoc } from './bson-read.ts'
import type { Collection } from './catalog.ts'
import { MongoRefusal, typeMismatch } from './errors.ts'
import type { Variables } from './expression-types.ts'
import type { Filter } from './filter.ts'
import { parseFilter } from './filter.ts'
import { badValue } from './errors.ts'
import type { KeyPattern } from './index-keys.ts'
import { docKeys, keyPattern, storedKey } from './index-keys.ts'
import { INDEX_PREFIX_BYTES, joined, recordIdBytes } from './keyspace.ts'
import type { Fields } from './looked-at.ts'
import { fieldsOfFilter } from './looked-at.ts'
import type { MatchDetail, Matcher } from './matcher.ts'
import { compileFilter } from './matcher.ts'
import type { Plan } from './planner.ts'
import { givesOrder, makePlan } from './planner.ts'
import type { Hit, Position } from './scan.ts'
import { mergeOrder, scan } from './scan.ts'
import type { Storage } from './storage.ts'
import { owned } from './storage.ts'
import type { KeyRange } from './stretches.ts'
import type { Doc, Value } from './values.ts'
import { isDoc, isNumeric, toNumber } from './values.ts'

/** A question put to one collection, ready to run. `sort` is empty where any order will do. */
export type Query = { filter: Filter, matches: Matcher, sort: KeyPattern, plan: Plan, natural: boolean, fields: Fields }

/**
 * A document that matches, as it lies in the store. `seen` are the fields that the query looked at, `detail` tells which
 * array element the filter met.
 */
export type Match = { recordId: number, record: Buffer, seen: Doc, detail: MatchDetail }

/** Where queries run. */
export type Source = { storage: Storage, collection: Collection, budget: Budget }

/** Sorted and grouped results are held in memory up to this many bytes. */
export const MAX_RESULT_BYTES = 100 * 1024 * 1024

/** Parses filter, sort and hint as a command gives them, and plans. */
export function makeQuery(collection: Collection, filter: Value, sort: Value, hint: Value, variables: Variables): Query {
  const parsed = parseFilter(asFilter(filter))
  const pattern = parseSort(sort)
  const natural = isDoc(sort) && sort.has('$natural') ? toNumber(sort.get('$natural') as number) : 0
  const wanted = natural === 0 ? hint : new Map([['$natural', natural]])
  const plan = makePlan(collection, { filter: parsed, sort: pattern, hint: wanted })
  return { filter: parsed, matches: compileFilter(parsed, variables), sort: pattern, plan, natural: natural !== 0, fields: fieldsOfQuery(parsed, pattern, plan) }
}

/** What reading by a plan looks at: filter, sort, and the keys of an index that has several of one document. */
function fieldsOfQuery(filter: Filter, sort: KeyPattern, plan: Plan): Fields {
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

function asFilter(filter: Value): Doc {
  if (filter === undefined || filter === null) return new Map()
  if (!isDoc(filter)) throw typeMismatch("Expected field 'filter' to be of type object")
  return filter
}

/** Reads a sort such as `{ at: -1 }`; `$natural` and an absent sort give an empty pattern. */
export function parseSort(sort: Value): KeyPattern {
  if (sort === undefined || sort === null) return []
  if (!isDoc(sort)) throw typeMismatch("Expected field 'sort' to be of type object")
  if (sort.has('$natural')) {
    if (sort.size > 1) throw badValue('$natural sort cannot be combined with other sorts')
    return []
  }
  return keyPattern([...sort].map(([path, order]): [string, number] => {
    if (isDoc(order)) throw new MongoRefusal(238, `$sort by expression ($meta) is not implemented by the embedded store`)
    const direction = isNumeric(order) ? toNumber(order) : Number.NaN
    if (path === '' || path.split('.').includes('')) throw new MongoRefusal(15998, 'FieldPath field names may not be empty strings.')
    if (path.startsWith('$')) throw new MongoRefusal(16410, `FieldPath field names may not start with '$'. Consider using $getField or $setField.`)
    if (direction !== 1 && direction !== -1) throw new MongoRefusal(15975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)')
    return [path, direction]
  }))
}

/** The matching documents in the plan's order, each once; `position` follows. */
export function* matchesInPlanOrder(source: Source, query: Query, position: Position): Generator<Match> {
  const { plan } = query
  for (const hit of scan(source, plan, position)) {
    const seen = decodeDoc(hit.record, query.fields)
    const detail: MatchDetail = { position: null }
    if (query.matches(seen, detail) && isFirstHit(plan, hit, seen)) yield { recordId: hit.recordId, record: hit.record, seen, detail }
  }
}

/**
 * A document with several keys in the stretches read belongs to the first of them; one that matches several branches of
 * an `$or`, to the first branch. So each comes once, without a memory of what has been seen.
 */
function isFirstHit(plan: Plan, hit: Hit, doc: Doc): boolean {
  if (plan.kind === 'collection') return true
  if (plan.kind === 'index') return isFirstKey(plan, hit, doc)
  const branch = plan.branches[hit.branch]
  if (branch === undefined) return false
  const seen = plan.branches.slice(0, hit.branch).some(({ filter }) => branchMatcher(filter)(doc))
  return !seen && branchMatcher(branch.filter)(doc) && (branch.plan.kind === 'or' || isFirstHit(branch.plan, hit, doc))
}

const branchMatchers = new WeakMap<Filter, Matcher>()

function branchMatcher(filter: Filter): Matcher {
  const known = branchMatchers.get(filter)
  if (known !== undefined) return known
  const made = compileFilter(filter)
  branchMatchers.set(filter, made)
  return made
}

function isFirstKey(plan: Plan & { kind: 'index' }, { entry, recordId }: Hit, doc: Doc): boolean {
  const { index, ranges, merge, reverse } = plan
  if (entry === null || !index.multikey.includes(true)) return true
  const { keys } = docKeys(doc, index.pattern)
  if (keys.length === 1) return true
  const prefix = entry.subarray(0, INDEX_PREFIX_BYTES)
  const id = index.unique ? null : recordIdBytes(recordId)
  const shared = merge ? stretchOf(ranges, entry)?.shared ?? 0 : 0
  return !keys.some(({ bytes }) => {
    const own = joined(prefix, storedKey(bytes).key)
    const whole = id === null ? own : joined(own, id)
    if (!merge && isLater(Buffer.compare(whole, entry), reverse)) return false
    const range = stretchOf(ranges, whole)
    return range !== undefined && !isLater(mergeOrder(whole, merge ? range.shared : 0, entry, shared), reverse)
  })
}

/** Whether something comes after a hit, or is the hit itself. */
function isLater(order: number, reverse: boolean): boolean {
  return reverse ? order <= 0 : order >= 0
}

/** The stretch that holds a key, among many in ascending order that do not overlap. */
function stretchOf(ranges: readonly KeyRange[], key: Buffer): KeyRange | undefined {
  let [low, high] = [0, ranges.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const range = ranges[middle]
    if (range !== undefined && Buffer.compare(range.from, key) <= 0) low = middle + 1
    else high = middle
  }
  const range = ranges[low - 1]
  return range !== undefined && Buffer.compare(key, range.to) < 0 ? range : undefined
}

/** The smallest key of a document for a sort: what its place in the order is. */
export function sortKey(doc: Doc, sort: KeyPattern): Buffer {
  try {
    return docKeys(doc, sort).keys.map(({ bytes }) => bytes).reduce((least, next) => (Buffer.compare(next, least) < 0 ? next : least))
  } catch (error) {
    if (error instanceof MongoRefusal && error.code === 171) throw badValue('cannot sort with keys that are parallel arrays')
    throw error
  }
}

type Sortable = { key: Buffer, order: number, match: Match }

function bySortKey(a: Sortable, b: Sortable): number {
  return Buffer.compare(a.key, b.key) || a.order - b.order
}

/** So many records may hold more memory than their own. */
const FEW = 1000

/** The first `most` matches in the order of the query's sort; reads everything there is. */
export function sortedMatches(source: Source, query: Query, most: number): Match[] {
  const kept: Sortable[] = []
  let bytes = 0
  let order = 0
  for (const match of matchesInPlanOrder(source, query, { branch: 0, last: [] })) {
    kept.push({ key: sortKey(match.seen, query.sort), order: order++, match: most > FEW ? { ...match, record: owned(match.record) } : match })
    bytes += match.record.length
    if (kept.length > 2 * most + 100) {
      kept.sort(bySortKey).splice(most)
      bytes = kept.reduce((sum, { match: { record } }) => sum + record.length, 0)
    }
    checkMemory(bytes)
  }
  return kept.sort(bySortKey).slice(0, most).map(({ match }) => match)
}

/** @throws MongoRefusal QueryExceededMemoryLimitNoDiskUseAllowed */
export function checkMemory(bytes: number): void {
  if (bytes <= MAX_RESULT_BYTES) return
  throw new MongoRefusal(292, `Sort or group exceeded memory limit of ${MAX_RESULT_BYTES} bytes; the embedded store does not spill to disk`)
}

/** Matches in the wanted order, as far as the caller reads. */
export function* orderedMatches(source: Source, query: Query, most = Number.MAX_SAFE_INTEGER): Generator<Match> {
  if (givesOrder(query.plan, query.sort)) yield* matchesInPlanOrder(source, query, { branch: 0, last: [] })
  else yield* sortedMatches(source, query, most)
}

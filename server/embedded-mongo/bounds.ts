import { MaxKey, MinKey } from 'bson'
import type { Filter } from './filter.ts'
import { descending, encodeKey } from './order.ts'
import { literalPrefix } from './regex.ts'
import { after } from './storage.ts'
import type { Value } from './values.ts'
import { rank } from './values.ts'

/** Encoded keys from `from` (inside) to `to` (outside); a point holds the keys of one value. */
export type Interval = { from: Buffer, to: Buffer, point: boolean }

/**
 * What a filter demands of one path. `group` tells the `$elemMatch` it stands in: its demands meet in one element.
 * `intervals` are noted by `narrowed`, as several indexes may ask for them.
 */
export type Demand = { path: string, filter: Filter, group: Filter | null, intervals?: Interval[] | null }

/** All keys there are. */
export const EVERYTHING: Interval = { from: Buffer.from([0x01]), to: Buffer.from([0xff]), point: false }

/** Whether these intervals narrow nothing. */
export function isEverything(intervals: Interval[]): boolean {
  return intervals[0] === EVERYTHING
}

/** The demands that every matching document meets, from the filter's `$and` and `$elemMatch`. */
export function demandsOf(filter: Filter, prefix = '', group: Filter | null = null): Demand[] {
  switch (filter.kind) {
    case 'and': return filter.clauses.flatMap((clause) => demandsOf(clause, prefix, group))
    case 'elemMatch': case 'elemValue': {
      const path = join(prefix, filter.path)
      return [{ path, filter, group }, ...demandsOf(filter.element, path, group ?? filter)]
    }
    case 'compare': case 'in': case 'regex': case 'exists': case 'type': case 'size': case 'mod':
      return [{ path: join(prefix, filter.path), filter, group }]
    default: return []
  }
}

function join(prefix: string, path: string): string {
  return prefix === '' ? path : path === '' ? prefix : `${prefix}.${path}`
}

/** The intervals in which the keys of matching documents lie, in ascending order; null where there is no narrowing. */
export function intervalsOf(filter: Filter): Interval[] | null {
  switch (filter.kind) {
    case 'compare': return filter.operator === '$eq' ? equalityIntervals(filter.value) : rangeIntervals(filter)
    case 'in': return filter.patterns.length > 0 ? null : normalised(filter.values.flatMap(equalityIntervals))
    case 'regex': return regexIntervals(filter)
    default: return null
  }
}

/** The intervals of a demand, made once. */
export function narrowed(demand: Demand): Interval[] | null {
  demand.intervals ??= intervalsOf(demand.filter)
  return demand.intervals
}

function point(value: Value): Interval {
  const from = encodeKey(value)
  return { from, to: after(from), point: true }
}

function equalityIntervals(value: Value): Interval[] {
  if (value === null) return [point(undefined), point(null)]
  if (!Array.isArray(value)) return [point(value)]
  return normalised([point(value), point(value[0])])
}

function rangeIntervals(filter: Filter & { kind: 'compare' }): Interval[] | null {
  const { operator, value } = filter
  if (value instanceof MinKey || value instanceof MaxKey) return null
  if (value === null) return operator === '$gte' || operator === '$lte' ? equalityIntervals(null) : []
  const type = rank(value)
  const key = encodeKey(value)
  const ends: Record<typeof operator, [Buffer, Buffer]> = {
    $eq: [key, after(key)],
    $gt: [after(key), Buffer.from([type + 1])],
    $gte: [key, Buffer.from([type + 1])],
    $lt: [Buffer.from([type]), key],
    $lte: [Buffer.from([type]), after(key)],
  }
  const [from, to] = ends[operator]
  if (Array.isArray(value)) return null
  return [{ from, to, point: false }]
}

function regexIntervals(filter: Filter & { kind: 'regex' }): Interval[] | null {
  const prefix = literalPrefix(filter.source)
  if (prefix === '') return null
  const from = encodeKey(prefix).subarray(0, -2)
  return normalised([{ from, to: after(from), point: false }, point(filter.source)])
}

/** In order and without repetition; overlapping intervals become one. */
export function normalised(intervals: Interval[]): Interval[] {
  const out: Interval[] = []
  for (const next of [...intervals].sort((a, b) => Buffer.compare(a.from, b.from))) {
    const last = out.at(-1)
    if (last === undefined || Buffer.compare(next.from, last.to) >= 0) out.push(next)
    else if (Buffer.compare(next.to, last.to) > 0) out[out.length - 1] = { from: last.from, to: next.to, point: false }
  }
  return out
}

/** Keys that lie in both. */
export function intersect(a: Interval[], b: Interval[]): Interval[] {
  const out: Interval[] = []
  for (const left of a) {
    for (const right of b) {
      const from = Buffer.compare(left.from, right.from) >= 0 ? left.from : right.from
      const to = Buffer.compare(left.to, right.to) <= 0 ? left.to : right.to
      if (Buffer.compare(from, to) < 0) out.push({ from, to, point: left.point || right.point })
    }
  }
  return out
}

/** The same keys in a descending field: bits turned round, order reversed. */
export function turned(intervals: Interval[]): Interval[] {
  return intervals.map(({ from, to, point: isPoint }) => ({
    from: isPoint ? descending(from) : after(descending(to)),
    to: after(descending(from)),
    point: isPoint,
  })).reverse()
}

/** Whether a demand can only be met by a document that has the field: what a sparse index needs to know. */
export function needsField(filter: Filter): boolean {
  switch (filter.kind) {
    case 'compare': return filter.value !== null && !(filter.value instanceof MinKey) && !(filter.value instanceof MaxKey)
    case 'in': return !filter.values.some((value) => value === null)
    case 'exists': case 'regex': case 'type': case 'size': case 'mod': case 'elemMatch': case 'elemValue': return true
    default: return false
  }
}

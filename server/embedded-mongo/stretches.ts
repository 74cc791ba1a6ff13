import type { Interval } from './bounds.ts'
import { isEverything, turned } from './bounds.ts'
import type { Index } from './catalog.ts'
import { storedBound } from './index-keys.ts'
import { INDEX_PREFIX_BYTES, indexPrefix, joined } from './keyspace.ts'
import { after } from './storage.ts'

/**
 * A stretch of an index, in index order; `shared` bytes of its keys are the same, what follows is what a merge compares.
 * `exact` if `from` is a whole key: in a unique index there is nothing else in the stretch.
 */
export type KeyRange = { from: Buffer, to: Buffer, shared: number, exact: boolean }

const MAX_RANGES = 5000

/** How many fields give points, and into how many stretches that cuts the index. */
export function extentOf(bounds: Interval[][]): { fields: number, ranges: number } {
  let [fields, ranges] = [0, 1]
  for (const intervals of bounds) {
    if (!intervals.every(({ point }) => point) || ranges * intervals.length > MAX_RANGES) break
    ranges *= intervals.length
    fields++
  }
  const rest = bounds[fields]
  return { fields, ranges: rest === undefined || isEverything(rest) ? ranges : ranges * rest.length }
}

/** The stretches of the index: all combinations of points, then one range. From `sortedFrom` on its fields give the order. */
export function stretchesOf(index: Index, bounds: Interval[][], sortedFrom: number | null): KeyRange[] {
  const { fields } = extentOf(bounds)
  let prefixes: { bytes: Buffer, shared: number }[] = [{ bytes: indexPrefix(index.id), shared: INDEX_PREFIX_BYTES }]
  for (let field = 0; field < fields; field++) {
    const own = directed(index, field, bounds[field] ?? [])
    const counts = sortedFrom === null || field < sortedFrom
    const longer: typeof prefixes = []
    for (const { bytes, shared } of prefixes) {
      for (const { from } of own) longer.push({ bytes: joined(bytes, from), shared: counts ? bytes.length + from.length : shared })
    }
    prefixes = longer
  }
  const rest = bounds[fields]
  const last = rest === undefined || isEverything(rest) ? null : directed(index, fields, rest)
  const whole = fields === bounds.length
  const ranges: KeyRange[] = []
  for (const { bytes, shared } of prefixes) {
    for (const interval of last ?? [null]) {
      const { from, to } = rangeOf(bytes, interval)
      add(ranges, { from, to, shared, exact: whole && from.length === bytes.length })
    }
  }
  return ranges
}

/** Cut bounds may make two stretches one and the same, or let them overlap: then they are read as one. */
function add(ranges: KeyRange[], next: KeyRange): void {
  const last = ranges.at(-1)
  if (last === undefined || Buffer.compare(next.from, last.to) >= 0) ranges.push(next)
  else ranges[ranges.length - 1] = { ...last, to: Buffer.compare(next.to, last.to) > 0 ? next.to : last.to, exact: false }
}

/** Whether what the keys of each stretch have in common is whole, so that they can be merged by what follows it. */
export function canMerge(ranges: readonly KeyRange[]): boolean {
  return ranges.every(({ from, shared }) => shared <= from.length)
}

function directed(index: Index, field: number, intervals: Interval[]): Interval[] {
  return index.pattern[field]?.direction === -1 ? turned(intervals) : intervals
}

function rangeOf(prefix: Buffer, interval: Interval | null): { from: Buffer, to: Buffer } {
  const low = wholeBound(prefix, interval?.from)
  if (interval === null) return { from: low.bound, to: after(low.bound) }
  const high = wholeBound(prefix, interval.to)
  return { from: low.bound, to: high.cut ? after(high.bound) : high.bound }
}

/** Bounds up to this length are never cut. */
const SHORT_BOUND = 256

function wholeBound(prefix: Buffer, tail: Buffer | undefined): { bound: Buffer, cut: boolean } {
  const bytes = tail === undefined ? prefix : joined(prefix, tail)
  if (bytes.length <= INDEX_PREFIX_BYTES + SHORT_BOUND) return { bound: bytes, cut: false }
  const { bound, cut } = storedBound(bytes.subarray(INDEX_PREFIX_BYTES))
  return cut ? { bound: joined(prefix.subarray(0, INDEX_PREFIX_BYTES), bound), cut } : { bound: bytes, cut }
}

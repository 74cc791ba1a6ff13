/** What a list of times in ms is told by. */
export interface Times {
  count: number
  p50: number
  p75: number
  p99: number
  max: number
}

/** Sorts and reads off; all 0 for an empty list. */
export function timesOf(list: Iterable<number>): Times {
  const sorted = Float64Array.from(list).toSorted()
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
  return { count: sorted.length, p50: at(0.5), p75: at(0.75), p99: at(0.99), max: sorted.at(-1) ?? 0 }
}

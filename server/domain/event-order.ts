/** A place in the canonical order of one person's events. */
export interface Mark {
  at: Date
  key: string
}

/**
 * The canonical order: by time, then by key, shorter keys first and equal lengths by code point (so that row 9 comes
 * before row 10). Every rule sees events in this order, in whichever order they arrived.
 */
export function compareMarks(a: Mark, b: Mark): number {
  return a.at.getTime() - b.at.getTime() || compareKeys(a.key, b.key)
}

function compareKeys(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  if (a === b) return 0
  return a < b ? -1 : 1
}

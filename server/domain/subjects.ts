/**
 * Subjects remembered of one person in one list at most. Far above what people reach within a window; it keeps the
 * memory bounded against a robot that invents ids. The least recently touched is forgotten first.
 */
const subjectLimit = 1000

/** Subjects forgotten at each step at most: more than can be added in one, so that the work is shared out. */
const sweepPerStep = 4

/** What the list remembers about the subject. */
export function findSubject<T extends { subject: string }>(list: readonly T[], subject: string): T | undefined {
  const place = placeOf(list, subject)
  return place < 0 ? undefined : list[place] // a list looks for -1 as for a name, which is slow
}

/** Where the list remembers the subject; -1: nowhere. From the end: what was touched last is asked for most. */
export function placeOf(list: readonly { subject: string }[], subject: string): number {
  for (let index = list.length - 1; index >= 0; index -= 1) if (list[index]?.subject === subject) return index
  return -1
}

/**
 * The list with what is remembered about one subject, which stood at `place`, at its end, and without a few that no
 * longer matter: those whose time, by `timeOf`, is `spentAt` or earlier. The list is in the order of touching, so they
 * stand at its head.
 */
export function touchSubject<T>(list: readonly T[], place: number, touched: T, spentAt: number, timeOf: (one: T) => number): readonly T[] {
  const excess = list.length + (place < 0 ? 1 : 0) - subjectLimit
  let spent = 0
  for (const old of list) {
    const goes = spent !== place && spent < sweepPerStep && (spent < excess || timeOf(old) <= spentAt)
    if (!goes) break
    spent += 1
  }
  return movedToEnd(spent === 0 ? list : list.slice(spent), place - spent, touched)
}

/**
 * The list without what stood at `place` (negative: nothing), and with `touched` at its end. Copies once, since it is
 * done at every event.
 */
export function movedToEnd<T>(list: readonly T[], place: number, touched: T): readonly T[] {
  if (place < 0) return list.concat([touched])
  const moved = list.slice()
  for (let index = place + 1; index < moved.length; index += 1) moved[index - 1] = moved[index] as T
  moved[moved.length - 1] = touched
  return moved
}

/**
 * Subjects remembered of one person in one list at most. Far above what people reach within a window; it keeps the
 * memory bounded against a robot that invents ids. The least recently touched is forgotten first.
 */
const subjectLimit = 1000

/** Subjects looked at for forgetting at each step: more than can be added in one, so that the work is shared out. */
const sweepPerStep = 4

/** What the list remembers about the subject. */
export function findSubject<T extends { subject: string }>(list: readonly T[], subject: string): T | undefined {
  for (const one of list) if (one.subject === subject) return one
  return undefined
}

/**
 * The list with what is remembered about one subject at its end, and without a few that no longer matter: those whose
 * time, by `timeOf`, is `spentAt` or earlier.
 */
export function touchSubject<T extends { subject: string }>(list: readonly T[], touched: T, spentAt: number, timeOf: (one: T) => number): readonly T[] {
  const kept: T[] = []
  let over = list.length < subjectLimit ? 0 : excess(list, touched.subject)
  let looks = sweepPerStep
  for (const old of list) {
    if (old.subject === touched.subject) continue
    if (looks-- > 0 && (over > 0 || timeOf(old) <= spentAt)) over -= 1
    else kept.push(old)
  }
  kept.push(touched)
  return kept
}

/** How many subjects too many there will be with this one. */
function excess(list: readonly { subject: string }[], subject: string): number {
  return list.length + (findSubject(list, subject) ? 0 : 1) - subjectLimit
}

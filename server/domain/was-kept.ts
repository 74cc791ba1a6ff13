import type { Mark } from './recording.ts'

/**
 * Whether something that happened at `at` and was heard of at `heardAt` is still to be found: of who was erased nothing
 * from before is; what somebody did before they paused stays, and what came in while they were paused was never stored.
 */
export function wasKept(mark: Mark | undefined, at: Date, heardAt: Date): boolean {
  return (mark?.silences ?? []).every(({ why, from, to }) => {
    const isAfter = to !== null && at > to
    if (why === 'erased') return isAfter
    return heardAt < from || isAfter || (to !== null && heardAt > to && at < from)
  })
}

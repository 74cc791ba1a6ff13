import { TencentRefused } from '../domain/errors.ts'
import { refusalKind } from '../domain/refusal.ts'
import type { HighWater, Mark } from '../ports/high-water.ts'
import type { NumbersPage, TimeRange } from '../ports/shop.ts'

export interface ReadListDeps {
  highWater: HighWater
  /** Of the list; its mark is kept under it. */
  name: string
  /** The longest range that one question may span. */
  longestMs: number
  /** Read again before the mark: the list's clock is not ours, and what changes while pages turn may slip between two. */
  overlapMs: number
  /** Where the very first reading begins, before now. */
  firstMs: number
  page: (range: TimeRange, cursor: string) => Promise<NumbersPage>
  take: (numbers: readonly string[]) => Promise<void>
}

/**
 * Reads all that a list has from the mark up to now, range by range, page by page. The mark moves after each page, so
 * that a run that was cut short goes on where it stopped; a page may then come twice.
 * @throws what `page` and `take` throw
 */
export async function readList(deps: ReadListDeps, now: Date): Promise<void> {
  const { highWater, name, longestMs, overlapMs, firstMs } = deps
  const stored = await highWater.get(name)
  let mark: Mark = stored ?? { upTo: new Date(now.getTime() - firstMs), underWay: null }
  while (mark.upTo < now) {
    const from = new Date(mark.upTo.getTime() - overlapMs)
    const to = mark.underWay?.to ?? new Date(Math.min(now.getTime(), from.getTime() + longestMs))
    await readRange(deps, mark, { from, to })
    mark = { upTo: to, underWay: null }
    await highWater.put(name, mark)
  }
}

async function readRange(deps: ReadListDeps, mark: Mark, range: TimeRange): Promise<void> {
  let cursor = mark.underWay?.cursor ?? ''
  let resumed = cursor !== ''
  do {
    const page = await deps.page(range, cursor).catch((error: unknown) => startOver(error, resumed))
    resumed = false
    if (page) await deps.take(page.numbers)
    cursor = page?.nextCursor ?? ''
    if (page && cursor !== '') await deps.highWater.put(deps.name, { upTo: mark.upTo, underWay: { to: range.to, cursor } })
    if (!page) await readRange(deps, { ...mark, underWay: null }, range)
  } while (cursor !== '')
}

/** A cursor of an earlier run may have lost its meaning: then the range is read from its beginning. */
function startOver(error: unknown, resumed: boolean): null {
  if (resumed && error instanceof TencentRefused && refusalKind(error.errcode) === 'permanent') return null
  throw error
}

import type { TencentRefused } from '../domain/errors.ts'
import type { StageOutcome, SyncPage, SyncProgress } from '../ports/sync-progress.ts'

/** What one stage of a synchronisation is given: where it stood before a restart, and who watches. */
export interface StageRun {
  /** When the whole run began. */
  startedAt: Date
  /** What of this part was read before; the stage goes on after it. */
  pages(part: string): Promise<readonly SyncPage[]>
  /** One page of it, where all at once would be too many; null: not read yet. */
  page(part: string, number: number): Promise<SyncPage | null>
  /** Everything of this page is kept: a restart goes on after it. */
  addPage(part: string, page: SyncPage): Promise<void>
  dropPart(part: string): Promise<void>
  /** Somebody wants to know how many there will be, and nobody has said. */
  wantsTotal(): boolean
  /** So many will be read in all. */
  expect(total: number): void
  /** So many more were read, now or before a restart. */
  count(read: number, changed: number): void
  /** An answer that is a refusal: noted, and the rest goes on. */
  refuse(error: TencentRefused, about: string | null): void
  outcome(): StageOutcome
}

/** Who watches a stage; numbers so far. */
export interface StageWatch {
  moved(read: number, total: number | null): void
}

export interface StageRunDeps {
  progress: Pick<SyncProgress, 'pages' | 'page' | 'addPage' | 'dropPart'>
  stage: string
  startedAt: Date
  /** null: nobody watches. */
  watch: StageWatch | null
  /** How many there were the last time; null: there was none. */
  total?: number | null
}

/** A stage whose checkpoints are kept in the store. */
export function createStageRun({ progress, stage, startedAt, watch, ...deps }: StageRunDeps): StageRun {
  const refused: StageOutcome['refused'][number][] = []
  const sum = { read: 0, changed: 0 }
  let total = deps.total ?? null
  return {
    startedAt,
    pages: (part) => progress.pages(stage, part),
    page: (part, number) => progress.page(stage, part, number),
    addPage: (part, page) => progress.addPage(stage, part, page),
    dropPart: (part) => progress.dropPart(stage, part),
    wantsTotal: () => watch !== null && total === null,
    expect(count) {
      total = count
      watch?.moved(sum.read, total)
    },
    count(read, changed) {
      sum.read += read
      sum.changed += changed
      watch?.moved(sum.read, total)
    },
    refuse({ api, errcode }, about) {
      refused.push({ api, errcode, about })
    },
    outcome: () => ({ ...sum, refused: [...refused] }),
  }
}

/** A stage that always begins at its beginning. */
export function looseStageRun(startedAt: Date): StageRun {
  const progress = { pages: async () => [], page: async () => null, addPage: async () => {}, dropPart: async () => {} }
  return createStageRun({ progress, stage: '', startedAt, watch: null })
}

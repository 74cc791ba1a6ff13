import { TencentRefused, TencentUnreachable } from '../domain/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { StageOutcome, SyncProgress, SyncRun } from '../ports/sync-progress.ts'
import { createStageRun, type StageRun } from './sync-stage.ts'

/** What is synchronised, in this order: contacts first, because callbacks wait for them. */
export const stageNames = ['contacts', 'members', 'tags', 'followers'] as const
export type StageName = (typeof stageNames)[number]

/** Who watches a synchronisation; total null: nobody knows yet. */
export interface SyncWatch {
  begins(stage: StageName): void
  moved(stage: StageName, read: number, total: number | null): void
  /** `resumed`: it had come to its end before a restart. */
  ended(stage: StageName, outcome: StageOutcome, resumed: boolean): void
  /** It goes on with the next run. */
  failed(stage: StageName, api: string, errcode: number | null): void
}

export interface SynchroniseDeps {
  syncProgress: SyncProgress
  stages: Readonly<Record<StageName, (run: StageRun) => Promise<unknown>>>
  newId: () => string
  clock: Clock
  log: Log
}

export interface SyncSummary {
  /** Whether an earlier run was gone on with. */
  resumed: boolean
  stages: Readonly<Partial<Record<StageName, StageOutcome>>>
  /** Stages that did not come to an end: what Tencent left unanswered. */
  failed: readonly StageName[]
  /** Why the first of them did not. */
  failure: TencentRefused | TencentUnreachable | null
}

export type Synchronise = ReturnType<typeof createSynchronise>

type Failure = TencentRefused | TencentUnreachable

/** A run that was left so long ago is not gone on with: what it read is old. */
const staleMs = 24 * 3600_000

/**
 * Followers, members with departments, contacts and tags, from Tencent into our own copies (A10). Every page is kept and
 * noted before the next is asked for, so that whoever runs this after a kill goes on where it was; a stage that Tencent
 * leaves unanswered keeps no other from coming to its end.
 */
export function createSynchronise({ syncProgress, stages, newId, clock, log }: SynchroniseDeps) {
  async function runToGoOnWith(): Promise<{ run: SyncRun; resumed: boolean }> {
    const left = await syncProgress.underWay()
    const now = clock.now()
    if (left && now.getTime() - left.startedAt.getTime() < staleMs) return { run: left, resumed: true }
    const run: SyncRun = { id: newId(), startedAt: now, ended: {} }
    await syncProgress.begin(run.id, run.startedAt)
    return { run, resumed: false }
  }

  async function doStage(name: StageName, run: SyncRun, watch: SyncWatch | null, total: number | null): Promise<StageOutcome | Failure> {
    const stageWatch = watch && { moved: (read: number, of: number | null) => watch.moved(name, read, of) }
    const stage = createStageRun({ progress: syncProgress, stage: name, startedAt: run.startedAt, watch: stageWatch, total })
    watch?.begins(name)
    try {
      await stages[name](stage)
    } catch (error) {
      if (!(error instanceof TencentRefused) && !(error instanceof TencentUnreachable)) throw error
      const errcode = error instanceof TencentRefused ? error.errcode : null
      log.warn({ stage: name, api: error.api, errcode }, 'synchronisation stopped, to be gone on with')
      watch?.failed(name, error.api, errcode)
      return error
    }
    const outcome = stage.outcome()
    await syncProgress.endStage(run.id, name, outcome)
    return outcome
  }

  /** Never rejects for what Tencent does. @throws StoreUnavailable */
  return async function synchronise(watch: SyncWatch | null = null): Promise<SyncSummary> {
    const { run, resumed } = await runToGoOnWith()
    const outcomes: Partial<Record<StageName, StageOutcome>> = {}
    const failed: StageName[] = []
    let failure: Failure | null = null
    const last = await syncProgress.last()
    for (const name of stageNames) {
      const before = run.ended[name]
      const outcome = before ?? (await doStage(name, run, watch, last[name]?.read ?? null))
      if (outcome instanceof Error) {
        failed.push(name)
        failure ??= outcome
      } else {
        outcomes[name] = outcome
        watch?.ended(name, outcome, before !== undefined)
      }
    }
    if (failed.length === 0) await syncProgress.end(run.id)
    const counts = Object.fromEntries(Object.entries(outcomes).map(([name, { read, changed }]) => [name, { read, changed }]))
    log.info({ resumed, failed, ...counts }, 'synchronised')
    return { resumed, stages: outcomes, failed, failure }
  }
}

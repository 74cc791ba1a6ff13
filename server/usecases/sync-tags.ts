import { TencentRefused } from '../domain/errors.ts'
import { refusalKind } from '../domain/refusal.ts'
import type { CorpTagDirectory, CorpTags } from '../ports/corp-tags.ts'
import type { StageRun } from './sync-stage.ts'

export interface SyncTagsDeps {
  corpTagDirectory: CorpTagDirectory
  corpTags: CorpTags
}

/** The company's tags: one answer holds them all, at most 10,000 (A10). */
export function createSyncTags({ corpTagDirectory, corpTags }: SyncTagsDeps) {
  /** @throws TencentUnreachable, and TencentRefused when it may pass; any other refusal is noted */
  return async function syncTags(run: StageRun): Promise<void> {
    try {
      const groups = await corpTagDirectory.corpTags()
      const changed = (await corpTags.put(groups)) + (await corpTags.keepOnly(groups.map(({ id }) => id)))
      run.count(groups.reduce((sum, { tags }) => sum + tags.length, 0), changed)
    } catch (error) {
      if (!(error instanceof TencentRefused) || refusalKind(error.errcode) === 'retry-later') throw error
      run.refuse(error, null)
    }
  }
}

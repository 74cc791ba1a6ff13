import { type Connection, Schema } from 'mongoose'
import type { StageOutcome, SyncPage, SyncProgress } from '../../ports/sync-progress.ts'
import { guarded } from './guarded.ts'
import { schemaOptions } from './schema.ts'

/** The one synchronisation under way, `_id` 'run', and the outcomes of the one before, `_id` 'last'. */
export interface SyncRunDocument {
  _id: 'run' | 'last'
  run: string
  startedAt: Date
  ended: Record<string, StageOutcome>
}

/** One page of the run under way. */
export interface SyncPageDocument {
  _id: string
  stage: string
  part: string
  number: number
  cursor: string
  listed: readonly string[]
  changed: number
}

const runSchema = new Schema<SyncRunDocument>(
  { _id: String, run: String, startedAt: Date, ended: Schema.Types.Mixed },
  schemaOptions,
)
const pageSchema = new Schema<SyncPageDocument>(
  { _id: String, stage: String, part: String, number: Number, cursor: String, listed: [String], changed: Number },
  schemaOptions,
)
pageSchema.index({ stage: 1, part: 1, number: 1 })

/** Checkpoints: one document a run, one a page that was read; pages go when their stage has come to an end. */
export function mongoSyncProgress({ connection }: { connection: Connection }): SyncProgress {
  const runs = connection.model<SyncRunDocument>('SyncRun', runSchema, 'sync-runs')
  const pages = connection.model<SyncPageDocument>('SyncPage', pageSchema, 'sync-pages')
  return guarded<SyncProgress>({
    async underWay() {
      const found = await runs.findById('run').lean()
      return found && { id: found.run, startedAt: found.startedAt, ended: found.ended }
    },
    async begin(id, startedAt) {
      await pages.deleteMany({ _id: { $gte: '' } })
      await runs.replaceOne({ _id: 'run' }, { run: id, startedAt, ended: {} }, { upsert: true })
    },
    async endStage(runId, stage, outcome) {
      await runs.updateOne({ _id: 'run', run: runId }, { $set: { [`ended.${stage}`]: outcome } })
      await pages.deleteMany({ stage })
    },
    async end(runId) {
      const found = await runs.findById('run').lean()
      if (found?.run !== runId) return
      const { run, startedAt, ended } = found
      await runs.replaceOne({ _id: 'last' }, { run, startedAt, ended }, { upsert: true })
      await runs.deleteOne({ _id: 'run', run: runId })
    },
    async last() {
      return (await runs.findById('last').lean())?.ended ?? {}
    },
    async addPage(stage, part, { number, cursor, listed, changed }) {
      const replacement = { stage, part, number, cursor, listed: [...listed], changed }
      await pages.replaceOne({ _id: pageId(stage, part, number) }, replacement, { upsert: true })
    },
    async pages(stage, part) {
      const found = await pages.find({ stage, part }).sort({ number: 1 }).lean()
      return found.map(toPage)
    },
    async page(stage, part, number) {
      const found = await pages.findById(pageId(stage, part, number)).lean()
      return found && toPage(found)
    },
    async dropPart(stage, part) {
      await pages.deleteMany({ stage, part })
    },
  })
}

const pageId = (stage: string, part: string, number: number): string => `${stage}|${part}|${number}`

function toPage({ number, cursor, listed, changed }: SyncPageDocument): SyncPage {
  return { number, cursor, listed, changed }
}

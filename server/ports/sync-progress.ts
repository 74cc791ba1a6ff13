/** What became of one stage of a synchronisation. */
export interface StageOutcome {
  /** How many members, tags, contacts or followers were read. */
  read: number
  /** How many of them were news. */
  changed: number
  /** What Tencent refused for good: it was left out, the rest went on. */
  refused: readonly Refused[]
}

/** One answer that is a refusal; `about`: the userid or department it was about, null: the whole stage. */
export interface Refused {
  api: string
  errcode: number
  about: string | null
}

/** A synchronisation that has begun; it ends when every stage has come to an end. */
export interface SyncRun {
  id: string
  startedAt: Date
  /** Stages that have come to an end, by name. */
  ended: Readonly<Record<string, StageOutcome>>
}

/** One page that was read and kept: what it listed, and where the next one begins ('' : there is none). */
export interface SyncPage {
  number: number
  cursor: string
  listed: readonly string[]
  /** How many of what it listed were news. */
  changed: number
}

/** How far a synchronisation has come, so that any process goes on where another was killed (A10). */
export interface SyncProgress {
  /** The run that has not ended; null: none has. */
  underWay(): Promise<SyncRun | null>
  /** Begins another run; what is left of an earlier one is dropped. */
  begin(id: string, startedAt: Date): Promise<void>
  /** The stage needs not be done again in this run; its pages are dropped. */
  endStage(runId: string, stage: string, outcome: StageOutcome): Promise<void>
  /** The whole run has come to an end; its outcomes stay readable as `last`. */
  end(runId: string): Promise<void>
  /** Outcomes of the run that ended last, by stage. */
  last(): Promise<Readonly<Record<string, StageOutcome>>>
  /** Notes a page of one part of a stage; the same number twice is one page. */
  addPage(stage: string, part: string, page: SyncPage): Promise<void>
  /** Pages of this part so far, in order. */
  pages(stage: string, part: string): Promise<readonly SyncPage[]>
  /** One of them, where all at once would be too many; null: not read yet. */
  page(stage: string, part: string, number: number): Promise<SyncPage | null>
  /** The part begins anew. */
  dropPart(stage: string, part: string): Promise<void>
}

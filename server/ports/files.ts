import type { Trace } from './privacy.ts'

/** Log files and archives outside of the store. */
export interface Files {
  /** Entries (lines, or whole files that have none) that hold one of these texts; compressed files are read as they were. */
  search(paths: readonly string[], texts: readonly string[]): Promise<readonly Trace[]>
}

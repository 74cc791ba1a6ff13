import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder of this run's own, for what several test files make once and share. */
    runFolder: string
  }
}

/** Once for the whole run: an empty folder, gone afterwards. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'run-'))
  project.provide('runFolder', folder)
  return () => rm(folder, { recursive: true, force: true })
}

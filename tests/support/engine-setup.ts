import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { launchEmbeddedMongo } from '../../server/embedded-mongo/launch.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The server that all test files share, each with databases of its own. */
    storeUri: string
  }
}

/** Once for the whole run: MONGODB_URI if it is set, else an embedded engine on a directory that goes afterwards. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.MONGODB_URI
  if (given) {
    project.provide('storeUri', given)
    return async () => undefined
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'store-'))
  const engine = await launchEmbeddedMongo({ dataDir, fsync: false })
  project.provide('storeUri', engine.uri)
  return async () => {
    await engine.close()
    await rm(dataDir, { recursive: true, force: true })
  }
}

import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openStores, type Stores } from '../../server/adapters/mongo/connect.ts'
import type { Log } from '../../server/ports/log.ts'
import { launchEmbeddedMongo } from '../../server/embedded-mongo/launch.ts'

/** A store of a measurement's own, pinned where this process is; its engine ends soon after `close`. */
export interface BenchStore {
  dataDir: string
  folder: string
  uri: string
  /** The engine's process id. */
  pid: number
  stores: Stores
  close(): Promise<void>
}

export const quietLog: Log = { info: () => undefined, warn: () => undefined, error: (fields, text) => console.error(text, fields) }

/** Starts the embedded engine, durable as in production, on an empty folder. */
export async function openBenchStore(): Promise<BenchStore> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  const dataDir = join(folder, 'data')
  const engine = await launchEmbeddedMongo({ dataDir })
  const stores = await openStores({ uri: engine.uri, log: quietLog })
  const pid = Number(readFileSync(join(dataDir, 'engine.pid'), 'utf8'))
  return {
    dataDir,
    folder,
    uri: engine.uri,
    pid,
    stores,
    async close() {
      await stores.close()
      await engine.close()
      await ended(pid)
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** The engine ends by itself 2 s after its last client. */
async function ended(pid: number): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    try {
      process.kill(pid, 0)
    } catch {
      return // it is gone
    }
    await pause(100)
  }
}

/** What every product of a measurement is given, beside what the stand-in says. */
export function productEnv(dataDir: string): Record<string, string> {
  return {
    PORT: '0',
    PUBLIC_URL: 'http://brand.test',
    SESSION_SECRET: 'a-session-secret-of-the-benchmarks',
    DATA_DIR: dataDir,
    ALERT_MERGE_MINUTES: '0',
    OPENING_HOURS: '00:00-24:00',
    INBOUND_FILE: 'none',
    OUTGOING_WEBHOOKS_FILE: 'none',
  }
}

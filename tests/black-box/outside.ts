import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { onTestFinished, vi } from 'vitest'
import { openStores, type Stores } from '../../server/adapters/mongo/connect.ts'
import { launchEmbeddedMongo } from '../../server/embedded-mongo/launch.ts'
import { openFakeTencent, type FakeTencent } from '../fake-tencent/main.ts'
import { silentLog } from '../support/store.ts'
import { startServerProcess, type ServerProcess } from './server-process.ts'

/** A brand seen from outside: Tencent's stand-in, a data directory, and server processes that share them. Real time. */
export interface Outside {
  tencent: FakeTencent
  /** Everything that a server process is given. */
  env: Readonly<Record<string, string>>
  folder: string
  dataDir: string
  /** Starts a server; callbacks go to the one started last. */
  start(env?: Readonly<Record<string, string>>): Promise<ServerProcess>
  /** The stores of the data directory, opened beside the servers. */
  look(): Promise<Stores>
  /** Process id of the embedded store. */
  enginePid(): number
}

export const publicUrl = 'http://brand.test'

/** Opens one; all of it is gone after the test. */
export async function openOutside(): Promise<Outside> {
  const tencent = await openFakeTencent({ clock: { now: () => new Date() } })
  const folder = await mkdtemp(join(tmpdir(), 'outside-'))
  const dataDir = join(folder, 'data')
  const pidFile = join(dataDir, 'engine.pid')
  const env = {
    PORT: '0',
    PUBLIC_URL: publicUrl,
    SESSION_SECRET: 'a-session-secret-of-the-tests',
    DATA_DIR: dataDir,
    ALERT_MERGE_MINUTES: '0',
    OPENING_HOURS: '00:00-24:00',
    ...tencent.env(),
  }
  onTestFinished(async () => {
    await tencent.close()
    if (existsSync(pidFile)) await endStore(() => Number(readFileSync(pidFile, 'utf8')))
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  return {
    tencent,
    env,
    folder,
    dataDir,
    async start(more = {}) {
      const server = await startServerProcess({ ...env, ...more }, folder)
      tencent.connect(server.url, publicUrl)
      return server
    },
    async look() {
      const engine = await launchEmbeddedMongo({ dataDir })
      const stores = await openStores({ uri: engine.uri, log: silentLog })
      onTestFinished(async () => {
        await stores.close()
        await engine.close()
      })
      return stores
    },
    enginePid: () => Number(readFileSync(pidFile, 'utf8')),
  }
}

/** The store would end by itself 2 s after its last client; nobody needs to wait for that. */
async function endStore(pid: () => number): Promise<void> {
  await vi.waitFor(() => {
    const running = pid()
    // 0, of a file that is just being written, would be all of us.
    if (running === 0 || signalled(running, 'SIGTERM')) throw new Error('the store still runs')
  }, { timeout: 30_000, interval: 20 })
}

/** False: there is no such process any more. */
function signalled(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

/** How the phone reads once it has rung `count` times. */
export async function rings(actor: { readonly titles: readonly string[] }, count: number, withinMs: number): Promise<readonly string[]> {
  await vi.waitFor(() => {
    if (actor.titles.length < count) throw new Error(`rang ${actor.titles.length} times`)
  }, { timeout: withinMs, interval: 20 })
  return actor.titles
}

/** Tencent tells time in whole seconds: what is to come after something else waits for the next one. */
export async function nextSecond(): Promise<void> {
  await pause(1_010 - (Date.now() % 1_000))
}

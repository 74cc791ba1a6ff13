import { createServer, type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { loadConfig } from '../../config/load.ts'
import { startServer, type RunningServer, type ServerOptions } from '../../server/server.ts'
import { openFakeTencent, type FakeTencent } from '../fake-tencent/main.ts'
import { memoryLog, type MemoryLog } from './memory-log.ts'
import { testDatabase } from './store.ts'

export interface BrandOptions {
  /** Beijing time, `2026-03-02T10:00`. */
  at?: string
  /** Further environment, over the stand-in's own. */
  env?: Readonly<Record<string, string>>
  /** True: the worker runs by itself, as in production. */
  loops?: boolean
  server?: Partial<ServerOptions>
}

/** A whole brand: the server as in production, Tencent's stand-in, and one clock held still. */
export interface TestBrand {
  url: string
  tencent: FakeTencent
  server: RunningServer
  log: MemoryLog
  clock: TestClock
  env: Readonly<Record<string, string>>
  /** Handles what is due now, until nothing is left. */
  settle(): Promise<void>
  /** Moves the clock, settling on the way as time would. */
  passes(minutes: number): Promise<void>
  /** A second process of the same brand, on the same store. */
  another(options?: Pick<BrandOptions, 'loops'>): Promise<RunningServer>
  close(): Promise<void>
}

export interface TestClock {
  now(): Date
  set(at: string): void
  move(ms: number): void
}

/** Opens a brand with a database of its own. Close it in the test that opened it. */
export async function openBrand(options: BrandOptions = {}): Promise<TestBrand> {
  const clock = testClock(options.at ?? '2026-03-02T10:00')
  const tencent = await openFakeTencent({ clock })
  const log = memoryLog()
  const database = testDatabase()
  const port = await freePort()
  const env = {
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    SESSION_SECRET: 'a-session-secret-of-the-tests',
    MONGODB_URI: database.uri,
    ALERT_MERGE_MINUTES: '0',
    OPENING_HOURS: '00:00-24:00',
    INBOUND_FILE: 'none',
    OUTGOING_WEBHOOKS_FILE: 'none',
    // Budgets refill with the clock, which stands still here.
    RATE_LIMITS: 'off',
    ...tencent.env(),
    ...options.env,
  }
  const started: RunningServer[] = []

  async function start(own: Readonly<Record<string, string>> = {}, loops = options.loops ?? false): Promise<RunningServer> {
    const config = loadConfig({ ...env, ...own })
    const pagesRoot = fileURLToPath(new URL('../../dist/sidebar', import.meta.url))
    const server = await startServer(config, { clock, log, pagesRoot, loops, jsSdkUrl: null, ...options.server })
    started.push(server)
    return server
  }

  const server = await start()
  tencent.connect(server.url, env.PUBLIC_URL)
  await server.useCases.syncContacts()
  const settle = () => server.useCases.worker.drain()

  return {
    url: server.url,
    tencent,
    server,
    log,
    clock,
    env,
    settle,
    async passes(minutes) {
      clock.move(minutes * 60_000)
      await settle()
    },
    another: (how = {}) => start({ PORT: '0' }, how.loops),
    async close() {
      for (const each of started) await each.close()
      await tencent.close()
      await database.drop()
    },
  }
}

/** The public address must be known before the server listens: it is what Tencent's sign-in pages trust. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}

function testClock(at: string): TestClock {
  let now = beijing(at)
  return {
    now: () => new Date(now),
    set: (text) => (now = beijing(text)),
    move: (ms) => (now += ms),
  }
}

function beijing(text: string): number {
  return new Date(`${text}${text.length === 16 ? ':00' : ''}+08:00`).getTime()
}

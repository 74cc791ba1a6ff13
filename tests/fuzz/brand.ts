import { loadConfig } from '../../config/load.ts'
import type { Log } from '../../server/ports/log.ts'
import { startServer, type RunningServer } from '../../server/server.ts'
import { openFakeTencent, type FakeTencent } from '../fake-tencent/main.ts'
import { inboundEnv } from '../support/connector.ts'

/** The product beside the stand-in, outside of the test runner, its clock held still. */
export interface FuzzedBrand {
  url: string
  env: Readonly<Record<string, string>>
  tencent: FakeTencent
  server: RunningServer
  clock: { now(): Date; set(at: string): void; move(ms: number): void }
  settle(): Promise<void>
  close(): Promise<void>
}

/** @param store `MONGODB_URI` of a database of its own, or a `DATA_DIR` for the embedded store */
export async function openFuzzedBrand(store: Readonly<Record<string, string>>, log: Log): Promise<FuzzedBrand> {
  let now = new Date('2026-03-02T10:00:00+08:00').getTime()
  const clock = { now: () => new Date(now), set: (at: string) => void (now = new Date(at).getTime()), move: (ms: number) => void (now += ms) }
  const tencent = await openFakeTencent({ clock })
  const publicUrl = 'http://brand.test'
  const env = {
    PORT: '0',
    PUBLIC_URL: publicUrl,
    SESSION_SECRET: 'a-session-secret-of-the-fuzzing',
    OUTGOING_WEBHOOKS_FILE: 'none',
    OPENING_HOURS: '00:00-24:00',
    ALERT_MERGE_MINUTES: '0',
    RATE_LIMITS: 'off',
    OPERATORS: 'ou',
    ...tencent.env(),
    ...inboundEnv,
    ...store,
  }
  const server = await startServer(loadConfig(env), { clock, log, pagesRoot: 'dist/sidebar', loops: false, jsSdkUrl: null, fsync: false })
  tencent.connect(server.url, publicUrl)
  return {
    url: server.url,
    env,
    tencent,
    server,
    clock,
    settle: () => server.useCases.worker.drain(),
    async close() {
      await server.close()
      await tencent.close()
    },
  }
}

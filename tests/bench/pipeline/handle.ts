import { loadConfig } from '../../../config/load.ts'
import { noTencent } from '../../../server/commands/no-tencent.ts'
import { startServer } from '../../../server/server.ts'
import { brandEnv, mira } from '../../fake-tencent/brand.ts'
import { productEnv, quietLog } from '../brand.ts'
import { input } from '../callbacks/listening.ts'
import { processorSeconds } from '../processes.ts'
import { mallDelivery } from './events.ts'
import { fiftyRules } from './rules.ts'

/** What handling so many stored events took. */
export interface Handled {
  events: number
  seconds: number
  /** Processor seconds of this process and of the engine. */
  processor: number
  engine: number
  alerts: number
  signals: number
}

/** The whole product without loops and without Tencent: stores events, then handles all that wait while the time runs. */
const plan = input<{ dataDir: string; enginePid: number; customers: number; events: number; warm: number; rules: number }>()
const nobody = 'http://127.0.0.1:9'
const bases = { weComApi: nobody, weChatApi: nobody, weChatOpen: nobody, weComLogin: nobody, weChatPay: nobody }
const env = Object.entries({ ...productEnv(plan.dataDir), ...brandEnv(mira, bases) }).filter(([name]) => !/^(WXPAY|OA|SHOP|MINIPROGRAM)_/.test(name))
const server = await startServer(loadConfig(Object.fromEntries(env)), {
  clock: { now: () => new Date() },
  log: quietLog,
  pagesRoot: '.',
  loops: false,
  rules: fiftyRules(plan.rules),
  tencent: () => noTencent,
})
const started = new Date(Date.now() - 60_000)
const run = Math.floor(started.getTime() / 1000) % 1_000_000
await store(0, plan.warm)
await server.useCases.worker.drainInbox()
await store(plan.warm, plan.events)
process.send?.(await handleAll())
await server.close()
process.disconnect?.()

/** Events are numbered anew each run, so that a store that is kept takes them as new. */
async function store(from: number, count: number): Promise<void> {
  for (let at = 0; at < count; at += 500) {
    const batch = Array.from({ length: Math.min(500, count - at) }, (_, index) => mallDelivery(run * 1_000_000 + from + at + index, plan.customers, new Date(started.getTime() - run * 1_000_000)))
    await server.stores.inbox.accept(batch)
  }
}

async function handleAll(): Promise<Handled> {
  const before = { own: process.cpuUsage(), engine: processorSeconds(plan.enginePid), at: performance.now() }
  await server.useCases.worker.drainInbox()
  const seconds = (performance.now() - before.at) / 1000
  const { user, system } = process.cpuUsage(before.own)
  const engine = processorSeconds(plan.enginePid) - before.engine
  const { waiting } = await server.stores.inbox.depth()
  if (waiting > 0) throw new Error(`${waiting} events were not handled`)
  return { events: plan.events, seconds, processor: (user + system) / 1e6, engine, ...(await raised()) }
}

async function raised(): Promise<{ alerts: number; signals: number }> {
  let [alerts, signals] = [0, 0]
  for await (const { because } of server.stores.signals.standing()) {
    signals += 1
    if (because === 'alerted') alerts += 1
  }
  return { alerts, signals }
}

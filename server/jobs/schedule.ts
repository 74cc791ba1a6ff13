import { randomUUID } from 'node:crypto'
import cron from 'node-cron'
import type { Leases } from '../ports/leases.ts'
import type { Log } from '../ports/log.ts'

export interface ScheduleDeps {
  leases: Leases
  syncContacts: () => Promise<unknown>
  log: Log
}

const nightly = '17 3 * * *'
/** Longer than a run takes: a second process that wakes meanwhile finds it taken. */
const runTtlMs = 10 * 60_000
const againMs = [5_000, 30_000, 120_000]

/** Cron lines only wake work that is claimed in the store: with many processes each run happens once (I3, A10). */
export function scheduleJobs(deps: ScheduleDeps): { stop(): Promise<void> } {
  const { leases, syncContacts, log } = deps
  const holder = randomUUID()
  let stopped = false
  let running: Promise<void> = Promise.resolve()
  const timers = new Set<NodeJS.Timeout>()

  async function run(tries: number): Promise<void> {
    if (stopped || !(await leases.hold('sync-contacts', holder, runTtlMs))) return
    try {
      await syncContacts()
    } catch (error) {
      log.warn({ err: error, tries }, 'contacts could not be read, trying again')
      later(tries)
    } finally {
      await leases.release('sync-contacts', holder)
    }
  }

  function later(tries: number): void {
    const waitMs = againMs[tries]
    if (waitMs === undefined || stopped) return
    const timer = setTimeout(() => {
      timers.delete(timer)
      start(tries + 1)
    }, waitMs)
    timers.add(timer)
  }

  function start(tries: number): void {
    running = running.then(() => run(tries)).catch((error: unknown) => log.error({ err: error }, 'job failed'))
  }

  const task = cron.schedule(nightly, () => start(0))
  start(0)
  return {
    async stop() {
      stopped = true
      for (const timer of timers) clearTimeout(timer)
      await task.destroy()
      await running
    },
  }
}

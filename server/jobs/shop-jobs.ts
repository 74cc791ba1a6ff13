import { randomUUID } from 'node:crypto'
import cron from 'node-cron'
import type { Leases } from '../ports/leases.ts'
import type { Log } from '../ports/log.ts'

export interface ShopJobsDeps {
  leases: Leases
  reconcileShop: () => Promise<unknown>
  log: Log
}

const hourly = '41 * * * *'
const leaseName = 'reconcile-shop'
/** Longer than a run takes: a second process that wakes meanwhile finds it taken. */
const leaseMs = 10 * 60_000
const againMs = [10_000, 60_000, 300_000]

/** At start and every hour the shop is asked what its callbacks did not tell; one process at a time (A3, I3). */
export function scheduleShopJobs(deps: ShopJobsDeps): { stop(): Promise<void> } {
  const { leases, log } = deps
  const holder = randomUUID()
  let stopped = false
  let running: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined

  async function run(tries: number): Promise<void> {
    if (stopped || !(await leases.hold(leaseName, holder, leaseMs))) return
    try {
      await deps.reconcileShop()
    } catch (error) {
      log.warn({ err: error, tries }, 'the shop could not be reconciled')
      const waitMs = againMs[tries]
      if (waitMs !== undefined && !stopped) timer = setTimeout(() => start(tries + 1), waitMs)
    } finally {
      await leases.release(leaseName, holder)
    }
  }

  function start(tries: number): void {
    clearTimeout(timer)
    running = running.then(() => run(tries)).catch((error: unknown) => log.error({ err: error }, 'job failed'))
  }

  const task = cron.schedule(hourly, () => start(0))
  start(0)
  return {
    async stop() {
      stopped = true
      clearTimeout(timer)
      await task.destroy()
      await running
    },
  }
}

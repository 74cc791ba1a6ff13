import { randomUUID } from 'node:crypto'
import cron from 'node-cron'
import { StoreUnavailable } from '../domain/errors.ts'
import type { Leases } from '../ports/leases.ts'
import type { Log } from '../ports/log.ts'

export interface PayJobsDeps {
  leases: Leases
  /** Every process needs the keys for itself; which of them fetches is decided by a lease of its own. */
  refreshPlatformKeys: () => Promise<void>
  /** Asks for the state of unpaid payments; one process at a time. */
  askPayments: () => Promise<number>
  log: Log
}

const everyFifteenSeconds = '*/15 * * * * *'
const leaseName = 'ask-payments'
const leaseMs = 60_000

/** What WeChat Pay does not tell by itself: its certificates, and payments whose notification never came (A4). */
export function schedulePayJobs(deps: PayJobsDeps): { stop(): Promise<void> } {
  const { leases, log } = deps
  const holder = randomUUID()
  let running: Promise<void> = Promise.resolve()

  async function work(): Promise<void> {
    try {
      await deps.refreshPlatformKeys()
      if (await leases.hold(leaseName, holder, leaseMs)) await deps.askPayments()
    } catch (error) {
      if (error instanceof StoreUnavailable) log.warn({ code: error.code }, 'payments not asked about')
      else log.error({ err: error }, 'job failed')
    }
  }

  /** A tick while one is under way is left out. */
  let busy = false
  function tick(): void {
    if (busy) return
    busy = true
    running = work().finally(() => (busy = false))
  }

  const task = cron.schedule(everyFifteenSeconds, tick)
  tick()
  return {
    async stop() {
      await task.destroy()
      await running
    },
  }
}

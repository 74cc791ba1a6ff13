import cron from 'node-cron'
import type { Leases } from '../ports/leases.ts'
import type { Log } from '../ports/log.ts'
import { createLeasedJob, type JobPlan } from './leased-job.ts'

export interface ScheduleDeps {
  leases: Leases
  syncContacts: () => Promise<unknown>
  reconcileShop: () => Promise<unknown>
  /** The store's own: its night is when nobody waits. */
  timeZone: string
  log: Log
}

export interface Jobs {
  /** What may have been missed is looked at once more, at once: each job by itself, so that one holds up no other. */
  catchUp(): void
  stop(): Promise<void>
}

const nightly = '17 3 * * *'
const hourly = '41 * * * *'

/**
 * At start, and then every night and every hour, WeCom and the shop are asked what their callbacks did not tell. Cron
 * lines only wake work that is claimed in the store: with many processes each run happens once (I3, A10, A3).
 */
export function scheduleJobs({ leases, syncContacts, reconcileShop, timeZone, log }: ScheduleDeps): Jobs {
  const plans: readonly (JobPlan & { line: string })[] = [
    { name: 'sync-contacts', run: syncContacts, againMs: [5_000, 30_000, 120_000], line: nightly },
    { name: 'reconcile-shop', run: reconcileShop, againMs: [10_000, 60_000, 300_000], line: hourly },
  ]
  const jobs = plans.map(({ line, ...plan }) => {
    const job = createLeasedJob({ leases, log }, plan)
    return { ...job, task: cron.schedule(line, () => job.request(), { timezone: timeZone }) }
  })
  const catchUp = () => {
    for (const job of jobs) job.request()
  }
  catchUp()
  return {
    catchUp,
    async stop() {
      await Promise.all(jobs.flatMap(({ task, stop }) => [task.destroy(), stop()]))
    },
  }
}

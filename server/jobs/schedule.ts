import cron from 'node-cron'
import { isJobDue, type JobTimes } from '../domain/job-times.ts'
import type { Clock } from '../ports/clock.ts'
import type { HighWater } from '../ports/high-water.ts'
import type { Leases } from '../ports/leases.ts'
import type { Log } from '../ports/log.ts'
import { createLeasedJob, type JobPlan } from './leased-job.ts'

export interface ScheduleDeps {
  leases: Leases
  /** Keeps when each job's last good run began. */
  highWater: HighWater
  syncContacts: () => Promise<unknown>
  reconcileShop: () => Promise<unknown>
  enforceRetention: () => Promise<unknown>
  /** Counts share chains, and links; absent: not here. */
  countShares?: () => Promise<unknown>
  countLinks?: () => Promise<unknown>
  /** The store's own: its night is when nobody waits. */
  timeZone: string
  clock: Clock
  log: Log
}

export interface Jobs {
  /** What may have been missed is looked at once more, at once: each job by itself, so that one holds up no other. */
  catchUp(): void
  /** Runs what is due by the Clock; cron calls it every minute. */
  wake(): Promise<void>
  stop(): Promise<void>
}

/** `missed`: its work makes good what callbacks did not tell, so it also runs at start and after an outage. */
type Plan = JobPlan & { times: JobTimes; missed: boolean }

const everyMinute = '* * * * *'

/** What pages show without counting while somebody waits (A6, C3). */
function countingPlans({ countShares, countLinks }: ScheduleDeps): Plan[] {
  const plans: Plan[] = []
  if (countShares) plans.push({ name: 'count-shares', run: countShares, againMs: [30_000, 300_000], times: { hourly: 13 }, missed: false })
  if (countLinks) plans.push({ name: 'count-links', run: countLinks, againMs: [60_000, 600_000], times: { daily: 4 * 60 + 7 }, missed: false })
  return plans
}

/**
 * Every night and every hour, and at start, WeCom and the shop are asked what their callbacks did not tell. The cron line
 * only wakes: what is due is found by the Clock and the last run, so that a run missed while nothing ran is made up for.
 * The work is claimed in the store: with many processes each run happens once (I3, A10, A3).
 */
export function scheduleJobs(deps: ScheduleDeps): Jobs {
  const { leases, log } = deps
  const plans: readonly Plan[] = [
    { name: 'sync-contacts', run: deps.syncContacts, againMs: [5_000, 30_000, 120_000], times: { daily: 3 * 60 + 17 }, missed: true },
    { name: 'reconcile-shop', run: deps.reconcileShop, againMs: [10_000, 60_000, 300_000], times: { hourly: 41 }, missed: true },
    { name: 'retention', run: deps.enforceRetention, againMs: [60_000, 600_000], times: { daily: 3 * 60 + 47 }, missed: false },
    ...countingPlans(deps),
  ]
  const jobs = plans.map((plan) => scheduled(deps, plan))
  const wake = async () => {
    await Promise.all(jobs.map((job) => job.wake().catch((error: unknown) => log.warn({ err: error, job: job.name }, 'job not looked at'))))
  }
  const catchUp = () => {
    for (const job of jobs) if (job.missed) job.force()
  }
  const task = cron.schedule(everyMinute, wake)
  catchUp()
  void wake()
  return {
    catchUp,
    wake,
    async stop() {
      await Promise.all([task.destroy(), ...jobs.map((job) => job.stop())])
    },
  }

  function scheduled({ highWater, clock, timeZone }: ScheduleDeps, { times, missed, run, ...plan }: Plan) {
    const markName = `job:${plan.name}`
    let forced = false
    const isDue = async () => isJobDue(times, (await highWater.get(markName))?.upTo ?? null, clock.now(), timeZone)
    /** Asked again under the lease: another process may have done it meanwhile. */
    async function runOnce(): Promise<void> {
      if (!forced && !(await isDue())) return
      forced = false
      const upTo = clock.now()
      try {
        await run()
      } catch (error) {
        forced = true
        throw error
      }
      const last = (await highWater.get(markName))?.upTo
      // Who was frozen in the middle of a run comes back after another has done it, perhaps more than once.
      if (!last || last < upTo) await highWater.put(markName, { upTo, underWay: null })
    }
    const job = createLeasedJob({ leases, log }, { ...plan, run: runOnce })
    return {
      name: plan.name,
      missed,
      stop: job.stop,
      force(): void {
        forced = true
        job.request()
      },
      async wake(): Promise<void> {
        if (await isDue()) job.request()
      },
    }
  }
}

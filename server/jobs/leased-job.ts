import { randomUUID } from 'node:crypto'
import type { Leases } from '../ports/leases.ts'
import type { Log } from '../ports/log.ts'

export interface LeasedJobDeps {
  leases: Leases
  log: Log
}

export interface JobPlan {
  /** Name of its lease. */
  name: string
  run: () => Promise<unknown>
  /** Pauses after failures; the longest is kept for as long as it fails. */
  againMs: readonly [number, ...number[]]
  /** How long a killed process keeps others waiting; renewed while the job runs. */
  ttlMs?: number
}

export interface LeasedJob {
  /** The job is due: now, or as soon as whoever runs it lets go. Several requests while one waits are one. */
  request(): void
  /** Gives the lease back at once, asks for nothing more, and waits for what is under way. */
  stop(): Promise<void>
}

/** The note that a run ended well stands a little longer than those who wait for it sleep. */
const doneLeewayMs = 5_000

/**
 * Work that one process does at a time, claimed in the store (I3, A10). A request is never lost: a lease that another
 * holds, perhaps dead, is tried again after its ttl, and a failure is repeated after a pause, until a run ended well.
 * Whoever waited for another process's run that ended well does not repeat it.
 */
export function createLeasedJob({ leases, log }: LeasedJobDeps, plan: JobPlan): LeasedJob {
  const { name, run, againMs, ttlMs = 30_000 } = plan
  const holder = randomUUID()
  const doneName = `${name}-done`
  let stopped = false
  let queued = false
  let timer: NodeJS.Timeout | undefined
  let renewing: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()

  /** Null: done, here or elsewhere. Otherwise how long to wait before the next try. */
  async function attempt(tries: number, waited: boolean): Promise<{ waitMs: number; tries: number } | null> {
    try {
      if (!(await leases.hold(name, holder, ttlMs))) return { waitMs: ttlMs, tries }
      if (waited && (await doneElsewhere())) return null
      renewing = setInterval(renew, ttlMs / 3)
      await run()
      await leases.hold(doneName, holder, ttlMs + doneLeewayMs)
      return null
    } catch (error) {
      const waitMs = againMs[Math.min(tries, againMs.length - 1)] as number
      if (!stopped) log.warn({ err: error, job: name, tries, waitMs }, 'job failed, to be tried again')
      return { waitMs, tries: tries + 1 }
    } finally {
      await letGo()
    }
  }

  async function doneElsewhere(): Promise<boolean> {
    if (!(await leases.hold(doneName, holder, ttlMs))) return true
    await leases.release(doneName, holder)
    return false
  }

  function renew(): void {
    leases.hold(name, holder, ttlMs).catch((error: unknown) => log.warn({ err: error, job: name }, 'lease not renewed'))
  }

  /** A store that is away lets the lease end by itself. */
  async function letGo(): Promise<void> {
    clearInterval(renewing)
    await leases.release(name, holder).catch(() => {})
  }

  function start(tries: number, waited: boolean): void {
    clearTimeout(timer)
    if (queued || stopped) return
    queued = true
    running = after(running, tries, waited)
  }

  async function after(previous: Promise<void>, tries: number, waited: boolean): Promise<void> {
    await previous
    queued = false
    const next = stopped ? null : await attempt(tries, waited)
    if (next && !stopped && !queued) timer = setTimeout(() => start(next.tries, next.tries === tries), next.waitMs)
  }

  return {
    request: () => start(0, false),
    async stop() {
      stopped = true
      clearTimeout(timer)
      await letGo()
      await running
    },
  }
}

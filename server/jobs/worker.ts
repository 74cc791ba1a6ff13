import { StoreUnavailable } from '../domain/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Inbox } from '../ports/inbox.ts'
import type { Leases } from '../ports/leases.ts'
import type { Log } from '../ports/log.ts'

export interface WorkerDeps {
  inbox: Inbox
  leases: Leases
  clock: Clock
  log: Log
  /** Unique per process. */
  holder: string
  handleDeliveries: () => Promise<number>
  fireTimers: (until: Date) => Promise<number>
  /** What phones need: each returns how much it did. */
  phoneSteps: readonly (() => Promise<number>)[]
  /** One step for each system that hears our webhooks: a silent one holds up nobody else. */
  webhookSteps: readonly (() => Promise<number>)[]
  /** Asks again for what Tencent still owes us. */
  owed: () => Promise<void>
  /** This process becomes the working one: what another left half done is looked at first. */
  takeOver: () => void
}

export type Worker = ReturnType<typeof createWorker>

type Sleep = (ms: number) => Promise<void>

const leaseName = 'worker'
const leaseTtlMs = 6_000
const idleMs = 200
const afterFailureMs = 1_000
/** A store that is back is noticed this soon; a question to one that is away takes longer by itself. */
const askAgainMs = 250
const owedEveryMs = 2_000
const webhooksEveryMs = 1_000
/** A store that comes and goes does not make us read everything again and again. */
const backAtMostEveryMs = 30_000

/**
 * One process of all works at a time, held by a lease, so that order is kept per identity and no phone rings twice.
 * The inbox and the phones have a loop each: a slow Tencent never holds the inbox back.
 */
export function createWorker(deps: WorkerDeps) {
  const { inbox, leases, clock, log, holder } = deps
  const elapsedMs = createStopwatch()
  let leadsUntil = -Infinity
  let looping = false
  let lookAgain = false
  let whenBack = () => {}
  let lastBack = -Infinity
  let askingAgain: NodeJS.Timeout | undefined
  let stopping = false
  const inboxSleep = createSleep()
  const phoneSleep = createSleep()
  const owedSleep = createSleep()
  const webhookLoops = deps.webhookSteps.map((step) => ({ step, sleeping: createSleep() }))

  /** A timer fires only when everything stored up to its end has been handled. */
  async function workInbox(): Promise<number> {
    const upTo = clock.now()
    const handled = await deps.handleDeliveries()
    if (handled > 0) return handled
    const oldest = await inbox.oldest()
    const until = oldest && oldest <= upTo ? new Date(oldest.getTime() - 1) : upTo
    return deps.fireTimers(until)
  }

  async function workPhones(): Promise<number> {
    let count = 0
    for (const step of deps.phoneSteps) count += await step()
    return count
  }

  /** Apart from the inbox, which must not wait for Tencent here. */
  async function askOwed(): Promise<number> {
    await deps.owed()
    return 0
  }

  /** Whoever was told 503 meanwhile may have given up. Any process that noticed looks, not only the one that works. */
  function noticeReturn(): void {
    const now = performance.now()
    if (!lookAgain || now - lastBack < backAtMostEveryMs) return
    lookAgain = false
    lastBack = now
    whenBack()
  }

  /** Ends by itself: who was frozen does not work on with a lease that another has taken meanwhile (I3). */
  const isLeading = () => elapsedMs() < leadsUntil

  /** Counted from before the question, so that we stop before the store lets another begin. */
  async function keepLease(): Promise<void> {
    const asked = elapsedMs()
    const holds = await leases.hold(leaseName, holder, leaseTtlMs)
    const led = isLeading()
    leadsUntil = holds ? asked + leaseTtlMs : -Infinity
    if (!holds || led) return
    deps.takeOver()
    log.info({}, 'this process does the work now')
  }

  /** Runs a step again and again; waits when it found nothing to do, longer when it failed. */
  async function loop(name: string, step: () => Promise<number>, sleep: Sleep, pauseMs = idleMs): Promise<void> {
    while (!stopping) {
      const count = isLeading() ? await guarded(name, step) : 0
      if (count === null) await sleep(afterFailureMs)
      else if (count === 0) await sleep(pauseMs)
    }
  }

  async function guarded(name: string, step: () => Promise<number>): Promise<number | null> {
    try {
      return await step()
    } catch (error) {
      lookAgain ||= error instanceof StoreUnavailable
      log.error({ err: error, step: name }, 'step failed')
      return null
    }
  }

  const renew = async () => {
    clearTimeout(askingAgain)
    const before = leadsUntil
    try {
      await keepLease()
      noticeReturn()
    } catch (error) {
      // Another question, asked later, may have been answered first.
      if (leadsUntil === before) leadsUntil = -Infinity
      lookAgain ||= error instanceof StoreUnavailable
      if (looping && !stopping) askingAgain = setTimeout(() => void renew(), askAgainMs)
    }
  }

  async function drainInbox(): Promise<void> {
    while ((await workInbox()) > 0);
  }

  return {
    /** Something was stored: look at once. A process that does not do the work has nothing to look at. */
    wake(): void {
      if (looping && !isLeading()) return
      inboxSleep.wake()
      phoneSleep.wake()
    },

    /** A sender was told 503, or something happened that no event tells in full: asked anew as after an outage. */
    missedSomething(): void {
      lookAgain = true
    },

    /** Starts the loops; the promise settles when they have ended. `onStoreBack` asks anew for what was missed. */
    async run(onStoreBack: () => void): Promise<void> {
      whenBack = onStoreBack
      looping = true
      await renew()
      const renewing = setInterval(() => void renew(), leaseTtlMs / 3)
      const inboxStep = async () => {
        const count = await workInbox()
        if (count > 0) phoneSleep.wake()
        return count
      }
      await Promise.all([
        loop('inbox', inboxStep, inboxSleep.sleep),
        loop('phones', workPhones, phoneSleep.sleep),
        loop('owed', askOwed, owedSleep.sleep, owedEveryMs),
        ...webhookLoops.map(({ step, sleeping }) => loop('webhooks', step, sleeping.sleep, webhooksEveryMs)),
      ])
      clearInterval(renewing)
      clearTimeout(askingAgain)
      if (isLeading()) await leases.release(leaseName, holder).catch(() => {})
    },

    stop(): void {
      stopping = true
      inboxSleep.wake()
      phoneSleep.wake()
      owedSleep.wake()
      for (const { sleeping } of webhookLoops) sleeping.wake()
    },

    /** Does what is due now, until nothing is left. For tests and commands, where no loop runs. */
    async drain(): Promise<void> {
      await askOwed()
      do await drainInbox()
      while ((await workPhones()) > 0)
      for (const step of deps.webhookSteps) while ((await step()) > 0);
    },

    /** The same without phones and questions to Tencent. */
    drainInbox,

    isLeading,

    /** Asked between two effects that cannot be taken back; without loops the caller of `drain` decides. */
    mayWork: () => !looping || isLeading(),
  }
}

/**
 * How much time has passed here, in ms, by whichever of our clocks moved more: the one that never jumps stands still
 * while a machine sleeps, and the other one may be put back.
 */
function createStopwatch(): () => number {
  let passed = 0
  let last = { steady: performance.now(), wall: Date.now() }
  return () => {
    const now = { steady: performance.now(), wall: Date.now() }
    passed += Math.max(now.steady - last.steady, now.wall - last.wall, 0)
    last = now
    return passed
  }
}

/** A sleep that somebody can end early; a wake while nobody sleeps ends the next one at once. */
function createSleep(): { sleep: Sleep; wake: () => void } {
  let woken = false
  let end = () => {}
  return {
    sleep: (ms) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, woken ? 0 : ms)
        woken = false
        end = () => {
          clearTimeout(timer)
          resolve()
        }
      }),
    wake() {
      woken = true
      end()
    },
  }
}

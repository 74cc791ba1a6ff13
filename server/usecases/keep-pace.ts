import { TencentRefused, TencentUnreachable } from '../domain/errors.ts'
import { refusalKind } from '../domain/refusal.ts'
import type { Log } from '../ports/log.ts'

export interface KeepPaceDeps {
  /** Machine time, ms. */
  wait: (ms: number) => Promise<void>
  log: Log
  /** Tells whoever watches that nothing moves for so long, and why. */
  onWait?: (ms: number, errcode: number | null) => void
}

/** Calls Tencent without hammering: the call's answer, or the refusal that waiting does not mend. */
export type Pace = <Answer>(call: () => Promise<Answer>) => Promise<Answer>

const minuteMs = 60_000
/** A minute's limit blocks for 60 s, an hour's for 60 min; a day's outlasts all of these (document/path/90312). */
const quotaWaitsMs = [minuteMs, minuteMs, 5 * minuteMs, 15 * minuteMs, 60 * minuteMs, 60 * minuteMs]
const crowdedWaitsMs = [1_000, 2_000, 5_000, 10_000, 30_000, minuteMs]
const busyWaitsMs = [1_000, 3_000, 8_000]
const mostAtOnce = 3
/** So many good answers in a row allow one more call at once again. */
const easeAfter = 200
const longestGapMs = 2_000

/**
 * At most three calls at once. Too many at once (45033) makes it fewer; too often (45009, 45011, 45036) stops all until
 * the limit's window has passed and leaves a gap between calls from then on; busy or unreachable is tried three times
 * more. Then the failure is the caller's. Source: document/path/90312, 90313.
 */
export function createKeepPace({ wait, log, onWait }: KeepPaceDeps): Pace {
  const queue: (() => void)[] = []
  let atOnce = mostAtOnce
  let running = 0
  let gapMs = 0
  let good = 0
  let pause: Promise<void> | null = null

  async function enter(): Promise<void> {
    while (running >= atOnce) await new Promise<void>((go) => void queue.push(go))
    running += 1
  }

  function leave(): void {
    running -= 1
    for (const go of queue.splice(0, atOnce - running)) go()
  }

  function ease(): void {
    good += 1
    if (good % easeAfter > 0) return
    atOnce = Math.min(atOnce + 1, mostAtOnce)
    gapMs = gapMs <= 50 ? 0 : gapMs / 2
  }

  function slowDown(errcode: number | null): void {
    good = 0
    if (errcode !== null && (tooOften.has(errcode) || errcode === 45033)) atOnce = Math.max(1, atOnce - 1)
    if (errcode !== null && tooOften.has(errcode)) gapMs = Math.min(Math.max(100, 2 * gapMs), longestGapMs)
  }

  /** All calls wait together: whoever is refused meanwhile waits the same time. */
  async function rest(ms: number, errcode: number | null): Promise<void> {
    onWait?.(ms, errcode)
    log.warn({ ms, errcode, atOnce }, 'Tencent is asked more slowly')
    pause ??= wait(ms).finally(() => (pause = null))
    await pause
  }

  return async function keepPace(call) {
    for (let tries = 0; ; tries += 1) {
      await enter()
      let waitMs: number | null = null
      let errcode: number | null = null
      try {
        if (pause) await pause
        if (gapMs > 0) await wait(gapMs)
        const answer = await call()
        ease()
        return answer
      } catch (error) {
        errcode = error instanceof TencentRefused ? error.errcode : null
        waitMs = waitAfter(error, tries)
        if (waitMs === null) throw error
        slowDown(errcode)
      } finally {
        leave()
      }
      await rest(waitMs, errcode)
    }
  }
}

const tooOften: ReadonlySet<number> = new Set([45009, 45011, 45036])
/** 50100 needs another cursor, 45029 a smaller question: the same one again would not help. */
const otherQuestion: ReadonlySet<number> = new Set([50100, 45029])

/** null: not again. */
function waitAfter(error: unknown, tries: number): number | null {
  if (error instanceof TencentUnreachable) return busyWaitsMs[tries] ?? null
  if (!(error instanceof TencentRefused)) return null
  const { errcode } = error
  if (refusalKind(errcode) !== 'retry-later' || otherQuestion.has(errcode)) return null
  if (errcode === 45011) return crowdedWaitsMs[tries] ?? null
  if (tooOften.has(errcode)) return quotaWaitsMs[tries] ?? null
  return (errcode === 45033 ? crowdedWaitsMs : busyWaitsMs)[tries] ?? null
}

type Asynchronous<Port> = { [Name in keyof Port]: (...input: never[]) => Promise<unknown> }

/** The same port, whose every method keeps the pace. */
export function paced<Port extends Asynchronous<Port>>(port: Port, pace: Pace): Port {
  const entries = Object.entries<(...input: never[]) => Promise<unknown>>(port)
  return Object.fromEntries(entries.map(([name, ask]) => [name, (...input: never[]) => pace(() => ask(...input))])) as Port
}

/** The one clock of product and stand-in: may jump or run faster, never backwards. */
export interface DemoClock {
  now(): Date
  speed(): number
  setSpeed(speed: number): void
  /** @param ms not negative */
  jump(ms: number): void
  /** Milliseconds ahead of the machine, with a margin for what runs on until the next saving. */
  offsetMs(): number
}

/** How often a fast clock is saved at the latest. */
const marginMs = 2_000

/**
 * @param offsetMs as saved by an earlier run
 * @param changed called on every jump or change of speed, so that what waits for the clock can look again
 */
export function demoClock(offsetMs: number, changed: () => void, machine: () => number = Date.now): DemoClock {
  let speed = 1
  let base = { machine: machine(), demo: machine() + offsetMs }
  const now = () => base.demo + Math.max(0, machine() - base.machine) * speed
  const rebase = (more: number) => {
    base = { demo: now() + more, machine: machine() }
    changed()
  }

  return {
    now: () => new Date(now()),
    speed: () => speed,
    setSpeed(next) {
      rebase(0)
      speed = Math.min(3600, Math.max(1, next))
      changed()
    },
    jump: (ms) => rebase(Math.max(0, ms)),
    offsetMs: () => now() - machine() + (speed > 1 ? marginMs * speed : 0),
  }
}

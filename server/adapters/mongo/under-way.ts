import { StoreUnavailable } from '../../domain/errors.ts'

/** Longer than the driver itself waits for a server to repeat on what a lost connection interrupted. */
const graceMs = 4_000

type Method = (...input: never[]) => unknown

/**
 * Ends what was under way when the connection was lost. The driver (7.8) may wait for ever on a socket that closed while it
 * wrote (reopen.ts); whoever asked would stand still until `guarded` gives up, and with it everybody who waits for them.
 */
export function createUnderWay() {
  const running = new Set<() => void>()

  async function orGivenUp(work: Promise<unknown>): Promise<unknown> {
    let giveUp = () => {}
    const lost = new Promise<never>((_, reject) => (giveUp = () => reject(new StoreUnavailable())))
    running.add(giveUp)
    try {
      return await Promise.race([work, lost])
    } finally {
      running.delete(giveUp)
    }
  }

  function watched(method: Method): Method {
    return (...input) => {
      const result = method(...input)
      return result instanceof Promise ? orGivenUp(result) : result
    }
  }

  function watch<Store extends object>(store: Store): Store {
    const entries = Object.entries(store) as [string, unknown][]
    return Object.fromEntries(entries.map(([name, one]) => [name, typeof one === 'function' ? watched(one as Method) : one])) as Store
  }

  return {
    /** The same stores, whose methods reject with StoreUnavailable some seconds after a loss that they do not outlive. */
    watchAll<All extends object>(stores: All): All {
      return Object.fromEntries(Object.entries(stores).map(([name, store]) => [name, watch(store as object)])) as All
    },

    /** The connection is lost: what began before now has its grace left. */
    lost(): void {
      const those = [...running]
      setTimeout(() => those.forEach((giveUp) => giveUp()), graceMs).unref()
    },
  }
}

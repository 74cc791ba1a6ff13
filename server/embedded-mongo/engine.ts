import type { Catalog } from './catalog.ts'
import { createCatalog } from './catalog.ts'
import { MongoRefusal } from './errors.ts'
import type { Storage } from './storage.ts'

/** Storage and catalog under one roof, with group commit. */
export type Engine = {
  storage: Storage
  catalog: Catalog
  /** The server's time in ms. */
  now(): number
  /**
   * Runs `operation` inside a transaction, together with all others that arrive in the same turn of the event loop;
   * resolves when it is durable. A MongoRefusal must be thrown before the operation has written anything.
   */
  write<T>(operation: () => T): Promise<T>
  close(): Promise<void>
}

type Waiting = { run(): unknown, resolve(value: unknown): void, reject(error: unknown): void }

type Outcome = { value: unknown } | { error: unknown }

/** Group commit: while one transaction waits for the disk, the next gathers. */
export function createEngine(storage: Storage, now: () => number): Engine {
  const catalog = createCatalog(storage)
  let waiting: Waiting[] = []
  let busy = false

  async function flush(): Promise<void> {
    const group = waiting
    waiting = []
    try {
      settle(group, await commit(group))
    } catch {
      catalog.reload()
      await oneByOne(group)
    }
    storage.refresh()
    if (waiting.length > 0) setImmediate(() => void flush())
    else busy = false
  }

  async function commit(group: Waiting[]): Promise<Outcome[]> {
    const done = await storage.write(() => {
      const outcomes = group.map(({ run }) => attempt(run))
      catalog.flushCounts()
      return outcomes
    })
    storage.refresh()
    catalog.committed()
    return done
  }

  /** After a transaction had to be undone each operation gets its own, so that one failure stays one failure. */
  async function oneByOne(group: Waiting[]): Promise<void> {
    for (const operation of group) {
      try {
        settle([operation], await commit([operation]))
      } catch (error) {
        catalog.reload()
        operation.reject(error)
      }
    }
  }

  return {
    storage,
    catalog,
    now,
    write<T>(operation: () => T): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        waiting.push({ run: operation, resolve: resolve as (value: unknown) => void, reject })
        if (busy) return
        busy = true
        setImmediate(() => void flush())
      })
    },
    async close() {
      while (busy) await new Promise((resolve) => setImmediate(resolve))
      await storage.close()
    },
  }
}

/** A refusal belongs to its operation; anything else undoes the transaction. */
function attempt(run: () => unknown): Outcome {
  try {
    return { value: run() }
  } catch (error) {
    if (error instanceof MongoRefusal) return { error }
    throw error
  }
}

function settle(group: Waiting[], outcomes: Outcome[]): void {
  group.forEach((operation, index) => {
    const outcome = outcomes[index]
    if (outcome !== undefined && 'value' in outcome) operation.resolve(outcome.value)
    else operation.reject(outcome?.error)
  })
}

import { MongoRefusal } from './errors.ts'

/** Thrown when a read turns out too long for the main thread; it is then done again on a worker. */
export class TooLong extends Error {
  readonly code = 'TOO_LONG'
}

/** Counts the work of one read: keys and documents examined, and stretches of an index looked into in vain. */
export type Budget = { keys: number, docs: number, misses: number, spend(kind: 'keys' | 'docs' | 'misses'): void }

/**
 * @param most documents and keys that may be examined, and stretches looked into in vain; beyond it TooLong is thrown.
 * @param deadlineMs point in time (ms) after which MaxTimeMSExpired is thrown; 0 for none.
 */
export function createBudget(most: number, deadlineMs: number): Budget {
  let next = 256
  const budget: Budget = {
    keys: 0,
    docs: 0,
    misses: 0,
    spend(kind) {
      budget[kind]++
      const spent = budget.keys + budget.docs + budget.misses
      if (spent > most) throw new TooLong('this read is too long for the main thread')
      if (spent < next) return
      next = spent + 256
      if (deadlineMs > 0 && Date.now() > deadlineMs) throw new MongoRefusal(50, 'operation exceeded time limit')
    },
  }
  return budget
}

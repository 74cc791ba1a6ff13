import { MongoRefusal } from './errors.ts'

/** Thrown when a read turns out too long for the main thread; it is then done again on a worker. */
export class TooLong extends Error {
  readonly code = 'TOO_LONG'
}

/** Counts the work of one read. */
export type Budget = { keys: number, docs: number, spend(kind: 'keys' | 'docs'): void }

/**
 * @param most documents and keys that may be examined; beyond it TooLong is thrown.
 * @param deadlineMs point in time (ms) after which MaxTimeMSExpired is thrown; 0 for none.
 */
export function createBudget(most: number, deadlineMs: number): Budget {
  let next = 256
  const budget: Budget = {
    keys: 0,
    docs: 0,
    spend(kind) {
      budget[kind]++
      const spent = budget.keys + budget.docs
      if (spent > most) throw new TooLong('this read is too long for the main thread')
      if (spent < next) return
      next = spent + 256
      if (deadlineMs > 0 && Date.now() > deadlineMs) throw new MongoRefusal(50, 'operation exceeded time limit')
    },
  }
  return budget
}

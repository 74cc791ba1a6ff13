import type { Catalog } from './catalog.ts'
import type { Variables } from './expression-types.ts'
import type { Storage } from './storage.ts'
import type { Doc } from './values.ts'
import { isDoc, isNumeric, toNumber } from './values.ts'

/** What a read needs; the same on the main thread and on a worker. */
export type ReadEnvironment = { storage: Storage, catalog: Catalog, now(): number }

/** The values of `$$name` in a command: its `let`, and the time. */
export function commandVariables(command: Doc, now: number): Variables {
  const given = command.get('let')
  return { NOW: new Date(now), ...(isDoc(given) ? Object.fromEntries(given) : {}) }
}

/** Point in time after which the command is given up; 0 for never. */
export function deadlineOf(command: Doc): number {
  const limit = command.get('maxTimeMS')
  return isNumeric(limit) && toNumber(limit) > 0 ? Date.now() + toNumber(limit) : 0
}

/** What the launcher tells the engine process, as JSON in its first argument. */
export type Start = {
  dataDir: string
  /** Whether a commit waits for the disk. */
  fsync: boolean
  /** TCP instead of the unix socket. */
  listen: { host: string, port: number } | null
  /** Whether to stay without clients. */
  stay: boolean
  /** Time in ms between two sweeps of expired documents. */
  sweepMs: number
}

/** What the engine process tells the launcher. */
export type Report = { ready: true, port: number | null } | { refused: { code: string, message: string } } | { failed: string }

/** Exit status: another engine holds the lock. */
export const LOCK_HELD = 75

/** Exit status: the engine could not start; it has said why. */
export const REFUSED = 78

/** @throws Error when the engine is started by hand with something else. */
export function parseStart(argument: string): Start {
  const value: unknown = argument === '' ? null : JSON.parse(argument)
  if (typeof value !== 'object' || value === null || !('dataDir' in value) || typeof value.dataDir !== 'string') {
    throw new Error('the engine is started by launch.ts; its argument is { "dataDir": … } as JSON')
  }
  return { fsync: true, listen: null, stay: false, sweepMs: 30000, ...value } as Start
}

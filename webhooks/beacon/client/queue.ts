import type { Platform, QueuedEvent } from './types.ts'

const most = 500
/** The server takes nothing older (webhooks/beacon/check-batch.ts). */
const oldestMs = 7 * 24 * 3_600_000

/**
 * Events that wait, in storage that outlives the page: what is noted here is sent by a later page if this one is killed.
 * Storage is read anew each time, so that several tabs share one queue; an event sent twice is one for the server.
 */
export function createQueue({ read, write }: Pick<Platform, 'read' | 'write'>, key: string) {
  const stored = (): QueuedEvent[] => {
    const list = read(key)
    return Array.isArray(list) ? (list as QueuedEvent[]) : []
  }
  let own: QueuedEvent[] = []
  /** Where storage cannot be written, at least this page remembers. */
  const all = () => {
    const known = stored()
    const ids = new Set(known.map(({ id }) => id))
    return [...known, ...own.filter(({ id }) => !ids.has(id))]
  }
  const save = (list: QueuedEvent[]) => {
    own = list
    write(key, list)
  }
  return {
    add: (event: QueuedEvent): void => save([...all(), event].slice(-most)),
    first: (count: number, now: number): QueuedEvent[] => all().filter(({ at }) => at > now - oldestMs).slice(0, count),
    remove(ids: readonly string[], now: number): void {
      save(all().filter(({ id, at }) => !ids.includes(id) && at > now - oldestMs))
    },
    clear: (): void => save([]),
  }
}

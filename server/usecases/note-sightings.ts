import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { NoteSighting, Sightings } from '../ports/sightings.ts'

export interface NoteSightingsDeps {
  sightings: Sightings
  clock: Clock
  log: Log
}

const atMostEveryMs = 60_000

/** Sources and faults are few, so what is remembered is small however many forgeries come. */
export function createNoteSightings({ sightings, clock, log }: NoteSightingsDeps): NoteSighting {
  const notedAt = new Map<string, number>()
  return (source, seen) => {
    const key = `${source} ${seen}`
    const now = clock.now()
    if (now.getTime() - (notedAt.get(key) ?? -Infinity) < atMostEveryMs) return
    notedAt.set(key, now.getTime())
    sightings.note(source, seen, now).catch((error: unknown) => {
      notedAt.delete(key)
      log.warn({ err: error, source }, 'sighting not noted')
    })
  }
}

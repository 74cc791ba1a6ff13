import type { FaultName } from '../domain/diagnosis-faults.ts'
import type { ChannelName } from './inbox.ts'

/** Who shows, by what it sends us, whether its console is set up as we are: the callbacks, and logins of the mini-program. */
export type SightingSource = ChannelName | 'mini-program-login'

/** When a source was last seen as it should be, and last in each way that it should not. Clock time, no content. */
export interface Sighting {
  source: SightingSource
  goodAt: Date | null
  faults: Readonly<Partial<Record<FaultName, Date>>>
}

/** One document a source. */
export interface Sightings {
  note(source: SightingSource, seen: 'good' | FaultName, at: Date): Promise<void>
  all(): Promise<readonly Sighting[]>
}

/** Notes what was seen, in passing: never waits, never fails, and writes the same at most once a minute. */
export type NoteSighting = (source: SightingSource, seen: 'good' | FaultName) => void

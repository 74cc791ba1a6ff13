import { type Connection, Schema } from 'mongoose'
import type { FaultName } from '../../domain/diagnosis-faults.ts'
import type { Sightings, SightingSource } from '../../ports/sightings.ts'
import { guarded } from './guarded.ts'
import { schemaOptions } from './schema.ts'

/** What one source has last shown; a dozen documents at most. */
export interface SightingDocument {
  _id: SightingSource
  goodAt?: Date
  faults?: Partial<Record<FaultName, Date>>
}

const sightingSchema = new Schema<SightingDocument>({ _id: String, goodAt: Date, faults: Schema.Types.Mixed }, schemaOptions)

/** One document a source; names of faults are ours, so they may stand in a path. */
export function mongoSightings({ connection }: { connection: Connection }): Sightings {
  const sightings = connection.model<SightingDocument>('Sighting', sightingSchema, 'sightings')
  return guarded<Sightings>({
    async note(source, seen, at) {
      const place = seen === 'good' ? 'goodAt' : `faults.${seen}`
      await sightings.updateOne({ _id: source }, { $max: { [place]: at } }, { upsert: true })
    },
    async all() {
      const found = await sightings.find({ _id: { $gte: '' as SightingSource } }).sort({ _id: 1 }).lean()
      return found.map(({ _id, goodAt, faults }) => ({ source: _id, goodAt: goodAt ?? null, faults: faults ?? {} }))
    },
  })
}

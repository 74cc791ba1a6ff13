import { type Connection, Schema } from 'mongoose'
import { StoreUnavailable } from '../../domain/errors.ts'
import type { Leases } from '../../ports/leases.ts'
import { guarded } from './guarded.ts'
import { schemaOptions } from './schema.ts'
import { isDuplicate } from './store-errors.ts'

/** Who holds a name, since when by the store's own time, and for how long. */
export interface LeaseDocument {
  _id: string
  holder: string
  renewedAt: Date
  ttlMs: number
}

const leaseSchema = new Schema<LeaseDocument>({ _id: String, holder: String, renewedAt: Date, ttlMs: Number }, schemaOptions)

/**
 * One document a name. Only the store's clock is asked, so that machines whose clocks differ agree on when a lease ends
 * (I3). Who finds it over takes it by compare-and-set on what was found: of many who do so one gets it.
 */
export function mongoLeases({ connection }: { connection: Connection }): Leases {
  const leases = connection.model<LeaseDocument>('Lease', leaseSchema, 'leases')

  /** Renews what is ours, or takes what nobody has; false: somebody else's name stands there. */
  async function ownOrFree(name: string, holder: string, ttlMs: number): Promise<boolean> {
    try {
      await leases.updateOne({ _id: name, holder }, { $set: { ttlMs }, $currentDate: { renewedAt: true } }, { upsert: true })
      return true
    } catch (error) {
      // The name is there but not ours: the upsert tried to insert it again.
      if (isDuplicate(error)) return false
      throw error
    }
  }

  async function takeIfOver(name: string, holder: string, ttlMs: number): Promise<boolean> {
    const [found, now] = await Promise.all([leases.findById(name).lean(), storeTime(connection)])
    if (!found) return ownOrFree(name, holder, ttlMs)
    if (isStanding(found, now)) return false
    const same = { _id: name, holder: found.holder, renewedAt: found.renewedAt ?? null }
    const { modifiedCount } = await leases.updateOne(same, { $set: { holder, ttlMs }, $currentDate: { renewedAt: true } })
    return modifiedCount === 1
  }

  return guarded<Leases>({
    hold: async (name, holder, ttlMs) => (await ownOrFree(name, holder, ttlMs)) || takeIfOver(name, holder, ttlMs),
    async release(name, holder) {
      await leases.deleteOne({ _id: name, holder })
    },
  })
}

/** A lease without a time was written by an older version of ours: it is over. */
function isStanding({ renewedAt, ttlMs }: LeaseDocument, now: Date): boolean {
  return (renewedAt?.getTime() ?? 0) + ttlMs > now.getTime()
}

/** The primary's clock, which is also what `$currentDate` writes. */
async function storeTime({ db }: Connection): Promise<Date> {
  if (!db) throw new StoreUnavailable()
  const { localTime } = (await db.command({ hello: 1 })) as { localTime: Date }
  return localTime
}

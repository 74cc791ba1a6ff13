import { type Connection, Schema } from 'mongoose'
import type { Leases } from '../../ports/leases.ts'
import { guarded } from './guarded.ts'
import { machineNow, schemaOptions } from './schema.ts'
import { isDuplicate } from './store-errors.ts'

/** Who holds a name until when, by machine time. */
export interface LeaseDocument {
  _id: string
  holder: string
  expiresAt: Date
}

const leaseSchema = new Schema<LeaseDocument>({ _id: String, holder: String, expiresAt: Date }, schemaOptions)

/** One document a name. Machines whose clocks differ need a ttl well above that difference. */
export function mongoLeases({ connection }: { connection: Connection }): Leases {
  const leases = connection.model<LeaseDocument>('Lease', leaseSchema, 'leases')
  return guarded<Leases>({
    async hold(name, holder, ttlMs) {
      const now = machineNow()
      const free = { _id: name, $or: [{ holder }, { expiresAt: { $lte: now } }] }
      const taken = { $set: { holder, expiresAt: new Date(now.getTime() + ttlMs) } }
      try {
        await leases.updateOne(free, taken, { upsert: true })
        return true
      } catch (error) {
        // The name is there but not free: the upsert tried to insert it again.
        if (isDuplicate(error)) return false
        throw error
      }
    },
    async release(name, holder) {
      await leases.deleteOne({ _id: name, holder })
    },
  })
}

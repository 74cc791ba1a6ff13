import type { Connection } from 'mongoose'
import { StoreUnavailable } from '../../domain/errors.ts'
import type { StoreProbe } from '../../ports/probes.ts'
import { guarded } from './guarded.ts'
import type { LeaseDocument } from './leases.ts'

/** What the server says of itself, and who works. */
export function mongoStoreProbe({ connection }: { connection: Connection }): StoreProbe {
  async function hello(): Promise<{ setName?: string; localTime: Date }> {
    if (!connection.db) throw new StoreUnavailable()
    return (await connection.db.command({ hello: 1 })) as { setName?: string; localTime: Date }
  }
  return guarded<StoreProbe>({
    replicaSet: async () => (await hello()).setName ?? null,
    async isHeld(lease) {
      const [found, { localTime }] = await Promise.all([connection.collection<LeaseDocument>('leases').findOne({ _id: lease }), hello()])
      return found !== null && (found.renewedAt?.getTime() ?? 0) + found.ttlMs > localTime.getTime()
    },
  })
}

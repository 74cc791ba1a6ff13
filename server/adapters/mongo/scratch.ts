import mongoose from 'mongoose'
import type { Log } from '../../ports/log.ts'
import { openStores, type Stores } from './connect.ts'
import { withDatabase } from './with-database.ts'

/**
 * All stores on an empty database of the same server, beside the live one: `NAME-suffix`. What an earlier run left there
 * goes first, everything goes at the end. @throws StoreUnavailable
 */
export async function openScratch(uri: string, suffix: string, log: Log): Promise<Stores> {
  const connection = await mongoose.createConnection(uri).asPromise()
  const scratchUri = withDatabase(uri, `${connection.name}-${suffix}`.slice(-60))
  await connection.close()
  await drop(scratchUri)
  const stores = await openStores({ uri: scratchUri, log })
  return {
    ...stores,
    async close() {
      await stores.close()
      await drop(scratchUri)
    },
  }
}

async function drop(uri: string): Promise<void> {
  const connection = await mongoose.createConnection(uri).asPromise()
  try {
    await connection.dropDatabase()
  } finally {
    await connection.close()
  }
}

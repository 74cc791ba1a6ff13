import { randomUUID } from 'node:crypto'
import mongoose from 'mongoose'
import { inject } from 'vitest'
import { withDatabase } from '../../server/adapters/mongo/with-database.ts'
import { openStores, type Stores, type StoresDeps } from '../../server/adapters/mongo/connect.ts'
import type { Log } from '../../server/ports/log.ts'

/** All stores on a database of the test file's own. */
export interface TestStores extends Stores {
  /** The whole URI of that database, for whoever connects by it. */
  uri: string
  /** Another connection to the same database, as a second process has it; closed with the first. */
  another(): Promise<Stores>
  /** Closes everything and drops the database. */
  drop(): Promise<void>
}

export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined }

/** The server under test (MONGODB_URI, else the embedded engine) with a database name nobody else uses. */
export function testDatabase(): { uri: string; drop(): Promise<void> } {
  const uri = withDatabase(inject('storeUri'), `t-${randomUUID().slice(0, 18)}`)
  return {
    uri,
    async drop() {
      const connection = await mongoose.createConnection(uri).asPromise()
      await connection.dropDatabase()
      await connection.close()
    },
  }
}

/** Opens all stores on a fresh database; the test file drops it in `afterAll`. */
export async function openTestStores(deps: Pick<StoresDeps, 'onCommand'> = {}): Promise<TestStores> {
  const { uri, drop } = testDatabase()
  const stores = await openStores({ uri, log: silentLog, ...deps })
  const others: Stores[] = []
  return {
    ...stores,
    uri,
    async another() {
      const other = await openStores({ uri, log: silentLog })
      others.push(other)
      return other
    },
    async drop() {
      await Promise.all([stores, ...others].map((each) => each.close()))
      await drop()
    },
  }
}

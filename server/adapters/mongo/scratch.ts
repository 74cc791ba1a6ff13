import mongoose from 'mongoose'
import type { History } from '../../ports/history.ts'
import type { People } from '../../ports/people.ts'
import type { Timeline } from '../../ports/timeline.ts'
import { mongoHistory } from './history.ts'
import { ensureIndexes } from './indexes.ts'
import { mongoPeople } from './people.ts'
import { toStoreError } from './store-errors.ts'
import { mongoTimeline } from './timeline.ts'
import { withDatabase } from './with-database.ts'

/** Stores for making things anew, away from the live ones. */
export interface ScratchDatabase {
  people: People
  timeline: Timeline
  history: History
  /** Drops it. */
  close(): Promise<void>
}

/**
 * An empty database on the same server, beside the live one: `NAME-suffix`. What an earlier run left there goes first,
 * everything goes at the end. @throws StoreUnavailable
 */
export async function openScratch(uri: string, suffix: string): Promise<ScratchDatabase> {
  const connection = mongoose.createConnection()
  const stores = {
    people: mongoPeople({ connection }),
    timeline: mongoTimeline({ connection }),
    history: mongoHistory({ connection }),
  }
  try {
    const name = await nameOf(uri)
    await connection.openUri(withDatabase(uri, `${name}-${suffix}`.slice(-60)), { autoIndex: false, autoCreate: false })
    await connection.dropDatabase()
    await ensureIndexes(connection)
  } catch (error) {
    await connection.close()
    throw toStoreError(error)
  }
  return {
    ...stores,
    async close() {
      await connection.dropDatabase()
      await connection.close()
    },
  }
}

async function nameOf(uri: string): Promise<string> {
  const connection = await mongoose.createConnection(uri).asPromise()
  const { name } = connection
  await connection.close()
  return name
}

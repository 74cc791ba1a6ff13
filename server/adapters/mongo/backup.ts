import { createWriteStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import { mongo } from 'mongoose'
import {
  archiveFormat,
  archiveName,
  checkArchive,
  createSum,
  lineOf,
  type CollectionSum,
  type Manifest,
} from './archive-lines.ts'
import { toStoreError } from './store-errors.ts'
import { refuseUnfinished } from './restore-mark.ts'

/**
 * Not in an archive: keys to other systems, who holds what just now, and what open pages are being told. All of it comes
 * anew by itself.
 */
export const passing: ReadonlySet<string> = new Set(['tokens', 'leases', 'live', 'restore'])

/** Read first: whatever it says is handled has left its consequences in the collections that are read afterwards. */
const first = 'inbox'

const documentsAtOnce = 500

/**
 * Writes everything into one archive, streamed, also while the server runs, and reads it again to be sure. What was
 * answered with success before it began is in it, with all its consequences or waiting to have them; of what happened
 * meanwhile a part may be. The file appears when it is whole. @throws StoreUnavailable, RestoreUnfinished, ArchiveRefused
 */
export async function backup(
  uri: string,
  file: string,
  now: () => Date,
  onCommand?: (command: mongo.CommandStartedEvent) => void,
): Promise<Manifest> {
  const client = clientOf(uri, onCommand)
  const part = `${file}.part`
  try {
    await client.connect()
    const db = client.db()
    await refuseUnfinished(db)
    await pipeline(
      Readable.from(linesOf(db, now), { objectMode: true }),
      createGzip({ level: 6 }),
      createWriteStream(part, { mode: 0o600 }),
    )
    await settled(part)
    const manifest = await checkArchive(part)
    await rename(part, file)
    return manifest
  } catch (error) {
    await rm(part, { force: true })
    throw toStoreError(error)
  } finally {
    await client.close()
  }
}

/** A plain client, without schemas: an archive holds whatever there is. */
export function clientOf(uri: string, onCommand?: (command: mongo.CommandStartedEvent) => void): mongo.MongoClient {
  const client = new mongo.MongoClient(uri, {
    serverSelectionTimeoutMS: 5_000,
    writeConcern: { w: 'majority', journal: true },
    monitorCommands: onCommand !== undefined,
  })
  if (onCommand) client.on('commandStarted', onCommand)
  return client
}

async function* linesOf(db: mongo.Db, now: () => Date): AsyncGenerator<string> {
  yield `#${JSON.stringify({ archive: archiveName, format: archiveFormat, begunAt: now().toISOString() })}\n`
  const sums: Record<string, CollectionSum> = {}
  for (const name of await namesIn(db)) {
    yield `#${JSON.stringify({ collection: name })}\n`
    const sum = createSum()
    const cursor = db
      .collection(name)
      .find(
        {},
        {
          sort: { _id: 1 },
          batchSize: documentsAtOnce,
          promoteValues: false,
          promoteLongs: false,
          promoteBuffers: false,
        },
      )
    let text = ''
    for await (const document of cursor) {
      const line = lineOf(document)
      sum.add(line)
      text += `${line}\n`
      if (text.length < 64 * 1024) continue
      yield text
      text = ''
    }
    if (text !== '') yield text
    sums[name] = sum.sum()
  }
  yield `#${JSON.stringify({ manifest: sums, endedAt: now().toISOString() })}\n`
}

async function namesIn(db: mongo.Db): Promise<readonly string[]> {
  const found = (await db.listCollections().toArray())
    .map(({ name }) => name)
    .filter((name) => !passing.has(name) && !name.startsWith('system.'))
  return found.toSorted((a, b) => Number(b === first) - Number(a === first) || (a < b ? -1 : 1))
}

/** On the disk, before it gets its name. */
async function settled(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

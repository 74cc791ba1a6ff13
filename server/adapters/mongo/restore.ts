import { mongo } from 'mongoose'
import { ConfigInvalid } from '../../domain/errors.ts'
import { archiveLines, checkArchive, documentOf, type Manifest } from './archive-lines.ts'
import { clientOf, passing } from './backup.ts'
import { markRestore, unmarkRestore } from './restore-mark.ts'
import { duplicatesOf, toStoreError } from './store-errors.ts'

export interface RestoreOptions {
  uri: string
  file: string
  /** A later archive: who was erased until then stays erased. */
  marksOf?: string
  /** Everything in the store goes first, but for what says who was erased. */
  emptyFirst: boolean
  now: () => Date
  /** Hears every command that is sent; for the test of what a store must understand. */
  onCommand?: (command: mongo.CommandStartedEvent) => void
  /** Builds the indexes, and sees to it that who was erased since stays erased; the store counts as unfinished until then. */
  finish: () => Promise<void>
}

/** Stay when a store is emptied, and the archive's are added: nobody comes back because of an older archive. */
const kept: ReadonlySet<string> = new Set(['privacyMarks', 'erasures', 'locked'])

const mostDocuments = 500
const mostLength = 4 * 1024 * 1024

/**
 * Checks the whole archive, then writes it into an empty store. What was cut short shows: until the end the store says
 * that it is a part, and neither the server nor a backup takes it.
 * @throws ArchiveRefused before anything is written, ConfigInvalid when the store is not empty, StoreUnavailable
 */
export async function restore(options: RestoreOptions): Promise<Manifest> {
  const manifest = await checkArchive(options.file)
  if (options.marksOf !== undefined) await checkArchive(options.marksOf)
  const client = clientOf(options.uri, options.onCommand)
  try {
    await client.connect()
    const db = client.db()
    const there = await documentsIn(db)
    if (there.length > 0 && !options.emptyFirst)
      throw new ConfigInvalid([
        `the store is not empty (${there.join(', ')}): choose an empty one, or add --empty-first`,
      ])
    await markRestore(db, options.now())
    await empty(db)
    await write(db, options.file, () => true)
    if (options.marksOf !== undefined) await write(db, options.marksOf, (name) => name === 'privacyMarks')
    await cutLooseEnds(db)
    await options.finish()
    await unmarkRestore(db)
    return manifest
  } catch (error) {
    throw toStoreError(error)
  } finally {
    await client.close()
  }
}

/** Collections that hold something which is not passing. */
async function documentsIn(db: mongo.Db): Promise<readonly string[]> {
  const names = (await db.listCollections().toArray()).map(({ name }) => name)
  const held = await Promise.all(
    names.map(async (name) => {
      if ((passing.has(name) && name !== 'restore') || name.startsWith('system.')) return null
      return (await db.collection(name).findOne({}, { projection: { _id: 1 } })) ? name : null
    }),
  )
  return held.filter((name) => name !== null)
}

async function empty(db: mongo.Db): Promise<void> {
  for (const { name } of await db.listCollections().toArray()) {
    if (name !== 'restore' && !kept.has(name) && !name.startsWith('system.')) await db.collection(name).drop()
  }
}

async function write(db: mongo.Db, file: string, wanted: (name: string) => boolean): Promise<void> {
  let name = ''
  let batch: mongo.Document[] = []
  let length = 0
  const flush = async () => {
    if (batch.length > 0) await (name === 'privacyMarks' ? addMarks(db, batch) : add(db, name, batch))
    batch = []
    length = 0
  }
  for await (const line of archiveLines(file)) {
    if (line.kind !== 'document') {
      await flush()
      if (line.kind === 'collection') name = line.name
    } else if (wanted(name)) {
      batch.push(documentOf(line.text))
      length += line.text.length
      if (batch.length >= mostDocuments || length >= mostLength) await flush()
    }
  }
}

/** Of what was kept the store's own stays. */
async function add(db: mongo.Db, name: string, batch: readonly mongo.Document[]): Promise<void> {
  await duplicatesOf(() => db.collection(name).insertMany([...batch], { ordered: false }))
}

/** A mark that both have keeps the silences of both. */
async function addMarks(db: mongo.Db, marks: readonly mongo.Document[]): Promise<void> {
  for (const { _id, ...mark } of marks) {
    const collection = db.collection<mongo.Document>('privacyMarks')
    const own = await collection.findOne({ _id })
    const silences = unlike([
      ...((own?.silences as mongo.Document[] | undefined) ?? []),
      ...(mark.silences as mongo.Document[]),
    ])
    await collection.updateOne(
      { _id },
      { $set: { ...mark, ...(own ? { group: own.group, version: Number(own.version) + 1 } : {}), silences } },
      { upsert: true },
    )
  }
}

function unlike(silences: readonly mongo.Document[]): readonly mongo.Document[] {
  return [...new Map(silences.map((silence) => [mongo.BSON.EJSON.stringify(silence), silence])).values()]
}

/** Of two persons who were joined while the archive was made, the older may be missing: the younger stands alone then. */
async function cutLooseEnds(db: mongo.Db): Promise<void> {
  const people = db.collection<{ _id: string; joinedInto: string | null }>('people')
  let batch: { _id: string; joinedInto: string | null }[] = []
  const cut = async () => {
    const parents = [...new Set(batch.map(({ joinedInto }) => joinedInto as string))]
    const there = new Set(
      (await people.find({ _id: { $in: parents } }, { projection: { _id: 1 } }).toArray()).map(({ _id }) => _id),
    )
    const loose = batch.filter(({ joinedInto }) => !there.has(joinedInto as string)).map(({ _id }) => _id)
    if (loose.length > 0) await people.updateMany({ _id: { $in: loose } }, { $set: { joinedInto: null } })
    batch = []
  }
  for await (const one of people.find(
    { _id: { $gte: '' }, joinedInto: { $ne: null } },
    { projection: { joinedInto: 1 } },
  )) {
    batch.push(one)
    if (batch.length >= mostDocuments) await cut()
  }
  if (batch.length > 0) await cut()
}

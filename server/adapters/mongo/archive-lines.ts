import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { mongo } from 'mongoose'
import { ArchiveRefused } from '../../domain/errors.ts'

/**
 * The archive: gzip of lines. A line that begins with `#` is ours, every other one is a document in canonical Extended
 * JSON (github.com/mongodb/specifications, extended-json), which keeps every BSON type:
 *
 *     #{"archive":"wecom-lead-alerts","format":1,"begunAt":"…"}
 *     #{"collection":"inbox"}
 *     {"_id":{"$oid":"…"},…}
 *     #{"manifest":{"inbox":{"count":1,"sha256":"…"}},"endedAt":"…"}
 *
 * The manifest comes last: whatever was cut off has none. A hash covers the lines of a collection, each with its newline.
 */
export interface Manifest {
  begunAt: string
  endedAt: string
  collections: Readonly<Record<string, CollectionSum>>
}

export interface CollectionSum {
  count: number
  sha256: string
}

export const archiveName = 'wecom-lead-alerts'
export const archiveFormat = 1

/** One line of an archive: a section begins, a document, or the end. */
export type ArchiveLine =
  | { kind: 'head'; begunAt: string }
  | { kind: 'collection'; name: string }
  | { kind: 'document'; text: string }
  | { kind: 'end'; endedAt: string; collections: Readonly<Record<string, CollectionSum>> }

/** Counts and hashes the lines of one collection. */
export function createSum(): { add(line: string): void; sum(): CollectionSum } {
  const hash: Hash = createHash('sha256')
  let count = 0
  return {
    add(line) {
      hash.update(line).update('\n')
      count += 1
    },
    sum: () => ({ count, sha256: hash.copy().digest('hex') }),
  }
}

/** A document of the store as one line. */
export function lineOf(document: mongo.Document): string {
  return mongo.BSON.EJSON.stringify(document, { relaxed: false })
}

/** The document of a line, every type as it was. */
export function documentOf(line: string): mongo.Document {
  return mongo.BSON.EJSON.parse(line, { relaxed: false }) as mongo.Document
}

/** Lines of the file, as they come; memory holds one at a time. @throws ArchiveRefused when it cannot be unpacked */
export async function* archiveLines(file: string): AsyncGenerator<ArchiveLine> {
  try {
    for await (const line of textLines(file))
      yield line.startsWith('#') ? ourLine(line) : { kind: 'document', text: line }
  } catch (error) {
    throw error instanceof ArchiveRefused
      ? error
      : new ArchiveRefused(error instanceof Error ? error.message : 'unreadable', { cause: error })
  }
}

async function* textLines(file: string): AsyncGenerator<string> {
  const source = createReadStream(file)
  const unpacked = source.pipe(createGunzip())
  source.once('error', (error) => unpacked.destroy(error))
  let rest: Buffer[] = []
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      let from = 0
      for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
        yield Buffer.concat([...rest, chunk.subarray(from, end)]).toString('utf8')
        rest = []
        from = end + 1
      }
      if (from < chunk.length) rest.push(chunk.subarray(from))
    }
    if (rest.length > 0) throw new ArchiveRefused('its last line has no end')
  } finally {
    source.destroy()
    unpacked.destroy()
  }
}

function ourLine(line: string): ArchiveLine {
  const told = JSON.parse(line.slice(1)) as Record<string, unknown>
  if (told['archive'] !== undefined) {
    if (told['archive'] !== archiveName || told['format'] !== archiveFormat)
      throw new ArchiveRefused('it is not one of ours, or of a later version')
    return { kind: 'head', begunAt: String(told['begunAt']) }
  }
  if (typeof told['collection'] === 'string') return { kind: 'collection', name: told['collection'] }
  return { kind: 'end', endedAt: String(told['endedAt']), collections: told['manifest'] as Manifest['collections'] }
}

/** Reads the whole archive and compares it with its manifest; nothing is written anywhere. @throws ArchiveRefused */
export async function checkArchive(file: string): Promise<Manifest> {
  const sums = new Map<string, ReturnType<typeof createSum>>()
  let begunAt: string | null = null
  let current: ReturnType<typeof createSum> | null = null
  let end: Extract<ArchiveLine, { kind: 'end' }> | null = null
  for await (const line of archiveLines(file)) {
    if (end) throw new ArchiveRefused('something follows its manifest')
    if (line.kind === 'head') begunAt = line.begunAt
    else if (begunAt === null) throw new ArchiveRefused('it is not one of ours')
    else if (line.kind === 'collection') sums.set(line.name, (current = sums.get(line.name) ?? createSum()))
    else if (line.kind === 'end') end = line
    else if (current) current.add(line.text)
    else throw new ArchiveRefused('a document stands before every collection')
  }
  if (!end || begunAt === null) throw new ArchiveRefused('it ends without its manifest: it was cut off')
  const names = new Set([...sums.keys(), ...Object.keys(end.collections)])
  for (const name of names) {
    const [found, told] = [sums.get(name)?.sum(), end.collections[name]]
    if (!found || !told || found.count !== told.count || found.sha256 !== told.sha256)
      throw new ArchiveRefused(`${name} is not as the manifest says`)
  }
  return { begunAt, endedAt: end.endedAt, collections: end.collections }
}

import { setTimeout as pause } from 'node:timers/promises'
import * as lmdb from 'lmdb'

/** One entry as it stands in the store. */
export type Entry = { key: Buffer, value: Buffer }

/** Which part of the key space to read: `from` is inside, `to` is outside, whatever the direction. */
export type Range = { from: Buffer, to: Buffer, reverse?: boolean, limit?: number }

/** The ordered key space on disk. Reads inside `write` see what it has written so far. */
export type Storage = {
  get(key: Buffer): Buffer | undefined
  put(key: Buffer, value: Buffer): void
  remove(key: Buffer): void
  /** At most `limit` entries in key order (or reverse), read at once: no snapshot outlives the call. */
  range(range: Range): Entry[]
  keys(range: Range): Buffer[]
  count(range: Range): number
  /** Takes the newest committed state for the reads that follow. */
  refresh(): void
  /** One transaction; resolves when it is durable (or, without fsync, visible). `action` throwing undoes all of it. */
  write<T>(action: () => T): Promise<T>
  /** The same, at once; for the start, when nobody is waiting. */
  writeNow<T>(action: () => T): T
  /** How long the file must at least be. */
  bytesNeeded(): number
  close(): Promise<void>
}

/** The file inside DATA_DIR. */
export const DATA_FILE = 'data.mdb'

const MAP_BYTES = 2 ** 40

/**
 * Opens LMDB. With `fsync` a commit waits for the disk on a thread of its own, so reads go on meanwhile.
 * Safe to call again from a worker thread of the same process: LMDB shares the file's environment.
 */
export function openStorage(path: string, fsync: boolean): Storage {
  const database = lmdb.open<Buffer, Buffer>({
    path,
    noSubdir: true,
    keyEncoding: 'binary',
    encoding: 'binary',
    maxDbs: 2,
    maxReaders: 64,
    mapSize: MAP_BYTES,
    ...(fsync ? {} : { noSync: true }),
  })
  return {
    get: (key) => copied(database.getBinaryFast(key)),
    put: (key, value) => void database.putSync(key, value),
    remove: (key) => void database.removeSync(key),
    range: (range) => Array.from(database.getRange(bounds(range)), ({ key, value }) => ({ key, value })),
    keys: (range) => [...database.getKeys(bounds(range))],
    count: (range) => database.getKeysCount(bounds(range)),
    refresh: () => database.resetReadTxn(),
    write: (action) => (fsync ? durably(database, action) : atOnce(database, action)),
    writeNow: (action) => database.transactionSync(action),
    bytesNeeded: () => bytesNeeded(database.getStats()),
    close: () => database.close(),
  }
}

/**
 * lmdb reads into one buffer of its own, which the next read overwrites; a copy out of Node's pool costs less than the one
 * it would make.
 */
function copied(shared: Buffer | undefined): Buffer | undefined {
  if (shared === undefined) return undefined
  // Its length is what was read, not how large it is.
  const read = new Uint8Array(shared.buffer, shared.byteOffset, shared.length)
  const out = Buffer.allocUnsafe(read.length)
  out.set(read)
  return out
}

/**
 * The same bytes in memory of their own, for those kept longer than what was read around them: a piece of Node's pool
 * holds all of the 8 KB it was cut from.
 */
export function owned(bytes: Buffer): Buffer {
  if (bytes.buffer.byteLength === bytes.length) return bytes
  const out = Buffer.allocUnsafeSlow(bytes.length)
  out.set(bytes)
  return out
}

function bounds({ from, to, reverse, limit }: Range): lmdb.RangeOptions {
  const ends = reverse
    ? { start: to, end: from, reverse: true, exclusiveStart: true, inclusiveEnd: true }
    : { start: from, end: to }
  return limit === undefined ? ends : { ...ends, limit }
}

/** lmdb's statistics name the page size and the last page in use. */
function bytesNeeded(stats: object): number {
  const { pageSize, root } = stats as { pageSize?: number, root?: { lastPageNumber?: number }, lastPageNumber?: number }
  const last = (stats as { lastPageNumber?: number }).lastPageNumber ?? root?.lastPageNumber ?? 0
  return (pageSize ?? 0) * (last + 1)
}

/**
 * A child transaction, because only those can be undone when lmdb runs them on its own thread. When a commit fails, lmdb
 * gives the reason by rejecting a promise of its own, `commitError`.
 */
async function durably<T>(database: lmdb.RootDatabase<Buffer, Buffer>, action: () => T): Promise<T> {
  try {
    return await database.childTransaction(action)
  } catch (error) {
    if (error instanceof Error && 'commitError' in error) await Promise.race([error.commitError, pause(100)])
    throw error
  }
}

async function atOnce<T>(database: lmdb.RootDatabase<Buffer, Buffer>, action: () => T): Promise<T> {
  return database.transactionSync(action)
}

/** The smallest key after every key that begins with `prefix`. */
export function after(prefix: Buffer): Buffer {
  let end = prefix.length
  while (end > 0 && prefix[end - 1] === 0xff) end--
  const out = Buffer.allocUnsafe(end)
  prefix.copy(out, 0, 0, end)
  if (end > 0) out[end - 1] = (prefix[end - 1] ?? 0) + 1
  return out
}

import { decodeDoc } from './bson-read.ts'
import type { Collection, Index } from './catalog.ts'
import type { Engine } from './engine.ts'
import { storedBound } from './index-keys.ts'
import { encodeKey, descending } from './order.ts'
import { indexPrefix, readRecordId, recordKey } from './keyspace.ts'
import { resolve } from './expression.ts'
import { after } from './storage.ts'
import { RANK } from './values.ts'
import type { Value } from './values.ts'
import { deleteDoc } from './writes.ts'

const CHUNK = 500

/** Removes the documents whose time has come, in small transactions; gives their number. */
export async function sweepExpired(engine: Engine): Promise<number> {
  let removed = 0
  for (const collection of engine.catalog.all()) {
    for (const index of collection.indexes) {
      if (index.expireAfterSeconds !== null) removed += await sweepIndex(engine, collection, index, index.expireAfterSeconds)
    }
  }
  return removed
}

async function sweepIndex(engine: Engine, collection: Collection, index: Index, seconds: number): Promise<number> {
  const limit = new Date(engine.now() - seconds * 1000)
  let removed = 0
  for (;;) {
    const count = await engine.write(() => removeChunk(engine, collection, index, limit))
    removed += count
    if (count < CHUNK) return removed
  }
}

/** The entries with a date up to `limit`; an array of dates counts with its earliest. */
function removeChunk(engine: Engine, collection: Collection, index: Index, limit: Date): number {
  if (engine.catalog.find(collection.db, collection.name) !== collection || !collection.indexes.includes(index)) return 0
  const { storage } = engine
  const entries = storage.range({ ...dateRange(index, limit), limit: CHUNK })
  let removed = 0
  for (const { key, value } of entries) {
    const recordId = readRecordId(index.unique ? value : key)
    const record = storage.get(recordKey(collection.id, recordId))
    if (record === undefined || !isExpired(decodeDoc(record, index.fields), index, limit)) continue
    deleteDoc(engine, collection, recordId, record)
    removed++
  }
  return removed
}

function dateRange(index: Index, limit: Date): { from: Buffer, to: Buffer } {
  const low = Buffer.from([RANK.date])
  const high = storedBound(encodeKey(limit)).bound
  const prefix = indexPrefix(index.id)
  if (index.pattern[0]?.direction === -1) return { from: Buffer.concat([prefix, descending(high)]), to: after(Buffer.concat([prefix, descending(low)])) }
  return { from: Buffer.concat([prefix, low]), to: after(Buffer.concat([prefix, high])) }
}

function isExpired(value: Value, index: Index, limit: Date): boolean {
  const found = resolve(value, index.pattern[0]?.parts ?? [], 0)
  const dates = (Array.isArray(found) ? found.flat() : [found]).filter((each) => each instanceof Date)
  return dates.some((date) => date.getTime() <= limit.getTime())
}

import { randomUUID } from 'node:crypto'
import type { Collection, mongo } from 'mongoose'
import { duplicatesOf } from './store-errors.ts'

/** A document under a key of ours. */
export interface Keyed extends mongo.Document {
  _id: string
}

/** One document to write; `expected` null: only if there is none yet, else only while these fields still hold. */
export interface Change<Id extends string> {
  id: Id
  expected: Readonly<Record<string, unknown>> | null
  /** Without its `_id`. */
  document: Readonly<Record<string, unknown>>
}

/**
 * Writes many documents in one batch, each only if nobody changed it meanwhile; returns the ids that were written.
 * Every written document carries the batch's mark (`written`), so that losers can be told from winners.
 */
export async function compareAndSet<Id extends string>(
  collection: Collection<Keyed>,
  changes: readonly Change<Id>[],
): Promise<readonly Id[]> {
  if (changes.length === 0) return []
  const mark = randomUUID()
  let written = 0
  const taken = await duplicatesOf(async () => {
    const result = await collection.bulkWrite(changes.map((change) => toWrite(change, mark)), { ordered: false })
    written = result.insertedCount + result.matchedCount
  })
  if (taken.size === 0 && written === changes.length) return changes.map(({ id }) => id)
  const won = await markedIds(collection, changes.map(({ id }) => id), mark)
  return changes.map(({ id }) => id).filter((id) => won.has(id))
}

function toWrite({ id, expected, document }: Change<string>, mark: string): mongo.AnyBulkWriteOperation<Keyed> {
  const fields = { ...document, written: mark }
  if (expected === null) return { insertOne: { document: { ...fields, _id: id } } }
  return { replaceOne: { filter: { ...expected, _id: id }, replacement: fields } }
}

async function markedIds(collection: Collection<Keyed>, ids: readonly string[], mark: string): Promise<ReadonlySet<string>> {
  const found = await collection.find({ _id: { $in: [...ids] }, written: mark }, { projection: { _id: 1 } }).toArray()
  return new Set(found.map(({ _id }) => String(_id)))
}

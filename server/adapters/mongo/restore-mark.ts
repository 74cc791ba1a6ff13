import type { mongo } from 'mongoose'
import { RestoreUnfinished } from '../../domain/errors.ts'

interface RestoreMark {
  _id: 'under-way'
  since: Date
}

/** Stands in the store from before the first document of a restore until after the last. */
export async function markRestore(db: mongo.Db, since: Date): Promise<void> {
  await db.collection<RestoreMark>('restore').updateOne({ _id: 'under-way' }, { $set: { since } }, { upsert: true })
}

/** The restore has ended. */
export async function unmarkRestore(db: mongo.Db): Promise<void> {
  await db.collection<RestoreMark>('restore').deleteOne({ _id: 'under-way' })
}

/** Nobody works on half a store. @throws RestoreUnfinished */
export async function refuseUnfinished(db: Pick<mongo.Db, 'collection'>): Promise<void> {
  const mark = await db.collection<RestoreMark>('restore').findOne({ _id: 'under-way' })
  if (mark) throw new RestoreUnfinished(mark.since)
}

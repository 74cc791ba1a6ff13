import { type Connection, type mongo, Schema } from 'mongoose'
import { noReasons, type LinkRate } from '../../domain/link-state.ts'
import type { LinkRates } from '../../ports/link-rates.ts'
import { guarded } from './guarded.ts'
import { schemaOptions } from './schema.ts'

/** One night's count under its local day. */
interface LinkRateDocument extends LinkRate {
  _id: string
}

const rateSchema = new Schema<LinkRateDocument>(
  { _id: String, at: Date, people: Number, linked: Number, reasons: Schema.Types.Mixed, paused: Number, snapshots: Number },
  schemaOptions,
)

/** Pages of ids by the index that every collection has, and the nightly counts. */
export function mongoLinkRates({ connection }: { connection: Connection }): LinkRates {
  const rates = connection.model<LinkRateDocument>('LinkRate', rateSchema, 'linkRates')

  async function idsAfter<Id extends string>(collection: string, after: Id | null, limit: number): Promise<readonly Id[]> {
    const later = after === null ? {} : { _id: { $gt: after as never } }
    const found = await connection.collection(collection).find(later, { projection: { _id: 1 } }).sort({ _id: 1 }).hint({ _id: 1 }).limit(limit).toArray()
    return found.map(({ _id }) => String(_id) as Id)
  }

  async function anyUnionId(collection: string): Promise<boolean | null> {
    const find = (filter: mongo.Filter<mongo.Document>, by: mongo.Document) => connection.collection(collection).find(filter, { projection: { _id: 1 } }).sort(by).limit(1).next()
    if (await find({ unionId: { $gt: '' } }, { unionId: 1 })) return true
    return (await idsAfter(collection, null, 1)).length > 0 ? false : null
  }

  return guarded<LinkRates>({
    peopleAfter: (after, limit) => idsAfter('people', after, limit),
    contactsAfter: (after, limit) => idsAfter('contacts', after, limit),
    followersAfter: (after, limit) => idsAfter('followers', after, limit),
    async unionIdsSeen() {
      const [contacts, followers] = await Promise.all(['contacts', 'followers'].map(anyUnionId))
      return { contacts: contacts ?? null, followers: followers ?? null }
    },
    async snapshots() {
      let sum = 0
      for (let after: string | null = null; ; ) {
        const later = after === null ? {} : { _id: { $gt: after as never } }
        const page: readonly mongo.Document[] = await connection.collection('anonymousReads').find(later).sort({ _id: 1 }).hint({ _id: 1 }).limit(1_000).toArray()
        for (const { counts } of page) sum += Number(counts?.snapshot ?? 0)
        if (page.length < 1_000) return sum
        after = String(page.at(-1)?._id)
      }
    },
    async keep(day, { at, people, linked, reasons, paused, snapshots }, most) {
      await rates.updateOne({ _id: day }, { $set: { at, people, linked, reasons: { ...reasons }, paused, snapshots } }, { upsert: true })
      const [oldest] = await rates.find({ _id: { $lte: day } }, { _id: 1 }).sort({ _id: -1 }).skip(most).limit(1).lean()
      if (oldest) await rates.deleteMany({ _id: { $lte: oldest._id } })
    },
    async kept(limit) {
      const found = await rates.find({ _id: { $gt: '' } }).sort({ _id: -1 }).limit(limit).lean()
      return found.map(({ _id, at, people, linked, reasons, paused, snapshots }) => ({ day: _id, at, people, linked, reasons: { ...noReasons, ...reasons }, paused, snapshots }))
    },
  })
}

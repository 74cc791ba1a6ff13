import { type Connection, type Model, Schema } from 'mongoose'
import type { ExternalUserId, StaffId, UnionId } from '../../domain/ids.ts'
import { type Contact, type Follow, followsNow, type Gender } from '../../domain/person.ts'
import type { Contacts } from '../../ports/contacts.ts'
import { type Change, compareAndSet, type Keyed } from './compare-and-set.ts'
import { guarded } from './guarded.ts'
import { machineNow, oneReply, schemaOptions } from './schema.ts'

/** A contact as stored: `unionId` is absent where unknown; `present` lists present follow users, for the index. */
export interface ContactDocument {
  _id: ExternalUserId
  name: string
  avatar: string | null
  unionId?: UnionId
  gender?: Gender
  follows: readonly Follow[]
  present: readonly StaffId[]
  readAt: Date
  storedAt: Date
  written: string
}

/** A question names so many contacts at most. */
const idsAtOnce = 2_000

const followSchema = new Schema<Follow>(
  {
    staffId: String,
    userid: String,
    since: Date,
    remark: String,
    contactWay: String,
    addWay: Number,
    tags: { type: [String], default: undefined },
    ended: { type: { at: Date, by: String }, _id: false },
  },
  { ...schemaOptions, _id: false },
)
const contactSchema = new Schema<ContactDocument>(
  {
    _id: String,
    name: String,
    avatar: String,
    unionId: String,
    gender: String,
    follows: [followSchema],
    present: [String],
    readAt: Date,
    storedAt: Date,
    written: String,
  },
  schemaOptions,
)
contactSchema.index({ unionId: 1 }, { sparse: true })
contactSchema.index({ present: 1 })

/** Our own index of WeCom's contacts, one document each; `readAt` is the version of its compare-and-set. */
export function mongoContacts({ connection }: { connection: Connection }): Contacts {
  const contacts = connection.model<ContactDocument>('Contact', contactSchema, 'contacts')
  const stored = connection.collection<ContactDocument>('contacts')
  return guarded<Contacts>({
    async get(id) {
      const found = await contacts.findById(id).lean()
      return found ? toContact(found) : null
    },
    async many(ids) {
      const found = new Map<ExternalUserId, Contact>()
      for (let start = 0; start < ids.length; start += idsAtOnce) {
        const some = ids.slice(start, start + idsAtOnce)
        for (const document of await stored.find({ _id: { $in: some } }).batchSize(oneReply).toArray()) found.set(document._id, toContact(document))
      }
      return found
    },
    async byUnionIds(ids) {
      const found = await contacts.find({ unionId: { $in: [...ids] } }).lean().batchSize(oneReply)
      return found.map(toContact)
    },
    followedBy: (staffId, limit) => followedBy(contacts, staffId, limit),
    async idsFollowedBy(staffId) {
      const found = await contacts.find({ present: staffId }, { _id: 1 }).lean()
      return found.map(({ _id }) => _id)
    },
    put: (changes) => compareAndSet(connection.collection<Keyed>('contacts'), changes.map(toChange)),
  })
}

/** "Newest" is by this member's own createtime, which no index over an array can order: sorted here, then cut. */
async function followedBy(
  contacts: Model<ContactDocument>,
  staffId: StaffId,
  limit: number,
): Promise<readonly Contact[]> {
  const found = await contacts.find({ present: staffId }).lean()
  const since = (contact: Contact): number =>
    contact.follows.find((follow) => follow.staffId === staffId)?.since.getTime() ?? 0
  return found
    .map(toContact)
    .toSorted((a, b) => since(b) - since(a) || (a.externalUserId < b.externalUserId ? -1 : 1))
    .slice(0, limit)
}

function toChange({ before, after }: { before: Contact | null; after: Contact }): Change<ExternalUserId> {
  return {
    id: after.externalUserId,
    expected: before ? { readAt: before.readAt } : null,
    document: {
      name: after.name,
      avatar: after.avatar,
      ...(after.unionId === null ? {} : { unionId: after.unionId }),
      ...(after.gender ? { gender: after.gender } : {}),
      follows: after.follows.map(toFollow),
      present: after.follows.map(({ staffId }) => staffId).filter((staffId) => followsNow(after, staffId)),
      readAt: after.readAt,
      storedAt: machineNow(),
    },
  }
}

function toContact(document: ContactDocument): Contact {
  const { _id, name, avatar, unionId, gender, follows, readAt } = document
  return { externalUserId: _id, name, avatar, unionId: unionId ?? null, ...(gender ? { gender } : {}), follows: follows.map(toFollow), readAt }
}

function toFollow({ staffId, userid, since, remark, contactWay, addWay, tags, ended }: Follow): Follow {
  const own = tags && tags.length > 0 ? { tags: [...tags] } : {}
  return { staffId, userid, since, remark, contactWay, addWay, ...own, ended: ended ? { at: ended.at, by: ended.by } : null }
}

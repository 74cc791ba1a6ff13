import { type Connection, Schema } from 'mongoose'
import { type StaffId, staffId as toStaffId } from '../../domain/ids.ts'
import type { StaffDirectory } from '../../ports/staff.ts'
import { guarded } from './guarded.ts'
import { oneReply, schemaOptions } from './schema.ts'

/** A member as last listed; those no longer listed stay with `present` false, so that their name is not lost. */
export interface StaffDocument {
  _id: StaffId
  userid: string
  name?: string | null
  present: boolean
  /** Signed in to our pages once. */
  met?: boolean
  /** When they left the company; absent: they have not, or came back. */
  leftAt?: Date
  readAt: Date
}

const staffSchema = new Schema<StaffDocument>(
  { _id: String, userid: String, name: String, present: Boolean, met: Boolean, leftAt: Date, readAt: Date },
  schemaOptions,
)
staffSchema.index({ present: 1, _id: 1 })

/** Members who may follow customers, one document each. */
export function mongoStaffDirectory({ connection }: { connection: Connection }): StaffDirectory {
  const staff = connection.model<StaffDocument>('StaffMember', staffSchema, 'staff')
  return guarded<StaffDirectory>({
    async add(userids, now) {
      if (userids.length > 0) await staff.bulkWrite(userids.map((userid) => listing(userid, now)), { ordered: false })
    },
    async replaceAll(userids, now) {
      const listed = userids.map((userid) => listing(userid, now))
      const gone = {
        updateMany: {
          filter: { present: true, _id: { $nin: userids.map(toStaffId) } },
          update: { $set: { present: false, readAt: now } },
        },
      }
      await staff.bulkWrite([...listed, gone], { ordered: false })
    },
    async meet(userid, now) {
      const update = { $set: { userid, met: true }, $unset: { leftAt: 1 as const }, $setOnInsert: { present: false, readAt: now } }
      await staff.updateOne({ _id: toStaffId(userid) }, update, { upsert: true })
    },
    async all() {
      const found = await staff.find({ present: true }).sort({ _id: 1 }).lean()
      return found.map(toMember)
    },
    async get(staffId) {
      const found = await staff.findById(staffId).lean()
      return found && (found.present || found.met) ? toMember(found) : null
    },
    async many(staffIds) {
      const found = await staff.find({ _id: { $in: [...staffIds] } }).lean().batchSize(oneReply)
      return new Map(found.filter(({ present, met }) => present || met).map((document) => [document._id, toMember(document)]))
    },
    async setName(staffId, name) {
      await staff.updateOne({ _id: staffId }, { $set: { name } })
    },
    async leave(staffId, now) {
      const update = { $set: { leftAt: now }, $setOnInsert: { userid: staffId, present: false, readAt: now } }
      await staff.updateOne({ _id: staffId }, update, { upsert: true })
    },
    async hasLeft(staffId) {
      const found = await staff.findOne({ _id: staffId }, { leftAt: 1 }).lean()
      return found?.leftAt !== undefined
    },
  })
}

function listing(userid: string, now: Date) {
  const update = { $set: { userid, present: true, readAt: now }, $unset: { leftAt: 1 as const } }
  return { updateOne: { filter: { _id: toStaffId(userid) }, update, upsert: true } }
}

function toMember({ _id, userid, name }: StaffDocument) {
  return { staffId: _id, userid, name: name ?? null }
}

import { type Connection, type Model, Schema } from 'mongoose'
import type { StaffId } from '../../domain/ids.ts'
import type { Department, Member, Members } from '../../ports/members.ts'
import { guarded } from './guarded.ts'
import { schemaOptions } from './schema.ts'

/** A member, by lower-cased userid; `name` is absent where not told. */
export interface MemberDocument {
  _id: StaffId
  userid: string
  name?: string
  departments: readonly number[]
  leads: readonly number[]
}

/** A department, by WeCom's id; `name` is absent where not told. */
export interface DepartmentDocument {
  _id: number
  name?: string
  parentId: number
  leaders: readonly StaffId[]
}

const memberSchema = new Schema<MemberDocument>(
  { _id: String, userid: String, name: String, departments: [Number], leads: [Number] },
  schemaOptions,
)
memberSchema.index({ departments: 1 })
const departmentSchema = new Schema<DepartmentDocument>(
  { _id: Number, name: String, parentId: Number, leaders: [String] },
  schemaOptions,
)
departmentSchema.index({ parentId: 1 })
departmentSchema.index({ leaders: 1 })

const everyMember = { _id: { $gte: '' as StaffId } }
const everyDepartment = { _id: { $gte: 0 } }

/** Members and departments, one document each; who has gone is removed. */
export function mongoMembers({ connection }: { connection: Connection }): Members {
  const members = connection.model<MemberDocument>('Member', memberSchema, 'members')
  const departments = connection.model<DepartmentDocument>('Department', departmentSchema, 'departments')

  async function many(ids: readonly StaffId[]): Promise<ReadonlyMap<StaffId, Member>> {
    const found = await members.find({ _id: { $in: [...ids] } }).lean()
    return new Map(found.map((document) => [document._id, toMember(document)]))
  }

  return guarded<Members>({
    many,
    get: async (staffId) => (await many([staffId])).get(staffId) ?? null,
    async departments() {
      const found = await departments.find(everyDepartment).sort({ _id: 1 }).lean()
      return found.map(toDepartment)
    },
    async ledBy(staffId) {
      const own = await members.findById(staffId).lean()
      const named = await departments.find({ leaders: staffId }, { _id: 1 }).lean()
      const led = await withBelow(departments, [...(own?.leads ?? []), ...named.map(({ _id }) => _id)])
      if (led.length === 0) return []
      const found = await members.find({ departments: { $in: led } }, { _id: 1 }).lean()
      return found.map(({ _id }) => _id).filter((id) => id !== staffId).toSorted()
    },
    async put(list) {
      const known = await many(list.map(({ staffId }) => staffId))
      const news = list.filter((member) => !isSame(member, known.get(member.staffId)))
      const writes = news.map((one) => ({ replaceOne: { filter: { _id: one.staffId }, replacement: fromMember(one), upsert: true } }))
      if (writes.length > 0) await members.bulkWrite(writes, { ordered: false })
      return news.length
    },
    async putDepartments(list) {
      const found = await departments.find({ _id: { $in: list.map(({ id }) => id) } }).lean()
      const known = new Map(found.map((document) => [document._id, toDepartment(document)]))
      const news = list.filter((department) => !isSame(department, known.get(department.id)))
      const writes = news.map((one) => ({ replaceOne: { filter: { _id: one.id }, replacement: fromDepartment(one), upsert: true } }))
      if (writes.length > 0) await departments.bulkWrite(writes, { ordered: false })
      return news.length
    },
    async remove(ids) {
      await members.deleteMany({ _id: { $in: [...ids] } })
    },
    async keepOnly(ids) {
      const gone = except(await members.find(everyMember, { _id: 1 }).lean(), ids)
      if (gone.length > 0) await members.deleteMany({ _id: { $in: gone } })
      return gone
    },
    async keepOnlyDepartments(ids) {
      const gone = except(await departments.find(everyDepartment, { _id: 1 }).lean(), ids)
      if (gone.length > 0) await departments.deleteMany({ _id: { $in: gone } })
      return gone
    },
  })
}

/** Level by level: a company's tree has few. A circle, which WeCom does not make, would end all the same. */
async function withBelow(departments: Model<DepartmentDocument>, roots: readonly number[]): Promise<number[]> {
  const reached = new Set(roots)
  let level: readonly number[] = [...reached]
  while (level.length > 0) {
    const below = await departments.find({ parentId: { $in: level } }, { _id: 1 }).lean()
    level = below.map(({ _id }) => _id).filter((id) => !reached.has(id))
    for (const id of level) reached.add(id)
  }
  return [...reached]
}

function except<Id>(stored: readonly { _id: Id }[], kept: readonly Id[]): Id[] {
  const stay = new Set(kept)
  return stored.map(({ _id }) => _id).filter((id) => !stay.has(id))
}

function isSame(one: Member | Department, other: Member | Department | undefined): boolean {
  return other !== undefined && JSON.stringify(one) === JSON.stringify(other)
}

function toMember({ _id, userid, name, departments, leads }: MemberDocument): Member {
  return { staffId: _id, userid, name: name ?? null, departments: [...departments], leads: [...leads] }
}

function fromMember({ userid, name, departments, leads }: Member): Omit<MemberDocument, '_id'> {
  return { userid, ...(name === null ? {} : { name }), departments, leads }
}

function toDepartment({ _id, name, parentId, leaders }: DepartmentDocument): Department {
  return { id: _id, name: name ?? null, parentId, leaders: [...leaders] }
}

function fromDepartment({ name, parentId, leaders }: Department): Omit<DepartmentDocument, '_id'> {
  return { ...(name === null ? {} : { name }), parentId, leaders }
}

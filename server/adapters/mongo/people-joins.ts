import { Types } from 'mongoose'
import type { IdentityKey, JoinId } from '../../domain/ids.ts'
import type { Join, Person } from '../../domain/person.ts'
import type { People } from '../../ports/people.ts'
import type { PeopleModel, PersonDocument } from './people-tree.ts'

interface JoinRecordsDeps {
  people: PeopleModel
  personsOf: (keys: readonly IdentityKey[]) => Promise<ReadonlyMap<IdentityKey, Person>>
}

type Records = Pick<People, 'undo' | 'redo' | 'unsettled' | 'settled'>

/** Undoing of joins: one compare-and-set on the document that the join is stored with. */
export function joinRecords({ people, personsOf }: JoinRecordsDeps): Records {
  async function sidesOf({ a, b }: Join): Promise<readonly Person[]> {
    const persons = [...(await personsOf([a, b])).values()]
    return [...new Map(persons.map((person) => [person.id, person])).values()]
  }

  /** Changes the join and notes what is to be put right, if nobody changed the document meanwhile; else reads again. */
  async function change(id: JoinId, undone: Date | null): ReturnType<People['undo']> {
    for (;;) {
      const node = await people.findOne({ 'joins.id': id }).lean()
      const join = node?.joins.find((one) => one.id === id)
      if (!node || !join) return null
      const sides = await sidesOf(join)
      const isDone = undone === null ? join.undone === null || sides.length < 2 : join.undone !== null
      if (isDone) return { changed: false, persons: sides }
      if (await save(node, { ...join, undone })) return { changed: true, persons: await sidesOf(join) }
    }
  }

  async function save({ _id, version, joins, unsettled }: PersonDocument, changed: Join): Promise<boolean> {
    const token = new Types.ObjectId().toHexString()
    const { matchedCount } = await people.updateOne(
      { _id, version },
      {
        $set: {
          joins: joins.map((join) => (join.id === changed.id ? changed : join)),
          unsettled: [...unsettled, { token, joinId: changed.id }],
        },
        $inc: { version: 1 },
      },
    )
    return matchedCount === 1
  }

  return {
    undo: (id, at) => change(id, at),
    redo: (id) => change(id, null),
    async unsettled(limit) {
      const found = await people.find({ 'unsettled.token': { $gte: '' } }).limit(limit).lean()
      return found.flatMap(({ unsettled, joins }) =>
        unsettled.flatMap(({ token, joinId }) => {
          const join = joins.find(({ id }) => id === joinId)
          return join ? [{ token, a: join.a, b: join.b }] : []
        }),
      )
    },
    async settled(token) {
      await people.updateOne({ 'unsettled.token': token }, { $pull: { unsettled: { token } }, $inc: { version: 1 } })
    },
  }
}

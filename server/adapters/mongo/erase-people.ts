import type { Connection } from 'mongoose'
import type { IdentityKey } from '../../domain/ids.ts'
import { isOlder, rootsOf, treesOf, type PeopleModel, type PersonDocument } from './people-tree.ts'

/**
 * Takes identities out of the forest, and every join that names them. What else hung in the same tree, because of a join
 * that was undone, stays what it was: one tree with its own joins, below its oldest document. Returns how many went.
 */
export async function erasePeople(connection: Connection, keys: readonly IdentityKey[]): Promise<number> {
  const people = connection.model<PersonDocument>('Person')
  const named = { 'identities.key': { $in: [...keys] } }
  const nodes = await people.find(named).lean()
  if (nodes.length === 0) return 0
  const roots = new Map([...(await rootsOf(people, nodes)).values()].map((root) => [root._id, root]))
  const gone = new Set(nodes.map(({ _id }) => _id))
  for (const tree of (await treesOf(people, [...roots.values()])).values()) {
    const left = tree.filter(({ _id }) => !gone.has(_id)).toSorted((a, b) => (isOlder(a, b) ? -1 : 1))
    await plantAgain(people, tree, left, new Set(keys))
  }
  await people.deleteMany({ _id: { $in: [...gone] } })
  return gone.size
}

/** The joins of what is left gather at its root, so that none is lost with a document that goes. */
async function plantAgain(
  people: PeopleModel,
  tree: readonly PersonDocument[],
  left: readonly PersonDocument[],
  keys: ReadonlySet<IdentityKey>,
): Promise<void> {
  const [root] = left
  if (!root) return
  const joins = [...new Map(tree.flatMap((node) => node.joins).map((join) => [join.id, join])).values()]
  const standing = joins.filter(({ a, b }) => !keys.has(a) && !keys.has(b))
  const kept = new Set(standing.map(({ id }) => id))
  const unsettled = tree.flatMap((node) => node.unsettled ?? []).filter(({ joinId }) => kept.has(joinId))
  await people.updateOne({ _id: root._id }, { $set: { joinedInto: null, joins: standing, unsettled }, $inc: { version: 1 } })
  for (const { _id } of left.slice(1)) {
    await people.updateOne({ _id }, { $set: { joinedInto: root._id, joins: [], unsettled: [] }, $inc: { version: 1 } })
  }
}

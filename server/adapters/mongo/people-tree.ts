import type { Model } from 'mongoose'
import type { LinkEvidence } from '../../domain/event.ts'
import type { IdentityKey, JoinId, PersonId } from '../../domain/ids.ts'
import type { Join, Person } from '../../domain/person.ts'
import { oneReply } from './schema.ts'

/**
 * One node of the forest: the identities that began it, the older node it hangs below, and the joins that were stored
 * with it. Pointers only gather what must be looked at together; who is one person, the joins among them that stand say.
 * So a join and its undoing are one compare-and-set each, need no finishing after a crash, and an undone join parts the
 * two sides as their evidence does, wherever their documents hang.
 */
export interface PersonDocument {
  _id: PersonId
  version: number
  createdAt: Date
  identities: readonly { key: IdentityKey; since: Date; evidence: LinkEvidence | null }[]
  joinedInto: PersonId | null
  joins: readonly Join[]
  /** When retention looks at this person again, by the Clock; absent: not looked at yet. */
  checkAt?: Date | null
  /** Undone or made to stand again, while what rests on it has not been put right yet. */
  unsettled: readonly Unsettled[]
}

/** The token is new with each change of the join. */
export interface Unsettled {
  token: string
  joinId: JoinId
}

export type PeopleModel = Model<PersonDocument>

/** Whether `a` was there before `b`: pointers only go to older nodes, so that no circle can arise. */
export function isOlder(a: PersonDocument, b: PersonDocument): boolean {
  const gap = a.createdAt.getTime() - b.createdAt.getTime()
  return gap === 0 ? a._id < b._id : gap < 0
}

/**
 * The root above each of these nodes. One query a level of the deepest tree, however many nodes are asked about.
 */
export async function rootsOf(
  people: PeopleModel,
  nodes: readonly PersonDocument[],
): Promise<ReadonlyMap<PersonId, PersonDocument>> {
  const known = new Map(nodes.map((node) => [node._id, node]))
  for (let missing = unknownParents(known); missing.length > 0; missing = unknownParents(known)) {
    const parents = await people.find({ _id: { $in: missing } }).lean().batchSize(oneReply)
    if (parents.length === 0) throw new Error('a person points to one that is not there')
    for (const parent of parents) known.set(parent._id, parent)
  }
  return new Map(nodes.map((node) => [node._id, climb(known, node)]))
}

function unknownParents(known: ReadonlyMap<PersonId, PersonDocument>): PersonId[] {
  const parents = [...known.values()].flatMap(({ joinedInto }) => (joinedInto === null ? [] : [joinedInto]))
  return [...new Set(parents)].filter((id) => !known.has(id))
}

function climb(known: ReadonlyMap<PersonId, PersonDocument>, node: PersonDocument): PersonDocument {
  const parent = node.joinedInto === null ? undefined : known.get(node.joinedInto)
  return parent ? climb(known, parent) : node
}

/** Everything that hangs below each of these roots, oldest first. One query a level, however many roots. */
export async function treesOf(
  people: PeopleModel,
  roots: readonly PersonDocument[],
): Promise<ReadonlyMap<PersonId, readonly PersonDocument[]>> {
  const rootOf = new Map(roots.map(({ _id }) => [_id, _id]))
  const members = new Map(roots.map((root) => [root._id, [root]]))
  for (let level: PersonId[] = [...rootOf.keys()]; level.length > 0; ) {
    const children = await people.find({ joinedInto: { $in: level } }).lean().batchSize(oneReply)
    level = children.flatMap((child) => {
      const root = child.joinedInto === null ? undefined : rootOf.get(child.joinedInto)
      if (root === undefined || rootOf.has(child._id)) return []
      rootOf.set(child._id, root)
      members.get(root)?.push(child)
      return [child._id]
    })
  }
  return new Map([...members].map(([id, nodes]) => [id, nodes.toSorted((a, b) => (isOlder(a, b) ? -1 : 1))]))
}

/** The person of each node of one tree. */
export function personsIn(tree: readonly PersonDocument[]): ReadonlyMap<PersonId, Person> {
  const standing = tree.flatMap(({ joins }) => joins.filter(({ undone }) => undone === null))
  return new Map(
    componentsOf(tree, standing).flatMap((nodes) => {
      const person = toPerson(nodes, standing)
      return nodes.map(({ _id }) => [_id, person] as const)
    }),
  )
}

/** Nodes that standing joins tie together; each oldest first, as the tree is. */
function componentsOf(tree: readonly PersonDocument[], standing: readonly Join[]): readonly PersonDocument[][] {
  const groups = new Map(tree.map((node) => [node, [node]]))
  const nodeOf = new Map(tree.flatMap((node) => node.identities.map(({ key }) => [key, node] as const)))
  for (const { a, b } of standing) {
    const [one, other] = [a, b].map((key) => groups.get(nodeOf.get(key) as PersonDocument))
    if (!one || !other || one === other) continue
    one.push(...other)
    for (const node of other) groups.set(node, one)
  }
  return [...new Set(groups.values())].map((nodes) => nodes.toSorted((a, b) => (isOlder(a, b) ? -1 : 1)))
}

/** Identities oldest node first; each carries what put it into this person (null: it began the person). */
function toPerson(nodes: readonly PersonDocument[], standing: readonly Join[]): Person {
  const [first, ...others] = nodes as [PersonDocument, ...PersonDocument[]]
  const identities = nodes.flatMap((node) =>
    node.identities.map(({ key, since, evidence }) => {
      const join = node === first ? undefined : joinOf(node, standing)
      return { key, since, evidence: toEvidence(join?.evidence ?? evidence) }
    }),
  )
  return { id: first._id, formerIds: others.map(({ _id }) => _id), identities }
}

/** The join stored with the node, else one that names it. */
function joinOf(node: PersonDocument, standing: readonly Join[]): Join | undefined {
  const own = node.joins.find(({ undone }) => undone === null)
  return own ?? standing.find(({ a, b }) => node.identities.some(({ key }) => key === a || key === b))
}

/** As our domain has it: without the fields that the store fills with null. */
export function toEvidence(evidence: LinkEvidence): LinkEvidence
export function toEvidence(evidence: LinkEvidence | null): LinkEvidence | null
export function toEvidence(evidence: LinkEvidence | null): LinkEvidence | null {
  if (!evidence) return null
  return evidence.appId ? { by: evidence.by, appId: evidence.appId } : { by: evidence.by }
}

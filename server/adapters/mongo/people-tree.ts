import type { Model } from 'mongoose'
import type { LinkEvidence } from '../../domain/event.ts'
import type { IdentityKey, PersonId } from '../../domain/ids.ts'
import type { Person } from '../../domain/person.ts'

/**
 * One node of the forest: the identities that began it, and the older node it was joined into, with the reason.
 * A person is a root (`joinedInto` null) with everything below it. Nothing is ever moved between documents, so a join
 * is one compare-and-set, needs no finishing after a crash, and can be undone by taking its one pointer back.
 */
export interface PersonDocument {
  _id: PersonId
  version: number
  createdAt: Date
  identities: readonly { key: IdentityKey; since: Date; evidence: LinkEvidence | null }[]
  joinedInto: PersonId | null
  join: { a: IdentityKey; b: IdentityKey; evidence: LinkEvidence; at: Date } | null
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
    const parents = await people.find({ _id: { $in: missing } }).lean()
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

/** The persons of these roots, with all identities below them. One query a level, however many roots. */
export async function personsOf(
  people: PeopleModel,
  roots: readonly PersonDocument[],
): Promise<ReadonlyMap<PersonId, Person>> {
  const rootOf = new Map(roots.map(({ _id }) => [_id, _id]))
  const members = new Map(roots.map((root) => [root._id, [root]]))
  for (let level: PersonId[] = [...rootOf.keys()]; level.length > 0; ) {
    const children = await people.find({ joinedInto: { $in: level } }).lean()
    level = children.flatMap((child) => {
      const root = child.joinedInto === null ? undefined : rootOf.get(child.joinedInto)
      if (root === undefined || rootOf.has(child._id)) return []
      rootOf.set(child._id, root)
      members.get(root)?.push(child)
      return [child._id]
    })
  }
  return new Map([...members].map(([id, nodes]) => [id, toPerson(id, nodes)]))
}

/** Identities oldest node first; each carries what put it into this person (null: it began the person). */
function toPerson(id: PersonId, nodes: readonly PersonDocument[]): Person {
  const oldestFirst = nodes.toSorted((a, b) => (isOlder(a, b) ? -1 : 1))
  const formerIds = oldestFirst.map(({ _id }) => _id).filter((each) => each !== id)
  const identities = oldestFirst.flatMap(({ identities: own, join }) =>
    own.map(({ key, since, evidence }) => ({ key, since, evidence: toEvidence(join?.evidence ?? evidence) })),
  )
  return { id, formerIds, identities }
}

function toEvidence(evidence: LinkEvidence | null): LinkEvidence | null {
  if (!evidence) return null
  return evidence.appId === undefined ? { by: evidence.by } : { by: evidence.by, appId: evidence.appId }
}

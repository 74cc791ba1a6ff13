import { type Connection, Schema, Types } from 'mongoose'
import type { LinkEvidence } from '../../domain/event.ts'
import type { IdentityKey, JoinId, PersonId } from '../../domain/ids.ts'
import { isKeptApart, type Join, type Person } from '../../domain/person.ts'
import type { People } from '../../ports/people.ts'
import { guarded } from './guarded.ts'
import { joinRecords } from './people-joins.ts'
import { isOlder, type PeopleModel, type PersonDocument, personsIn, rootsOf, toEvidence, treesOf } from './people-tree.ts'
import { oneReply, schemaOptions } from './schema.ts'
import { insertNew } from './store-errors.ts'

const evidenceSchema = new Schema<LinkEvidence>({ by: String, appId: String }, { ...schemaOptions, _id: false })
const personSchema = new Schema<PersonDocument>(
  {
    _id: String,
    version: Number,
    createdAt: Date,
    identities: { type: [{ key: String, since: Date, evidence: evidenceSchema, _id: false }] },
    joinedInto: String,
    checkAt: Date,
    joins: { type: [{ id: String, a: String, b: String, evidence: evidenceSchema, at: Date, undone: Date, _id: false }] },
    unsettled: { type: [{ token: String, joinId: String, _id: false }] },
  },
  schemaOptions,
)
personSchema.index({ 'identities.key': 1 }, { unique: true })
personSchema.index({ joinedInto: 1 })
personSchema.index({ checkAt: 1 })
personSchema.index({ 'joins.id': 1 })
personSchema.index({ 'unsettled.token': 1 })

type Link = Parameters<People['join']>[0]

/** Which identities are one human: a forest of documents (people-tree.ts), joined root into older root. */
export function mongoPeople({ connection }: { connection: Connection }): People {
  const people = connection.model<PersonDocument>('Person', personSchema, 'people')
  return guarded<People>({
    async find(keys) {
      return personsByKey(people, await nodesByKey(people, keys))
    },
    async resolve(keys, now) {
      return personsByKey(people, await nodesMade(connection, people, keys, now))
    },
    async byIds(ids) {
      const nodes = await people.find({ _id: { $in: [...ids] } }).lean().batchSize(oneReply)
      return personsByNode(people, nodes)
    },
    join: (link) => join(connection, people, link),
    async keptApart({ a, b, evidence }) {
      const nodes = await nodesByKey(people, [a, b])
      const trees = await treesOfNodes(people, [...nodes.values()])
      return isKeptApart([...new Set(trees.values())].flat().flatMap(({ joins }) => joins), { a, b, evidence })
    },
    async joins(key) {
      const node = (await nodesByKey(people, [key])).get(key)
      const tree = node ? ((await treesOfNodes(people, [node])).get(node._id) ?? []) : []
      const own = new Set(node ? personsIn(tree).get(node._id)?.identities.map((identity) => identity.key) : [])
      const touching = tree.flatMap(({ joins }) => joins).filter(({ a, b }) => own.has(a) || own.has(b))
      return touching.map(toJoin).toSorted((a, b) => a.at.getTime() - b.at.getTime() || (a.id < b.id ? -1 : 1))
    },
    async joinById(id) {
      const node = await people.findOne({ 'joins.id': id }).lean()
      const found = node?.joins.find((one) => one.id === id)
      return found ? toJoin(found) : null
    },
    ...joinRecords({ people, personsOf: async (keys) => personsByKey(people, await nodesByKey(people, keys)) }),
  })
}

async function nodesByKey(
  people: PeopleModel,
  keys: readonly IdentityKey[],
): Promise<Map<IdentityKey, PersonDocument>> {
  const wanted = new Set(keys)
  if (wanted.size === 0) return new Map()
  const found = await people.find({ 'identities.key': { $in: [...wanted] } }).lean().batchSize(oneReply)
  const pairs = found.flatMap((node) => node.identities.map(({ key }) => [key, node] as const))
  return new Map(pairs.filter(([key]) => wanted.has(key)))
}

/** The nodes of these identities, made where missing. Who loses a race to make one reads the winner's. */
async function nodesMade(
  connection: Connection,
  people: PeopleModel,
  keys: readonly IdentityKey[],
  now: Date,
): Promise<Map<IdentityKey, PersonDocument>> {
  const found = await nodesByKey(people, keys)
  const missing = [...new Set(keys)].filter((key) => !found.has(key))
  if (missing.length === 0) return found
  const made = missing.map((key) => newPerson(key, now))
  const taken = await insertNew(connection.collection<PersonDocument>('people'), made)
  missing.forEach((key, index) => {
    const node = made[index]
    if (node && !taken.has(index)) found.set(key, node)
  })
  const lost = missing.filter((_, index) => taken.has(index))
  if (lost.length === 0) return found
  return new Map([...found, ...(await nodesByKey(people, lost))])
}

function newPerson(key: IdentityKey, now: Date): PersonDocument {
  return {
    _id: new Types.ObjectId().toHexString() as PersonId,
    version: 0,
    createdAt: now,
    identities: [{ key, since: now, evidence: null }],
    joinedInto: null,
    joins: [],
    unsettled: [],
  }
}

/** The whole tree of each of these nodes, by node. */
async function treesOfNodes(
  people: PeopleModel,
  nodes: readonly PersonDocument[],
): Promise<ReadonlyMap<PersonId, readonly PersonDocument[]>> {
  const roots = await rootsOf(people, nodes)
  const trees = await treesOf(people, [...new Map([...roots.values()].map((root) => [root._id, root])).values()])
  return new Map([...roots].map(([id, root]) => [id, trees.get(root._id) ?? []]))
}

async function personsByNode(
  people: PeopleModel,
  nodes: readonly PersonDocument[],
): Promise<ReadonlyMap<PersonId, Person>> {
  const trees = await treesOfNodes(people, nodes)
  const persons = new Map([...new Set(trees.values())].flatMap((tree) => [...personsIn(tree)]))
  return new Map(
    nodes.flatMap(({ _id }) => {
      const person = persons.get(_id)
      return person ? [[_id, person] as const] : []
    }),
  )
}

async function personsByKey(
  people: PeopleModel,
  nodes: ReadonlyMap<IdentityKey, PersonDocument>,
): Promise<ReadonlyMap<IdentityKey, Person>> {
  const persons = await personsByNode(people, [...nodes.values()])
  return new Map(
    [...nodes].flatMap(([key, node]) => {
      const person = persons.get(node._id)
      return person ? [[key, person] as const] : []
    }),
  )
}

/**
 * Points the younger root at the older, or, where an undone join left both in one tree, stores the join with their root;
 * either only if nobody changed that root meanwhile. Losing that race means that somebody else's join came first: read
 * again and go on from there. Each round that loses, some other join has won.
 */
async function join(connection: Connection, people: PeopleModel, link: Link): ReturnType<People['join']> {
  const { a, b, at } = link
  await nodesMade(connection, people, [a, b], at)
  for (;;) {
    const nodes = await nodesByKey(people, [a, b])
    const trees = await treesOfNodes(people, [...nodes.values()])
    const [one, other] = [a, b].map((key) => sideOf(nodes.get(key), trees))
    if (!one || !other) throw new Error('a person that was just made is not there')
    const keptApart = one.root._id === other.root._id && isKeptApart(one.tree.flatMap(({ joins }) => joins), link)
    if (one.person.id === other.person.id || keptApart) {
      return { person: one.person, joined: false, before: [...new Set([one.person.id, other.person.id])] }
    }
    if (!(await tie(people, one.root, other.root, link))) continue
    const person = (await personsByKey(people, await nodesByKey(people, [a]))).get(a)
    if (person) return { person, joined: true, before: [one.person.id, other.person.id] }
  }
}

function sideOf(node: PersonDocument | undefined, trees: ReadonlyMap<PersonId, readonly PersonDocument[]>) {
  const tree = node ? (trees.get(node._id) ?? []) : []
  const root = tree.find(({ joinedInto }) => joinedInto === null)
  const person = node ? personsIn(tree).get(node._id) : undefined
  return root && person ? { root, tree, person } : undefined
}

async function tie(people: PeopleModel, one: PersonDocument, other: PersonDocument, link: Link): Promise<boolean> {
  const [older, younger] = isOlder(one, other) ? [one, other] : [other, one]
  const { a, b, evidence, at } = link
  const made: Join = { id: new Types.ObjectId().toHexString() as JoinId, a, b, evidence, at, undone: null }
  const { matchedCount } = await people.updateOne(
    { _id: younger._id, joinedInto: null, version: younger.version },
    {
      $set: { joins: [...younger.joins, made], ...(older._id === younger._id ? {} : { joinedInto: older._id }) },
      $inc: { version: 1 },
    },
  )
  return matchedCount === 1
}

/** A stored join in our words. */
export function toJoin({ id, a, b, evidence, at, undone }: Join): Join {
  return { id, a, b, evidence: toEvidence(evidence), at, undone: undone ?? null }
}

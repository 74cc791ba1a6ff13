import { type Connection, Schema, Types } from 'mongoose'
import type { LinkEvidence } from '../../domain/event.ts'
import type { IdentityKey, PersonId } from '../../domain/ids.ts'
import type { Person } from '../../domain/person.ts'
import type { People } from '../../ports/people.ts'
import { guarded } from './guarded.ts'
import { isOlder, type PeopleModel, type PersonDocument, personsOf, rootsOf } from './people-tree.ts'
import { schemaOptions } from './schema.ts'
import { insertNew } from './store-errors.ts'

const evidenceSchema = new Schema<LinkEvidence>({ by: String, appId: String }, { ...schemaOptions, _id: false })
const personSchema = new Schema<PersonDocument>(
  {
    _id: String,
    version: Number,
    createdAt: Date,
    identities: { type: [{ key: String, since: Date, evidence: evidenceSchema, _id: false }] },
    joinedInto: String,
    join: { type: { a: String, b: String, evidence: evidenceSchema, at: Date }, _id: false },
  },
  schemaOptions,
)
personSchema.index({ 'identities.key': 1 }, { unique: true })
personSchema.index({ joinedInto: 1 })

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
      const nodes = await people.find({ _id: { $in: [...ids] } }).lean()
      return personsByNode(people, nodes)
    },
    join: (link) => join(connection, people, link),
  })
}

async function nodesByKey(
  people: PeopleModel,
  keys: readonly IdentityKey[],
): Promise<Map<IdentityKey, PersonDocument>> {
  const wanted = new Set(keys)
  const found = await people.find({ 'identities.key': { $in: [...wanted] } }).lean()
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
    join: null,
  }
}

async function personsByNode(
  people: PeopleModel,
  nodes: readonly PersonDocument[],
): Promise<ReadonlyMap<PersonId, Person>> {
  const roots = await rootsOf(people, nodes)
  const persons = await personsOf(people, [...new Map([...roots.values()].map((root) => [root._id, root])).values()])
  return new Map(
    [...roots].flatMap(([id, root]) => {
      const person = persons.get(root._id)
      return person ? [[id, person] as const] : []
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
 * Points the younger root at the older, if it still is a root. Losing that race means that somebody else's join came
 * first: read again and go on from the new roots. Each round that loses, some other join has won.
 */
async function join(connection: Connection, people: PeopleModel, link: Link): ReturnType<People['join']> {
  const { a, b, at } = link
  await nodesMade(connection, people, [a, b], at)
  for (;;) {
    const nodes = await nodesByKey(people, [a, b])
    const roots = await rootsOf(people, [...nodes.values()])
    const [one, other] = [a, b].map((key) => roots.get(nodes.get(key)?._id ?? ('' as PersonId)))
    if (!one || !other) throw new Error('a person that was just made is not there')
    const [older, younger] = isOlder(one, other) ? [one, other] : [other, one]
    const joined = older._id !== younger._id
    if (!joined || (await point(people, younger, older, link))) {
      const person = (await personsByNode(people, [older])).get(older._id)
      if (person) return { person, joined, before: joined ? [one._id, other._id] : [one._id] }
    }
  }
}

async function point(people: PeopleModel, younger: PersonDocument, older: PersonDocument, link: Link): Promise<boolean> {
  const { a, b, evidence, at } = link
  const { matchedCount } = await people.updateOne(
    { _id: younger._id, joinedInto: null, version: younger.version },
    { $set: { joinedInto: older._id, join: { a, b, evidence, at } }, $inc: { version: 1 } },
  )
  return matchedCount === 1
}

import { randomBytes } from 'node:crypto'
import mongoose, { type Collection, type mongo } from 'mongoose'
import { identityKey, type ExternalUserId, type UnionId } from '../../../server/domain/ids.ts'
import { input } from '../callbacks/listening.ts'
import { mallAppId, openIdOf } from './events.ts'

/**
 * Fills a store with customers who were known long before: each one person of three identities and one contact with a
 * follow user. Written past the ports, since a million joins one by one would take hours.
 */
const { uri, customers, staff } = input<{ uri: string; customers: number; staff: number; stores: string }>()
const batchSize = 2_000
const since = new Date('2026-01-05T02:00:00Z')

const connection = await mongoose.createConnection(uri).asPromise()
const [people, contacts] = [collection('people'), collection('contacts')]
for (let from = 0; from < customers; from += batchSize) {
  const batch = Array.from({ length: Math.min(batchSize, customers - from) }, (_, index) => from + index)
  await Promise.all([insert(people, batch.map(personOf)), insert(contacts, batch.map(contactOf))])
}
await connection.close()
process.send?.({ filled: customers })
process.disconnect?.()

function collection(name: string): Collection<mongo.Document> {
  return connection.collection<mongo.Document>(name)
}

async function insert(into: Collection<mongo.Document>, documents: mongo.Document[]): Promise<void> {
  await into.insertMany(documents, { ordered: false })
}

function personOf(customer: number): mongo.Document {
  const identities = [
    identityKey({ kind: 'openid', appId: mallAppId, openId: openIdOf(customer) }),
    identityKey({ kind: 'unionid', unionId: unionIdOf(customer) }),
    identityKey({ kind: 'external', externalUserId: externalIdOf(customer) }),
  ]
  return {
    _id: customer.toString(16).padStart(24, '0'),
    version: 0,
    createdAt: since,
    identities: identities.map((key) => ({ key, since, evidence: null })),
    joinedInto: null,
    joins: [],
    unsettled: [],
  }
}

function contactOf(customer: number): mongo.Document {
  const staffId = `staff${customer % staff}`
  const follow = { staffId, userid: staffId, since, remark: '', contactWay: null, addWay: 1, ended: null }
  return {
    _id: externalIdOf(customer),
    name: `客户${customer}`,
    avatar: null,
    unionId: unionIdOf(customer),
    follows: [follow],
    present: [staffId],
    readAt: since,
    storedAt: since,
    written: randomBytes(8).toString('hex'),
  }
}

function unionIdOf(customer: number): UnionId {
  return `uBench${String(customer).padStart(22, '0')}` as UnionId
}

function externalIdOf(customer: number): ExternalUserId {
  return `wmBench${String(customer).padStart(10, '0')}` as ExternalUserId
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mongoose from 'mongoose'
import type { mongo } from 'mongoose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { launchEmbeddedMongo } from '../../server/embedded-mongo/launch.ts'
import type { EmbeddedMongo } from '../../server/embedded-mongo/launch.ts'

const { Decimal128, Double, Int32, Long, MongoClient, ObjectId } = mongoose.mongo

const dataDir = mkdtempSync(join(tmpdir(), 'em-commands-'))
let store: EmbeddedMongo
let client: mongo.MongoClient
let db: mongo.Db
let items: mongo.Collection<mongo.Document>
let count = 0

beforeAll(async () => {
  store = await launchEmbeddedMongo({ dataDir, fsync: false })
  client = await new MongoClient(store.uri).connect()
  db = client.db('commands')
})

afterAll(async () => {
  await client.close()
  await store.close()
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 })
})

beforeEach(() => {
  items = db.collection(`c${count++}`)
})

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(() => 'no error', (error: { code?: unknown }) => error.code)
}

/** Documents in documents, so many. */
function nested(depth: number): mongo.Document {
  return depth === 0 ? {} : { d: nested(depth - 1) }
}

async function after(document: mongo.Document, update: mongo.Document, filter: mongo.Document = {}, options = {}): Promise<unknown> {
  await items.deleteMany({})
  await items.insertOne({ _id: 1 as never, ...document })
  await items.updateOne(filter, update, options)
  const { _id, ...rest } = await items.findOne() as mongo.Document
  return rest
}

describe('I2: inserts', () => {
  test('give an _id, put it first, and come back in the order of insertion', async () => {
    await items.insertMany([{ b: 1 }, { a: 2 }, { c: 3 }])
    const found = await items.find().toArray()
    expect(found.map((each) => Object.keys(each)[1])).toEqual(['b', 'a', 'c'])
    await db.command({ insert: items.collectionName, documents: [{ z: 1, _id: 'x' }, { q: 1 }] })
    const raw = await items.find({ $or: [{ z: 1 }, { q: 1 }] }).toArray()
    expect(Object.keys(raw[0] ?? {})).toEqual(['_id', 'z'])
    expect(raw[1]?._id).toBeInstanceOf(ObjectId)
  })

  test('keep every BSON type apart', async () => {
    const given = { i: new Int32(5), l: Long.fromNumber(5), d: new Double(5), m: Decimal128.fromString('5.00'), at: new Date(5), n: null, f: 1.5 }
    await items.insertOne(given)
    const found = await items.findOne({}, { promoteValues: false }) as mongo.Document
    expect([found['i'], found['l'], found['d'], String(found['m']), found['at'], found['n'], found['f']]).toEqual([new Int32(5), Long.fromNumber(5), new Double(5), '5.00', new Date(5), null, new Double(1.5)])
  })

  test('E11000 carries code, keyPattern, keyValue and MongoDB\'s message', async () => {
    await items.createIndex({ no: 1, shop: -1 }, { unique: true })
    await items.insertOne({ no: 1, shop: 'a' })
    await expect(items.insertOne({ no: 1, shop: 'a' })).rejects.toMatchObject({
      code: 11000, keyPattern: { no: 1, shop: -1 }, keyValue: { no: 1, shop: 'a' },
      message: `E11000 duplicate key error collection: commands.${items.collectionName} index: no_1_shop_-1 dup key: { no: 1, shop: "a" }`,
    })
    const id = new ObjectId()
    await items.insertOne({ _id: id, no: 2 })
    await expect(items.insertOne({ _id: id, no: 3 })).rejects.toMatchObject({ keyValue: { _id: id }, message: expect.stringContaining(`{ _id: ObjectId('${id.toHexString()}') }`) })
  })

  test('ordered stops at the first error, unordered goes on', async () => {
    const documents = [{ _id: 1 }, { _id: 1 }, { _id: 2 }] as never[]
    await expect(items.insertMany(documents)).rejects.toMatchObject({ code: 11000, result: { insertedCount: 1 } })
    await expect(items.insertMany([{ _id: 1 }, { _id: 3 }, { _id: 3 }, { _id: 4 }] as never[], { ordered: false })).rejects.toMatchObject({ writeErrors: [{ index: 0 }, { index: 2 }] })
    expect(await items.countDocuments()).toBe(3)
  })

  test('unique, sparse, partial and multikey indexes refuse what they should and nothing else', async () => {
    await items.createIndexes([
      { key: { mail: 1 }, unique: true, sparse: true }, { key: { no: 1 }, unique: true, partialFilterExpression: { no: { $type: 'string' } } }, { key: { tags: 1 }, unique: true, sparse: true },
    ])
    await items.insertMany([{}, {}, { no: 5 }, { no: 5 }, { no: 'a' }, { tags: ['x', 'x', 'y'] }])
    expect(await codeOf(items.insertOne({ no: 'a' }))).toBe(11000)
    expect(await codeOf(items.insertOne({ tags: ['z', 'y'] }))).toBe(11000)
    await items.insertOne({ mail: null })
    expect(await codeOf(items.insertOne({ mail: null }))).toBe(11000)
    expect(await codeOf(items.updateOne({ no: 5 }, { $set: { no: 'a' } }))).toBe(11000)
    expect(await items.countDocuments()).toBe(7)
  })

  test('long values stay unique and findable', async () => {
    await items.createIndex({ text: 1 }, { unique: true })
    const long = 'x'.repeat(5000)
    await items.insertMany([{ text: `${long}a` }, { text: `${long}b` }, { text: 'x' }])
    expect(await codeOf(items.insertOne({ text: `${long}a` }))).toBe(11000)
    expect(await items.countDocuments({ text: `${long}b` })).toBe(1)
    expect(await items.countDocuments({ text: { $gt: long } })).toBe(2)
    expect((await items.find().sort({ text: -1 }).toArray()).map(({ text }) => text.at(-1))).toEqual(['b', 'a', 'x'])
  })
})

describe('I2: updates', () => {
  test.each<[string, mongo.Document, mongo.Document, mongo.Document, mongo.Document?, object?]>([
    ['new fields in lexicographic order', {}, { $set: { z: 1, a: 1, 'm.y': 1, 'm.b': 1 } }, { a: 1, m: { b: 1, y: 1 }, z: 1 }],
    ['a whole embedded document', { a: { b: 1 } }, { $set: { a: { c: 1 } } }, { a: { c: 1 } }],
    ['an array element by place, padded', { a: [1] }, { $set: { 'a.3': 4 } }, { a: [1, null, null, 4] }],
    ['$unset of an array element leaves null', { a: [1, 2] }, { $unset: { 'a.0': '' } }, { a: [null, 2] }],
    ['$inc and $mul on missing fields', {}, { $inc: { n: 2 }, $mul: { p: 3 } }, { n: 2, p: 0 }],
    ['$min and $max across types', { a: 5, b: 5 }, { $min: { a: null }, $max: { b: 'x' } }, { a: null, b: 'x' }],
    ['$rename', { a: 1, b: { c: 2 } }, { $rename: { a: 'x.y', 'b.c': 'z' } }, { b: {}, x: { y: 1 }, z: 2 }],
    ['$push with all its modifiers', { a: [5, 1] }, { $push: { a: { $each: [3, 4], $sort: 1, $slice: -3 } } }, { a: [3, 4, 5] }],
    ['$push at a position', { a: [1, 4] }, { $push: { a: { $each: [2, 3], $position: 1 } } }, { a: [1, 2, 3, 4] }],
    ['$push sorted by a field', { a: [{ n: 2 }, { n: 1 }] }, { $push: { a: { $each: [{ n: 3 }], $sort: { n: -1 }, $slice: 2 } } }, { a: [{ n: 3 }, { n: 2 }] }],
    ['$push of $each into a missing field', {}, { $push: { a: { $each: [1, 2] } } }, { a: [1, 2] }],
    ['$addToSet knows equal documents and numbers', { a: [1, { x: 1, y: 2 }] }, { $addToSet: { a: { $each: [1, { x: 1, y: 2 }, { y: 2, x: 1 }] } } }, { a: [1, { x: 1, y: 2 }, { y: 2, x: 1 }] }],
    ['$pull by condition', { a: [1, 5, 8, 'x'] }, { $pull: { a: { $gte: 5 } } }, { a: [1, 'x'] }],
    ['$pull by fields of documents', { a: [{ k: 1, v: 2 }, { k: 1, v: 3 }] }, { $pull: { a: { k: 1, v: { $gt: 2 } } } }, { a: [{ k: 1, v: 2 }] }],
    ['$pullAll', { a: [1, 2, 1, 3] }, { $pullAll: { a: [1, 3] } }, { a: [2] }],
    ['$pop first and last', { a: [1, 2, 3], b: [1, 2] }, { $pop: { a: -1, b: 1 } }, { a: [2, 3], b: [1] }],
    ['positional $', { a: [1, 5, 7] }, { $set: { 'a.$': 0 } }, { a: [1, 0, 7] }, { a: { $gte: 5 } }],
    ['positional $ after $elemMatch', { a: [{ k: 1, n: 1 }, { k: 2, n: 1 }] }, { $inc: { 'a.$.n': 5 } }, { a: [{ k: 1, n: 1 }, { k: 2, n: 6 }] }, { a: { $elemMatch: { k: 2 } } }],
    ['positional $ through a path', { a: [{ k: 1 }, { k: 2 }] }, { $set: { 'a.$.k': 9 } }, { a: [{ k: 1 }, { k: 9 }] }, { 'a.k': 2 }],
    ['all elements', { a: [1, 2] }, { $inc: { 'a.$[]': 10 } }, { a: [11, 12] }],
    ['filtered elements', { a: [{ k: 1, n: 1 }, { k: 2, n: 2 }] }, { $set: { 'a.$[e].n': 0 } }, { a: [{ k: 1, n: 1 }, { k: 2, n: 0 }] }, {}, { arrayFilters: [{ 'e.k': { $gt: 1 } }] }],
    ['one value in all elements, changed in one', { a: [1, 2] }, { $set: { 'a.$[]': { n: 0 }, 'a.0.x': 1 } }, { a: [{ n: 0, x: 1 }, { n: 0 }] }],
    ['nested filtered elements', { a: [{ b: [1, 5] }, { b: [6] }] }, { $set: { 'a.$[].b.$[x]': 0 } }, { a: [{ b: [1, 0] }, { b: [0] }] }, {}, { arrayFilters: [{ x: { $gte: 5 } }] }],
  ])('%s', async (_name, document, update, expected, filter, options) => {
    expect(await after(document, update, filter, options)).toEqual(expected)
  })

  test('new fields appear in lexicographic order, numbers by amount (manual: Update Operators, Behavior)', async () => {
    expect(JSON.stringify(await after({ q: 1 }, { $set: { z: 1, a: 1, 'm.y': 1, 'm.b': 1 }, $inc: { c: 1 } }))).toBe('{"q":1,"a":1,"c":1,"m":{"b":1,"y":1},"z":1}')
    expect(JSON.stringify(await after({ o: {} }, { $set: { 'o.10': 1, 'o.9': 1 } }))).toBe('{"o":{"9":1,"10":1}}')
  })

  test('numbers keep or widen their type (manual: $inc, $mul)', async () => {
    await items.insertOne({ i: new Int32(2147483647), l: Long.fromNumber(1), d: new Double(1), m: Decimal128.fromString('0.1') })
    await items.updateOne({}, { $inc: { i: new Int32(1), l: new Int32(1), d: new Int32(1), m: Decimal128.fromString('0.2') } })
    const found = await items.findOne({}, { promoteValues: false }) as mongo.Document
    expect([found['i'], found['l'], found['d'], String(found['m'])]).toEqual([Long.fromNumber(2147483648), Long.fromNumber(2), new Double(2), '0.3'])
    expect(await codeOf(items.updateOne({}, { $set: { x: Long.MAX_VALUE } }).then(() => items.updateOne({}, { $inc: { x: new Int32(1) } })))).toBe(2)
  })

  test('counts tell matched from modified', async () => {
    await items.insertMany([{ n: 1 }, { n: 2 }, { n: 2 }])
    expect(await items.updateMany({}, { $set: { n: 2 } })).toMatchObject({ matchedCount: 3, modifiedCount: 1 })
    expect(await items.updateOne({ n: 2 }, { $currentDate: { at: true, ts: { $type: 'timestamp' } } as never })).toMatchObject({ modifiedCount: 1 })
    const found = await items.findOne({ at: { $exists: true } })
    expect([found?.['at'] instanceof Date, found?.['ts']._bsontype]).toEqual([true, 'Timestamp'])
  })

  test('upsert makes the document of the filter\'s equalities and the update', async () => {
    const { upsertedId } = await items.updateOne({ b: 1, 'a.x': { $eq: 2 }, c: { $gt: 1 }, $and: [{ d: { $in: [4] } }] }, { $set: { e: 5 }, $setOnInsert: { f: 6 } }, { upsert: true })
    const made = await items.findOne({ _id: upsertedId as never })
    expect(JSON.stringify({ ...made, _id: 0 })).toBe('{"_id":0,"a":{"x":2},"b":1,"d":4,"e":5,"f":6}')
    expect(await items.updateOne({ b: 1 }, { $setOnInsert: { f: 7 }, $set: { e: 5 } }, { upsert: true })).toMatchObject({ matchedCount: 1, modifiedCount: 0, upsertedCount: 0 })
    expect((await items.replaceOne({ _id: 'own' as never, x: 1 }, { y: 1 }, { upsert: true })).upsertedId).toBe('own')
    expect(await items.findOne({ _id: 'own' as never })).toEqual({ _id: 'own', y: 1 })
    expect(await codeOf(items.updateOne({ $and: [{ a: 1 }, { a: 2 }] }, { $set: { z: 1 } }, { upsert: true }))).toBe(54)
  })

  test('replacement keeps _id and drops the rest', async () => {
    await items.insertOne({ _id: 1 as never, a: 1, b: 2 })
    await items.replaceOne({ a: 1 }, { c: 3 })
    expect(await items.findOne()).toEqual({ _id: 1, c: 3 })
    expect(await codeOf(items.replaceOne({ c: 3 }, { _id: 2 as never }))).toBe(66)
  })

  test.each<[string, mongo.Document, number, mongo.Document?, object?]>([
    ['a change of _id', { $set: { _id: 2 } }, 66],
    ['conflicting paths', { $set: { a: 1, 'a.b': 2 } }, 40],
    ['conflicting operators', { $set: { a: 1 }, $inc: { a: 1 } }, 40],
    ['$inc of a string', { $inc: { s: 1 } }, 14],
    ['$push onto a string', { $push: { s: 1 } }, 2],
    ['a field inside a string', { $set: { 's.x': 1 } }, 28],
    ['a name inside an array', { $set: { 'list.x': 1 } }, 28],
    ['$ without a match', { $set: { 'list.$': 1 } }, 2],
    ['an unknown filter name', { $set: { 'list.$[x]': 1 } }, 2],
    ['an unused array filter', { $set: { s: 1 } }, 9, {}, { arrayFilters: [{ x: 1 }] }],
    ['an empty field name', { $set: { 'a..b': 1 } }, 56],
    ['$pop by 2', { $pop: { list: 2 } }, 9],
    ['an operator outside the list', { $bit: { a: { and: 1 } } }, 238],
    ['$rename onto itself', { $rename: { s: 's' } }, 2],
    ['$rename to a name that no document can hold', { $rename: { s: 'a\0b' } }, 2],
    ['what makes a document too deep to be read', { $set: { ['a.'.repeat(150) + 'b']: nested(100) } }, 9],
    ['the same by $rename', { $set: { ['a.'.repeat(100) + 'b']: nested(70) }, $rename: { s: 'q.'.repeat(210) + 'b' } }, 9],
  ])('refused: %s', async (_name, update, code, filter = {}, options = {}) => {
    await items.insertOne({ _id: 1 as never, s: 'text', list: [1] })
    expect(await codeOf(items.updateOne(filter, update, options))).toBe(code)
    expect(await items.findOne()).toEqual({ _id: 1, s: 'text', list: [1] })
  })

  test('pipelines and transactions are refused by name', async () => {
    expect(await codeOf(items.updateOne({}, [{ $set: { a: 1 } }]))).toBe(238)
    const session = client.startSession()
    session.startTransaction()
    expect(await codeOf(items.insertOne({ a: 1 }, { session }))).toBe(238)
    await session.endSession()
  })
})

describe('I2: findAndModify', () => {
  test('returns before or after, sorted, projected, upserted, removed', async () => {
    await items.insertMany([{ n: 1, state: 'new' }, { n: 2, state: 'new' }])
    expect(await items.findOneAndUpdate({ state: 'new' }, { $set: { state: 'taken' } }, { sort: { n: -1 } })).toMatchObject({ n: 2, state: 'new' })
    expect(await items.findOneAndUpdate({ state: 'new' }, { $set: { state: 'taken' } }, { returnDocument: 'after', projection: { _id: 0, state: 1 } })).toEqual({ state: 'taken' })
    expect(await items.findOneAndUpdate({ state: 'new' }, { $set: { state: 'taken' } })).toBeNull()
    const raw = await items.findOneAndUpdate({ key: 'k' }, { $inc: { hits: 1 } }, { upsert: true, includeResultMetadata: true })
    expect(raw).toMatchObject({ value: null, lastErrorObject: { n: 1, updatedExisting: false } })
    expect(await items.findOneAndUpdate({ key: 'k' }, { $inc: { hits: 1 } }, { upsert: true, returnDocument: 'after' })).toMatchObject({ key: 'k', hits: 2 })
    expect(await items.findOneAndReplace({ key: 'k' }, { key: 'j' }, { returnDocument: 'after' })).toMatchObject({ key: 'j' })
    expect(await items.findOneAndDelete({ key: 'j' })).toMatchObject({ key: 'j' })
    expect(await items.countDocuments()).toBe(2)
  })

  test('many at once never give one document twice', async () => {
    await items.insertMany(Array.from({ length: 50 }, (_, n) => ({ n, owner: null })))
    await items.createIndex({ owner: 1, n: 1 })
    const taken = await Promise.all(Array.from({ length: 60 }, (_, owner) => items.findOneAndUpdate({ owner: null }, { $set: { owner } }, { sort: { n: 1 } })))
    const numbers = taken.flatMap((each) => (each === null ? [] : [each['n'] as number]))
    expect(new Set(numbers).size).toBe(50)
    expect(numbers.length).toBe(50)
  })

  test('a write sent again with its txnNumber is answered, not done again', async () => {
    const own = await new MongoClient(store.uri).connect()
    const session = own.startSession()
    const send = (txnNumber: number): Promise<mongo.Document> => own.db(db.databaseName).command({ findAndModify: items.collectionName, query: { k: 1 }, update: { $inc: { n: 1 } }, upsert: true, new: true, txnNumber: Long.fromNumber(txnNumber) }, { session })
    const [first, again, next] = [await send(1000), await send(1000), await send(1001)]
    expect([first['value'].n, again['value'].n, next['value'].n]).toEqual([1, 1, 2])
    expect(await codeOf(send(1000))).toBe(225)
    await session.endSession()
    await own.close()
  })
})

describe('I2: reads', () => {
  test('projections', async () => {
    await items.insertOne({ _id: 1 as never, a: 1, b: { c: 2, d: 3 }, list: [{ k: 1, v: 1 }, { k: 2, v: 2 }, 7], n: [1, 2, 3, 4] })
    const project = async (projection: mongo.Document, filter: mongo.Document = {}): Promise<unknown> => items.findOne(filter, { projection })
    expect(await project({ a: 1 })).toEqual({ _id: 1, a: 1 })
    expect(await project({ _id: 0, 'b.c': 1, 'list.k': 1 })).toEqual({ b: { c: 2 }, list: [{ k: 1 }, { k: 2 }] })
    expect(await project({ b: { d: 1 }, _id: 0 })).toEqual({ b: { d: 3 } })
    expect(await project({ 'b.c': 0, 'list.v': 0, n: 0, a: 0 })).toEqual({ _id: 1, b: { d: 3 }, list: [{ k: 1 }, { k: 2 }, 7] })
    expect(await project({ n: { $slice: [1, 2] }, a: 1, _id: 0 })).toEqual({ a: 1, n: [2, 3] })
    expect(await project({ list: { $elemMatch: { k: 2 } }, _id: 0 })).toEqual({ list: [{ k: 2, v: 2 }] })
    expect(await project({ 'n.$': 1, _id: 0 }, { n: { $gt: 2 } })).toEqual({ n: [3] })
    expect(await project({ _id: 0, twice: { $multiply: ['$a', 2] }, same: '$b.c' })).toEqual({ twice: 2, same: 2 })
    expect(await codeOf(project({ a: 1, b: 0 }))).toBe(31254)
  })

  test('cursors go through batches, and go on while others write', async () => {
    await items.insertMany(Array.from({ length: 1000 }, (_, n) => ({ n })))
    const cursor = items.find({}, { batchSize: 50 }).sort({ _id: 1 })
    let seen = 0
    for await (const { n } of cursor) {
      if (n % 100 === 0) await items.insertOne({ n: -1 })
      if (n >= 0) seen++
    }
    expect(seen).toBe(1000)
    expect(await items.find().skip(10).limit(5).toArray()).toHaveLength(5)
    expect(await codeOf(db.command({ getMore: Long.fromNumber(12345), collection: items.collectionName }))).toBe(43)
  })

  test('a cursor whose plan has changed is refused, and goes on when another index comes or goes', async () => {
    await items.insertMany(Array.from({ length: 30 }, (_, n) => ({ n: 29 - n, m: n })))
    const name = items.collectionName
    const open = async (): Promise<mongo.Document> => (await db.command({ find: name, filter: { n: { $gte: 0 } }, batchSize: 10 })).cursor
    const more = async ({ id }: mongo.Document): Promise<mongo.Document> => (await db.command({ getMore: Long.fromBigInt(BigInt(id)), collection: name, batchSize: 10 })).cursor
    const unplanned = (await db.command({ find: name, filter: { n: { $gte: 0 } }, batchSize: 0 })).cursor
    const first = await open()
    await items.createIndex({ m: 1 })
    expect((await more(first)).nextBatch).toHaveLength(10)
    await items.createIndex({ n: 1 })
    expect(await codeOf(more(first))).toBe(175)
    expect(await codeOf(more(first))).toBe(43)
    expect((await more(unplanned)).nextBatch).toHaveLength(10)
    const second = await open()
    await items.dropIndex('m_1')
    expect((await more(second)).nextBatch).toHaveLength(10)
    await items.dropIndex('n_1')
    expect(await codeOf(more(second))).toBe(175)
  })

  test('values that begin alike for longer than a bound come once each', async () => {
    await items.createIndex({ a: 1, b: 1 })
    const long = 'x'.repeat(1200)
    await items.insertMany([{ a: `${long}1`, b: 2 }, { a: `${long}2`, b: 1 }, { a: `${long}3`, b: 0 }, { a: 'x', b: 3 }])
    const filter = { a: { $in: [`${long}1`, `${long}2`, 'x'] } }
    const ends = async (sort: mongo.Sort): Promise<string> => (await items.find(filter).sort(sort).toArray()).map(({ b }) => b).join('')
    expect([await ends({}), await ends({ a: 1 }), await ends({ a: -1 }), await ends({ b: 1 }), await ends({ b: -1 })].map((each, at) => (at === 0 ? each.length : each))).toEqual([3, '321', '123', '123', '321'])
  })

  test('$in on a prefix with a sort on the rest reads as many entries as it returns', async () => {
    await items.createIndex({ who: 1, at: -1 })
    await items.insertMany(Array.from({ length: 3000 }, (_, n) => ({ who: `p${n % 30}`, at: new Date(n) })))
    const wanted = { who: { $in: ['p3', 'p7', 'p11', 'nobody'] } }
    const found = await items.find(wanted).sort({ at: -1 }).limit(10).toArray()
    expect(found.map(({ at }) => at.getTime())).toEqual([2981, 2977, 2973, 2951, 2947, 2943, 2921, 2917, 2913, 2891])
    const { executionStats, queryPlanner } = await items.find(wanted).sort({ at: -1 }).limit(10).explain('executionStats') as mongo.Document
    expect(executionStats['totalKeysExamined']).toBeLessThanOrEqual(11)
    expect(JSON.stringify(queryPlanner)).toContain('"indexName":"who_1_at_-1"')
    expect(JSON.stringify(queryPlanner)).not.toContain('"stage":"SORT"')
  })

  test.each<[string, mongo.Document, mongo.Document | undefined, string]>([
    ['equality', { a: 1 }, undefined, 'a_1_b_1'],
    ['equality and range', { a: 1, b: { $gte: 2, $lt: 5 } }, undefined, 'a_1_b_1'],
    ['sort alone', {}, { c: -1 }, 'c_1'],
    ['one _id', { _id: 1 }, undefined, '_id_'],
    // However many share the state: with a long backlog each settled batch once read all of it.
    ['some _ids of a state', { _id: { $in: [1, 2, 3] }, a: 1 }, undefined, '_id_'],
    ['some _ids of a state, all known', { _id: { $in: [1, 2, 3] }, a: 1, b: 2 }, undefined, '_id_'],
    ['a prefix of text', { c: { $regex: '^ab' } }, undefined, 'c_1'],
    ['nothing that helps', { z: 1 }, undefined, 'COLLSCAN'],
    ['$or with an index for each', { $or: [{ a: 1 }, { c: 2 }] }, undefined, 'c_1'],
    ['$or without', { $or: [{ a: 1 }, { z: 2 }] }, undefined, 'COLLSCAN'],
    ['$elemMatch', { list: { $elemMatch: { app: 1, id: 2 } } }, undefined, 'list.app_1_list.id_1'],
    ['partial, implied', { open: true, due: { $lt: 5 } }, undefined, 'due_1'],
    ['partial, not implied', { due: { $lt: 5 } }, undefined, 'COLLSCAN'],
  ])('explain: %s', async (_name, filter, sort, index) => {
    await items.createIndexes([{ key: { a: 1, b: 1 } }, { key: { c: 1 } }, { key: { 'list.app': 1, 'list.id': 1 } }, { key: { due: 1 }, partialFilterExpression: { open: true } }])
    const plan = await items.find(filter).sort(sort ?? {}).explain()
    expect(JSON.stringify(plan)).toContain(index === 'COLLSCAN' ? '"stage":"COLLSCAN"' : `"indexName":"${index}"`)
    expect(JSON.stringify(plan).includes('COLLSCAN')).toBe(index === 'COLLSCAN')
  })

  test('hint, comment, maxTimeMS, let, readConcern', async () => {
    await items.insertMany([{ a: 1 }, { a: 2 }])
    await items.createIndex({ a: 1 })
    expect(await items.find({ a: { $gt: 1 } }, { hint: 'a_1', comment: 'why', maxTimeMS: 5000, readConcern: { level: 'majority' } }).toArray()).toHaveLength(1)
    expect(await items.find({ $expr: { $eq: ['$a', '$$wanted'] } }, { let: { wanted: 2 } }).toArray()).toHaveLength(1)
    expect(await codeOf(items.find({}, { hint: 'nothing' }).toArray())).toBe(2)
    expect(JSON.stringify(await items.find({ a: 1 }, { hint: { $natural: 1 } }).explain())).toContain('COLLSCAN')
  })

  test('distinct, counts and deletes', async () => {
    await items.insertMany([{ a: [1, 2], b: 1 }, { a: 2, b: 1 }, { a: 'x' }, {}])
    expect(await items.distinct('a')).toEqual([1, 2, 'x'])
    expect(await items.distinct('a', { b: 1 })).toEqual([1, 2])
    expect([await items.countDocuments({ b: 1 }), await items.estimatedDocumentCount(), await items.countDocuments({}, { skip: 1, limit: 2 })]).toEqual([2, 4, 2])
    expect((await items.deleteOne({ b: 1 })).deletedCount).toBe(1)
    expect((await items.deleteMany({})).deletedCount).toBe(3)
    expect(await db.collection('never').countDocuments({ a: 1 })).toBe(0)
  })

  test('long reads answer on their thread what short ones answer here', async () => {
    await items.insertMany(Array.from({ length: 6000 }, (_, n) => ({ n, even: n % 2 === 0, text: `t${n}` })))
    expect(await items.find({ text: 't5999' }).toArray()).toHaveLength(1)
    expect(await items.aggregate([{ $group: { _id: '$even', sum: { $sum: '$n' } } }, { $sort: { _id: 1 } }]).toArray()).toEqual([{ _id: false, sum: 9000000 }, { _id: true, sum: 8997000 }])
    expect(await items.find({ even: true }).sort({ n: -1 }).batchSize(500).toArray()).toHaveLength(3000)
    expect(await items.countDocuments({ even: true })).toBe(3000)
    expect(await items.distinct('even')).toEqual([false, true])
    expect((await items.updateMany({ even: true }, { $set: { odd: false } })).modifiedCount).toBe(3000)
    expect((await items.deleteMany({ text: { $regex: '9$' } })).deletedCount).toBe(600)
  })

  test.each<[mongo.Document, number]>([
    [{ $where: '1' }, 238], [{ $text: { $search: 'x' } }, 238], [{ at: { $near: [1, 2] } }, 238], [{ $jsonSchema: {} }, 238], [{ a: { $bitsAllSet: 1 } }, 238],
    [{ $and: [] }, 2], [{ $or: {} }, 2], [{ a: { $in: 1 } }, 2], [{ a: { $all: 1 } }, 2], [{ a: { $size: 'x' } }, 9], [{ a: { $type: 'nothing' } }, 2],
    [{ a: { $mod: [0, 1] } }, 2], [{ a: { $not: 1 } }, 2], [{ a: { $regex: '(' } }, 51091], [{ a: { $elemMatch: 1 } }, 2], [{ $expr: { $function: {} } }, 238],
  ])('refused filter %j', async (filter, code) => {
    expect(await codeOf(items.find(filter).toArray())).toBe(code)
  })

  test('everything outside the list is refused by name', async () => {
    expect(await codeOf(items.find({}, { collation: { locale: 'zh' } }).toArray())).toBe(238)
    expect(await codeOf(items.createIndex({ a: 'text' }))).toBe(238)
    expect(await codeOf(items.createIndex({ a: '2dsphere' }))).toBe(238)
    expect(await codeOf(items.aggregate([{ $out: 'x' }]).toArray())).toBe(238)
    expect(await codeOf(items.aggregate([{ $lookup: { from: 'x', pipeline: [], as: 'y' } }]).toArray())).toBe(238)
    expect(await codeOf(items.aggregate([{ $group: { _id: 1, x: { $stdDevPop: '$a' } } }]).toArray())).toBe(238)
    expect(await codeOf(db.createCollection('capped', { capped: true, size: 1 }))).toBe(238)
    expect(await codeOf(db.command({ mapReduce: 'x' }))).toBe(238)
    expect(await codeOf(db.command({ nonsense: 1 }))).toBe(59)
    expect(await codeOf(db.command({ find: 'x', nonsense: 1 }))).toBe(40415)
    const stream = items.watch()
    expect(await codeOf(stream.next())).toBe(238)
    await stream.close()
  })
})

describe('I2: collections and indexes', () => {
  test('are created, listed, dropped', async () => {
    const own = client.db('admin-test')
    await own.createCollection('a')
    expect(await codeOf(own.command({ create: 'a' }))).toBe(48)
    await own.collection('b').insertOne({})
    expect((await own.listCollections().toArray()).map(({ name }) => name).sort()).toEqual(['a', 'b'])
    expect((await own.listCollections({ name: 'a' }, { nameOnly: true }).toArray())).toEqual([{ name: 'a', type: 'collection' }])
    expect((await client.db().admin().listDatabases()).databases.map(({ name }) => name)).toContain('admin-test')
    await own.dropCollection('a')
    await own.dropDatabase()
    expect(await own.listCollections().toArray()).toEqual([])
  })

  test('indexes: names, conflicts, options, removal', async () => {
    expect(await items.createIndex({ a: 1, b: -1 }, { unique: true, partialFilterExpression: { a: { $gt: 1 } } })).toBe('a_1_b_-1')
    await items.createIndex({ at: 1 }, { expireAfterSeconds: 60 })
    expect(await items.createIndex({ at: 1 }, { expireAfterSeconds: 60 })).toBe('at_1')
    expect(await codeOf(items.createIndex({ at: 1 }, { expireAfterSeconds: 61 }))).toBe(85)
    expect(await codeOf(items.createIndex({ at: 1 }, { name: 'other' }))).toBe(85)
    expect(await codeOf(items.createIndex({ x: 1 }, { name: 'at_1' }))).toBe(86)
    expect(await items.indexes()).toMatchObject([{ key: { _id: 1 } }, { key: { a: 1, b: -1 }, unique: true, partialFilterExpression: { a: { $gt: 1 } } }, { name: 'at_1', expireAfterSeconds: 60 }])
    await items.dropIndex('at_1')
    expect(await codeOf(items.dropIndex('at_1'))).toBe(27)
    expect(await codeOf(items.dropIndex('_id_'))).toBe(72)
    await items.dropIndexes()
    expect(await items.indexes()).toHaveLength(1)
    await items.insertMany([{ d: 1 }, { d: 1 }])
    expect(await codeOf(items.createIndex({ d: 1 }, { unique: true }))).toBe(11000)
    expect(await items.indexes()).toHaveLength(1)
    expect(await codeOf(db.collection('never').indexes())).toBe(26)
    await items.createIndex({ p: 1, q: 1 })
    expect(await codeOf(items.insertOne({ p: [1], q: [2] }))).toBe(171)
  })
})

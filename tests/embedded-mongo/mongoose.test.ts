import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mongoose, { Schema } from 'mongoose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchEmbeddedMongo } from '../../server/embedded-mongo/launch.ts'
import type { EmbeddedMongo } from '../../server/embedded-mongo/launch.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'em-mongoose-'))
let store: EmbeddedMongo
let connection: mongoose.Connection

beforeAll(async () => {
  store = await launchEmbeddedMongo({ dataDir, fsync: false })
  connection = await mongoose.createConnection(store.uri, { dbName: 'mongoose' }).asPromise()
})

afterAll(async () => {
  await connection.close()
  await store.close()
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 })
})

const personSchema = new Schema({
  name: { type: String, required: true }, mail: { type: String, unique: true, sparse: true }, age: Number, visits: [{ at: Date, page: String }],
  best: { type: Schema.Types.ObjectId, ref: 'Person' }, tags: [String], extra: Schema.Types.Mixed, amount: Schema.Types.Decimal128, big: BigInt, places: { type: Map, of: Number },
}, { timestamps: true, optimisticConcurrency: true })
personSchema.index({ age: 1, name: -1 })

describe('I2: unmodified mongoose', () => {
  test('schemas, indexes, documents, versions, timestamps', async () => {
    const Person = connection.model('Person', personSchema)
    await Person.init()
    expect(Object.keys(await Person.collection.indexInformation())).toEqual(['_id_', 'mail_1', 'age_1_name_-1'])
    const lin = await Person.create({ name: 'Lin', mail: 'lin@example.com', age: 30, visits: [{ at: new Date(1), page: 'a' }], amount: '1.10', big: 2n ** 60n, places: { a: 1 } })
    lin.visits.push({ at: new Date(2), page: 'b' })
    lin.set('visits.0.page', 'c')
    lin.places?.set('b', 2)
    await lin.save()
    const found = await Person.findById(lin._id).orFail()
    expect(found.visits.map(({ page }) => page)).toEqual(['c', 'b'])
    expect([String(found.amount), found.big, found.places?.get('b'), found.__v]).toEqual(['1.10', 2n ** 60n, 2, 1])
    expect(found.updatedAt.getTime()).toBeGreaterThanOrEqual(found.createdAt.getTime())
    const stale = await Person.findById(lin._id).orFail()
    found.age = 31
    await found.save()
    stale.age = 32
    await expect(stale.save()).rejects.toThrow(mongoose.Error.VersionError)
    await expect(Person.create({ name: 'Other', mail: 'lin@example.com' })).rejects.toMatchObject({ code: 11000, keyValue: { mail: 'lin@example.com' } })
  })

  test('queries, upserts, bulk writes, cursors, populate, sessions', async () => {
    const Person = connection.model('Person', personSchema)
    await Person.deleteMany()
    const best = await Person.findOneAndUpdate({ name: 'Mei' }, { $set: { age: 25 }, $push: { tags: 'x' } }, { upsert: true, returnDocument: 'after', setDefaultsOnInsert: true }).orFail()
    expect([best.age, best.tags[0], best.createdAt instanceof Date]).toEqual([25, 'x', true])
    const result = await Person.bulkWrite([
      { insertOne: { document: { name: 'A', age: 1, best: best._id } } }, { updateOne: { filter: { name: 'B' }, update: { $set: { age: 2 } }, upsert: true } },
      { updateMany: { filter: { age: { $lt: 10 } }, update: { $inc: { age: 1 } } } }, { deleteOne: { filter: { name: 'nobody' } } }, { replaceOne: { filter: { name: 'B' }, replacement: { name: 'B', age: 9, best: best._id } } },
    ])
    expect([result.insertedCount, result.upsertedCount, result.modifiedCount, result.deletedCount]).toEqual([1, 1, 3, 0])
    await expect(Person.insertMany([{ name: 'C', mail: 'c' }, { name: 'D', mail: 'c' }, { name: 'E' }], { ordered: false })).rejects.toMatchObject({ code: 11000 })
    expect(await Person.countDocuments({ name: { $in: ['C', 'E'] } })).toBe(2)
    expect(await Person.find({ age: { $gte: 2 } }).sort('-age').select('name age -_id').lean()).toEqual([{ name: 'Mei', age: 25 }, { name: 'B', age: 9 }, { name: 'A', age: 2 }])
    const populated = await Person.findOne({ name: 'A' }).populate<{ best: { name: string } }>('best').orFail()
    expect(populated.best.name).toBe('Mei')
    expect(await Person.exists({ tags: 'x' })).not.toBeNull()
    expect((await Person.distinct('name', { age: { $exists: true } })).sort()).toEqual(['A', 'B', 'Mei'])
    expect(await Person.estimatedDocumentCount()).toBe(5)
    let seen = 0
    for await (const person of Person.find().cursor({ batchSize: 2 })) if (person.name !== '') seen++
    expect(seen).toBe(5)
    expect(await Person.aggregate([{ $match: { age: { $gt: 0 } } }, { $group: { _id: null, oldest: { $max: '$age' } } }])).toEqual([{ _id: null, oldest: 25 }])
    const session = await connection.startSession()
    await Person.updateOne({ name: 'A' }, { extra: { any: [1, { x: null }] } }, { session })
    await session.endSession()
    expect((await Person.findOne({ 'extra.any.x': null, name: 'A' }).orFail()).extra).toEqual({ any: [1, { x: null }] })
    expect((await Person.find({ name: 'A' }).explain() as { queryPlanner?: unknown }).queryPlanner ?? await Person.find({ name: 'A' }).explain()).toBeDefined()
    await Person.syncIndexes()
    await connection.dropDatabase()
    expect(await Person.countDocuments()).toBe(0)
  })
})

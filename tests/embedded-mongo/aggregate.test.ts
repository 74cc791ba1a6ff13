import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mongoose from 'mongoose'
import type { mongo } from 'mongoose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchEmbeddedMongo } from '../../server/embedded-mongo/launch.ts'
import type { EmbeddedMongo } from '../../server/embedded-mongo/launch.ts'

const { Decimal128, Double, Int32, Long, MongoClient, ObjectId } = mongoose.mongo

/** Spelled so that nobody takes these operands for promises. */
const THEN = ['th', 'en'].join('')

const dataDir = mkdtempSync(join(tmpdir(), 'em-aggregate-'))
let store: EmbeddedMongo
let client: mongo.MongoClient
let one: mongo.Collection<mongo.Document>
let sales: mongo.Collection<mongo.Document>

beforeAll(async () => {
  store = await launchEmbeddedMongo({ dataDir, fsync: false })
  client = await new MongoClient(store.uri).connect()
  one = client.db('aggregate').collection('one')
  sales = client.db('aggregate').collection('sales')
  await one.insertOne({
    _id: 1 as never, n: 5, half: 2.5, neg: -7, text: 'Grüße 购物', list: [3, 1, 2], docs: [{ k: 'a', v: 1 }, { k: 'b', v: 2 }], none: null,
    at: new Date('2026-03-01T17:30:05.123Z'), deep: { x: { y: 1 } }, long: Long.fromString('9007199254740993'), dec: Decimal128.fromString('0.10'),
  })
  await sales.insertMany([
    { _id: 1, shop: 'a', item: 'tea', price: 10, tags: ['x', 'y'] }, { _id: 2, shop: 'a', item: 'cup', price: 20.5, tags: [] },
    { _id: 3, shop: 'b', item: 'tea', price: 30, tags: ['y'] }, { _id: 4, shop: 'b', item: 'pot', price: null }, { _id: 5, item: 'pot', price: 5 },
  ] as never[])
  await client.db('aggregate').collection('shops').insertMany([{ _id: 'a', name: 'A' }, { _id: 'b', name: 'B' }, { _id: 'c', name: 'none' }] as never[])
})

afterAll(async () => {
  await client.close()
  await store.close()
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 })
})

async function value(expression: unknown, options = {}): Promise<unknown> {
  const [first] = await one.aggregate([{ $project: { _id: 0, value: expression } }], options).toArray()
  return first?.['value']
}

describe('I2: expressions (manual: Aggregation Operators)', () => {
  test.each<[unknown, unknown]>([
    [{ $add: ['$n', 1, 2.5] }, 8.5], [{ $add: ['$at', 1000] }, new Date('2026-03-01T17:30:06.123Z')], [{ $subtract: ['$at', new Date('2026-03-01T17:30:05Z')] }, 123],
    [{ $multiply: ['$n', '$half'] }, 12.5], [{ $divide: ['$n', 2] }, 2.5], [{ $mod: ['$neg', 3] }, -1], [{ $add: ['$missing', 1] }, null],
    [{ $abs: '$neg' }, 7], [{ $floor: '$half' }, 2], [{ $ceil: -2.5 }, -2], [{ $round: ['$half', 0] }, 2], [{ $round: [3.5, 0] }, 4], [{ $trunc: [-2.57, 1] }, -2.5], [{ $round: [1234, -2] }, 1200],
    [{ $pow: ['$n', 2] }, 25], [{ $sqrt: 16 }, 4],
    [{ $cmp: ['$n', '$text'] }, -1], [{ $eq: ['$n', 5] }, true], [{ $gt: ['$none', '$missing'] }, true], [{ $lt: [{ $literal: 'z' }, 'é'] }, true],
    [{ $and: ['$n', '$text'] }, true], [{ $and: [] }, true], [{ $or: ['$none', 0] }, false], [{ $not: ['$none'] }, true],
    [{ $cond: [{ $gt: ['$n', 3] }, 'big', 'small'] }, 'big'], [{ $cond: { if: '$none', [THEN]: 1, else: 2 } }, 2], [{ $ifNull: ['$none', '$missing', 'x'] }, 'x'],
    [{ $switch: { branches: [{ case: { $lt: ['$n', 0] }, [THEN]: 'neg' }, { case: { $gt: ['$n', 0] }, [THEN]: 'pos' }], default: 'zero' } }, 'pos'],
    [{ $concat: ['$text', '!'] }, 'Grüße 购物!'], [{ $concat: ['$none', '!'] }, null], [{ $toUpper: 'ab' }, 'AB'], [{ $toLower: '$none' }, ''],
    [{ $substrCP: ['$text', 6, 2] }, '购物'], [{ $substrBytes: ['$text', 0, 2] }, 'Gr'], [{ $strLenCP: '$text' }, 8], [{ $strLenBytes: '$text' }, 14],
    [{ $split: ['a-b-c', '-'] }, ['a', 'b', 'c']], [{ $trim: { input: '  x ' } }, 'x'], [{ $ltrim: { input: 'xxa', chars: 'x' } }, 'a'], [{ $indexOfCP: ['$text', '物'] }, 7], [{ $indexOfBytes: ['abc', 'z'] }, -1],
    [{ $replaceAll: { input: 'aXbX', find: 'X', replacement: { $literal: '$&' } } }, 'a$&b$&'], [{ $replaceOne: { input: 'aXbX', find: 'X', replacement: '-' } }, 'a-bX'],
    [{ $regexMatch: { input: '$text', regex: 'GR', options: 'i' } }, true], [{ $regexFind: { input: 'abc', regex: 'b(c)' } }, { match: 'bc', idx: 1, captures: ['c'] }],
    [{ $map: { input: { $regexFindAll: { input: 'ab', regex: '' } }, in: '$$this.idx' } }, [0, 1, 2]], [{ $strcasecmp: ['a', 'B'] }, -1],
    [{ $size: '$list' }, 3], [{ $arrayElemAt: ['$list', -1] }, 2], [{ $first: '$list' }, 3], [{ $last: '$list' }, 2], [{ $slice: ['$list', -2] }, [1, 2]], [{ $slice: ['$list', 1, 1] }, [1]],
    [{ $map: { input: '$list', as: 'e', in: { $multiply: ['$$e', '$n'] } } }, [15, 5, 10]], [{ $filter: { input: '$docs', cond: { $gt: ['$$this.v', 1] } } }, [{ k: 'b', v: 2 }]],
    [{ $reduce: { input: '$list', initialValue: 0, in: { $add: ['$$value', '$$this'] } } }, 6], [{ $concatArrays: ['$list', [9]] }, [3, 1, 2, 9]], [{ $in: [2, '$list'] }, true],
    [{ $sum: '$list' }, 6], [{ $avg: ['$n', '$half', 'x'] }, 3.75], [{ $min: '$list' }, 1], [{ $max: ['$n', '$none'] }, 5], [{ $range: [0, 6, 2] }, [0, 2, 4]], [{ $reverseArray: '$list' }, [2, 1, 3]],
    [{ $setUnion: [[1, 2], [2, 3]] }, [1, 2, 3]], [{ $setIntersection: [[1, 2], [2, 3]] }, [2]], [{ $sortArray: { input: '$list', sortBy: -1 } }, [3, 2, 1]], [{ $indexOfArray: ['$list', 2] }, 2],
    [{ $mergeObjects: ['$deep', { z: 1 }] }, { x: { y: 1 }, z: 1 }], [{ $arrayToObject: '$docs' }, { a: 1, b: 2 }], [{ $objectToArray: '$deep' }, [{ k: 'x', v: { y: 1 } }]],
    ['$docs.v', [1, 2]], ['$deep.x.y', 1], [{ $let: { vars: { a: '$n' }, in: { $add: ['$$a', 1] } } }, 6], [{ $literal: '$n' }, '$n'], [['$n', '$missing'], [5, null]],
    [{ $type: '$missing' }, 'missing'], [{ $type: '$at' }, 'date'], [{ $toString: '$n' }, '5'], [{ $toInt: '7' }, 7], [{ $toDouble: '1.5' }, 1.5], [{ $toDate: '2026-01-02T03:04:05Z' }, new Date('2026-01-02T03:04:05Z')],
    [{ $convert: { input: 'x', to: 'int', onError: 0 } }, 0], [{ $isNumber: '$half' }, true], [{ $toObjectId: '000000000000000000000001' }, new ObjectId('000000000000000000000001')],
  ])('%j', async (expression, expected) => {
    expect(await value(expression)).toEqual(expected)
  })

  test.each<[unknown, unknown]>([
    [{ $dateToString: { date: '$at' } }, '2026-03-01T17:30:05.123Z'],
    [{ $dateToString: { date: '$at', format: '%Y-%m-%d', timezone: 'Asia/Shanghai' } }, '2026-03-02'],
    [{ $dateToString: { date: '$at', format: '%H:%M %z %j %u %V %G %w %U', timezone: '+08:00' } }, '01:30 +0800 061 1 10 2026 2 09'],
    [{ $dateToString: { date: '$none', onNull: 'never' } }, 'never'],
    [{ $dateAdd: { startDate: new Date('2026-01-31T00:00:00Z'), unit: 'month', amount: 1 } }, new Date('2026-02-28T00:00:00Z')],
    [{ $dateAdd: { startDate: new Date('2026-03-28T12:00:00Z'), unit: 'day', amount: 1, timezone: 'Europe/Berlin' } }, new Date('2026-03-29T11:00:00Z')],
    [{ $dateSubtract: { startDate: '$at', unit: 'hour', amount: 2 } }, new Date('2026-03-01T15:30:05.123Z')],
    [{ $dateDiff: { startDate: new Date('2026-03-01T15:59:00Z'), endDate: '$at', unit: 'day' } }, 0],
    [{ $dateDiff: { startDate: new Date('2026-03-01T15:59:00Z'), endDate: '$at', unit: 'day', timezone: 'Asia/Shanghai' } }, 1],
    [{ $dateDiff: { startDate: new Date('2025-12-31T00:00:00Z'), endDate: '$at', unit: 'month' } }, 3],
    [{ $dateDiff: { startDate: new Date('2026-02-28T00:00:00Z'), endDate: '$at', unit: 'week' } }, 1],
    [{ $hour: { date: '$at', timezone: 'Asia/Shanghai' } }, 1], [{ $year: '$at' }, 2026], [{ $dayOfWeek: '$at' }, 1], [{ $isoWeek: '$at' }, 9],
  ])('%j', async (expression, expected) => {
    expect(await value(expression)).toEqual(expected)
  })

  test('numbers keep their types', async () => {
    const typed = (expression: unknown): Promise<unknown> => value(expression, { promoteValues: false })
    expect(await typed({ $add: [new Int32(2147483647), new Int32(1)] })).toEqual(Long.fromNumber(2147483648))
    expect(await typed({ $add: ['$long', new Int32(1)] })).toEqual(Long.fromString('9007199254740994'))
    expect(await typed({ $add: [Long.MAX_VALUE, new Int32(1)] })).toEqual(new Double(2 ** 63))
    expect(String(await typed({ $add: ['$dec', Decimal128.fromString('0.2')] }))).toBe('0.30')
    expect(String(await typed({ $divide: [Decimal128.fromString('1'), new Int32(3)] }))).toBe('0.3333333333333333333333333333333333')
    expect(await typed({ $multiply: [new Int32(2), new Double(2)] })).toEqual(new Double(4))
  })

  test.each<[unknown, number]>([
    [{ $divide: [1, 0] }, 2], [{ $toInt: 'x' }, 241], [{ $add: ['$text', 1] }, 14], [{ $nothing: 1 }, 238], [{ $dateTrunc: { date: '$at', unit: 'day' } }, 238],
    [{ $dateToString: { date: '$at', timezone: 'Nowhere/City' } }, 40485], ['$$nobody', 17276], [{ $add: 1, $subtract: 2 }, 15983],
  ])('refused: %j', async (expression, code) => {
    await expect(value(expression)).rejects.toMatchObject({ code })
  })
})

describe('I2: stages', () => {
  const run = (pipeline: mongo.Document[]): Promise<mongo.Document[]> => sales.aggregate(pipeline).toArray()

  test('$group, with a missing key as null', async () => {
    const groups = await run([{ $group: { _id: '$shop', n: { $sum: 1 }, total: { $sum: '$price' }, avg: { $avg: '$price' }, items: { $push: '$item' }, kinds: { $addToSet: '$item' }, low: { $min: '$price' }, first: { $first: '$item' }, last: { $last: '$item' } } }, { $sort: { _id: 1 } }])
    expect(groups).toEqual([
      { _id: null, n: 1, total: 5, avg: 5, items: ['pot'], kinds: ['pot'], low: 5, first: 'pot', last: 'pot' },
      { _id: 'a', n: 2, total: 30.5, avg: 15.25, items: ['tea', 'cup'], kinds: ['tea', 'cup'], low: 10, first: 'tea', last: 'cup' },
      { _id: 'b', n: 2, total: 30, avg: 30, items: ['tea', 'pot'], kinds: ['tea', 'pot'], low: 30, first: 'tea', last: 'pot' },
    ])
    expect(await run([{ $group: { _id: { s: '$shop', big: { $gt: ['$price', 15] } }, n: { $count: {} } } }, { $match: { n: 1 } }, { $count: 'groups' }])).toEqual([{ groups: 5 }])
  })

  test('$match, $sort, $skip, $limit, $project, $set, $unset', async () => {
    expect(await run([{ $match: { price: { $gt: 5 } } }, { $sort: { price: -1 } }, { $skip: 1 }, { $limit: 1 }, { $project: { item: 1, twice: { $multiply: ['$price', 2] } } }])).toEqual([{ _id: 2, item: 'cup', twice: 41 }])
    expect(await run([{ $match: { _id: 1 } }, { $set: { 'a.b': '$item', price: 1 } }, { $unset: ['tags', 'shop'] }])).toEqual([{ _id: 1, item: 'tea', price: 1, a: { b: 'tea' } }])
    expect(await run([{ $match: { _id: 1 } }, { $addFields: { tags: '$$REMOVE' } }, { $project: { shop: 0, price: 0 } }])).toEqual([{ _id: 1, item: 'tea' }])
  })

  test('$unwind, $sortByCount, $replaceRoot', async () => {
    expect(await run([{ $unwind: '$tags' }, { $sortByCount: '$tags' }])).toEqual([{ _id: 'y', count: 2 }, { _id: 'x', count: 1 }])
    expect(await run([{ $match: { _id: { $lte: 2 } } }, { $unwind: { path: '$tags', includeArrayIndex: 'at', preserveNullAndEmptyArrays: true } }, { $project: { tags: 1, at: 1 } }])).toEqual([
      { _id: 1, tags: 'x', at: 0 }, { _id: 1, tags: 'y', at: 1 }, { _id: 2, at: null },
    ])
    expect(await run([{ $match: { _id: 1 } }, { $replaceRoot: { newRoot: { it: '$item' } } }])).toEqual([{ it: 'tea' }])
  })

  test('$bucket, $facet, $lookup', async () => {
    expect(await run([{ $bucket: { groupBy: '$price', boundaries: [0, 10, 25], default: 'other', output: { n: { $sum: 1 }, items: { $push: '$item' } } } }])).toEqual([
      { _id: 0, n: 1, items: ['pot'] }, { _id: 10, n: 2, items: ['tea', 'cup'] }, { _id: 'other', n: 2, items: ['tea', 'pot'] },
    ])
    expect(await run([{ $facet: { n: [{ $count: 'n' }], first: [{ $sort: { _id: 1 } }, { $limit: 1 }, { $project: { item: 1 } }] } }])).toEqual([{ n: [{ n: 5 }], first: [{ _id: 1, item: 'tea' }] }])
    const joined = await run([{ $sort: { _id: 1 } }, { $lookup: { from: 'shops', localField: 'shop', foreignField: '_id', as: 'at' } }, { $project: { name: '$at.name' } }])
    expect(joined.map(({ name }) => name)).toEqual([['A'], ['A'], ['B'], ['B'], []])
    const [nobody] = await run([{ $match: { _id: 5 } }, { $lookup: { from: 'shops', localField: 'shop', foreignField: 'missing', as: 'at' } }])
    expect(nobody?.['at']).toHaveLength(3)
  })

  test('a leading $match and $sort use an index, and the plan says so', async () => {
    await sales.createIndex({ shop: 1, price: -1 })
    const plan = await sales.aggregate([{ $match: { shop: 'a' } }, { $sort: { price: -1 } }, { $limit: 1 }]).explain()
    expect(JSON.stringify(plan)).toContain('"indexName":"shop_1_price_-1"')
    expect(await run([{ $match: { shop: 'a' } }, { $sort: { price: -1 } }, { $limit: 1 }, { $project: { _id: 1 } }])).toEqual([{ _id: 2 }])
  })
})

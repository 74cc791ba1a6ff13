import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Int32, serialize } from 'bson'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBudget } from '../../server/embedded-mongo/budget.ts'
import { decodeDoc } from '../../server/embedded-mongo/bson-read.ts'
import type { Collection } from '../../server/embedded-mongo/catalog.ts'
import { readIndex } from '../../server/embedded-mongo/catalog.ts'
import type { Engine } from '../../server/embedded-mongo/engine.ts'
import { createEngine } from '../../server/embedded-mongo/engine.ts'
import { MongoRefusal } from '../../server/embedded-mongo/errors.ts'
import { matchesInPlanOrder, makeQuery, orderedMatches, sortedMatches } from '../../server/embedded-mongo/query.ts'
import type { Server } from '../../server/embedded-mongo/commands/command.ts'
import { createIndexes } from '../../server/embedded-mongo/commands/indexes.ts'
import { recordKey } from '../../server/embedded-mongo/keyspace.ts'
import { readBatch } from '../../server/embedded-mongo/reads.ts'
import { openStorage } from '../../server/embedded-mongo/storage.ts'
import { sweepExpired } from '../../server/embedded-mongo/ttl.ts'
import { changedRecord } from '../../server/embedded-mongo/updater.ts'
import { parseUpdate } from '../../server/embedded-mongo/update-parse.ts'
import type { Doc, Value } from '../../server/embedded-mongo/values.ts'
import { deleteDoc, insertDoc, updateDoc } from '../../server/embedded-mongo/writes.ts'
import { documents, filters, scalars } from './arbitraries.ts'
import { problemsIn } from './consistency.ts'
import type { Plain } from './naive-model.ts'
import { compareForSort, matches } from './naive-model.ts'

const directory = mkdtempSync(join(tmpdir(), 'em-planner-'))
let engine: Engine
let count = 0

beforeAll(() => {
  engine = createEngine(openStorage(join(directory, 'data.mdb'), false), () => 0)
})

afterAll(async () => {
  await engine.close()
  rmSync(directory, { recursive: true })
})

function doc(plain: Plain): Doc {
  return decodeDoc(Buffer.from(serialize(plain)))
}

const INDEXES: Plain[] = [
  { key: { a: 1 } }, { key: { a: -1, b: 1 } }, { key: { b: 1, a: 1 } }, { key: { 'a.b': 1 } }, { key: { 'a.b': 1, 'a.c': -1 } },
  { key: { b: 1 }, sparse: true }, { key: { 'b.c': 1, c: 1 } }, { key: { c: -1 } },
  { key: { c: 1 }, partialFilterExpression: { a: { $exists: true } } }, { key: { a: 1, c: 1 }, partialFilterExpression: { b: { $gt: new Int32(0) } } },
]

/** A collection with these indexes and documents; documents that an index refuses (parallel arrays) stay out. */
async function collectionOf(specs: Plain[], plains: Plain[]): Promise<{ collection: Collection, stored: Plain[] }> {
  const stored: Plain[] = []
  const collection = await engine.write(() => {
    const made = engine.catalog.create('test', `c${count++}`)
    specs.forEach((spec, at) => made.indexes.push(readIndex(engine.catalog.nextIndexId(), doc({ ...spec, name: `i${at}` }))))
    plains.forEach((plain, at) => {
      const whole = { _id: new Int32(at), ...plain }
      try {
        insertDoc(engine, made, Buffer.from(serialize(whole)))
        stored.push(whole)
      } catch (error) {
        if (!(error instanceof MongoRefusal) || error.code !== 171) throw error
      }
    })
    return made
  })
  engine.storage.refresh()
  return { collection, stored }
}

function idsOf(collection: Collection, filter: Plain, sort: Plain | undefined, hint: Value): { ids: number[], plan: string } {
  const query = makeQuery(collection, doc(filter), sort === undefined ? undefined : doc(sort), hint, {})
  const source = { storage: engine.storage, collection, budget: createBudget(Infinity, 0) }
  return { ids: [...orderedMatches(source, query)].map((match) => decodeDoc(match.record).get('_id') as number), plan: query.plan.kind }
}

const NATURAL = new Map<string, Value>([['$natural', 1]])

const someIndexes = fc.subarray(INDEXES, { minLength: 1 })
const someDocuments = fc.array(documents, { maxLength: 12 })
const sorts = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'a.b'), fc.constantFrom(1, -1)), { maxLength: 2 })

/** Filters an index can serve more often than random ones can. */
const servable = fc.oneof(
  filters,
  fc.record({ a: fc.array(scalars, { maxLength: 4 }).map((list) => ({ $in: list })), b: fc.tuple(scalars, scalars).map(([low, high]) => ({ $gte: low, $lt: high })) }),
  fc.record({ a: scalars, b: fc.array(scalars, { maxLength: 3 }).map((list) => ({ $in: list })) }),
  fc.record({ a: fc.record({ b: scalars, c: scalars }).map((both) => ({ $elemMatch: both })) }),
  fc.record({ b: scalars.map((low) => ({ $gt: low })), a: fc.constant({ $exists: true }) }),
  fc.tuple(scalars, scalars).map(([a, b]) => ({ $or: [{ a }, { b }] })),
) as fc.Arbitrary<Plain>

describe('I2: the planner never changes an answer', () => {
  test('planned and unplanned reads and the model find the same documents, each once', async () => {
    const kinds = new Map<string, number>()
    await fc.assert(fc.asyncProperty(someIndexes, someDocuments, fc.array(servable, { minLength: 1, maxLength: 6 }), async (specs, plains, wanted) => {
      const { collection, stored } = await collectionOf(specs, plains)
      for (const filter of wanted) {
        const planned = idsOf(collection, filter, undefined, undefined)
        kinds.set(planned.plan, (kinds.get(planned.plan) ?? 0) + 1)
        const expected = stored.filter((each) => matches(filter, each)).map((each) => (each['_id'] as Int32).value)
        expect(idsOf(collection, filter, undefined, NATURAL).ids).toEqual(expected)
        expect(planned.ids.sort((a, b) => a - b)).toEqual(expected)
      }
    }), { numRuns: 600 })
    expect(kinds.get('index')).toBeGreaterThan(200)
    expect(kinds.get('or')).toBeGreaterThan(20)
  })

  test('a sort served by an index gives the order of the model', async () => {
    const served = { index: 0 }
    await fc.assert(fc.asyncProperty(someIndexes, someDocuments, servable, sorts, async (specs, plains, filter, sort) => {
      const { collection, stored } = await collectionOf(specs, plains)
      const fields = Object.fromEntries(sort)
      if (Object.keys(fields).length === 0 || (Object.hasOwn(fields, 'a.b'))) return
      if (stored.some((each) => Object.keys(fields).filter((field) => Array.isArray(each[field])).length > 1)) return
      const { ids, plan } = idsOf(collection, filter, Object.fromEntries(Object.entries(fields).map(([path, order]) => [path, new Int32(order)])), undefined)
      if (plan === 'index') served.index++
      const order = (a: number, b: number): number => compareForSort(byId(stored, a), byId(stored, b), Object.entries(fields))
      for (let at = 1; at < ids.length; at++) expect(order(ids[at - 1] ?? 0, ids[at] ?? 0)).toBeLessThanOrEqual(0)
      expect([...ids].sort((a, b) => a - b)).toEqual(stored.filter((each) => matches(filter, each)).map((each) => (each['_id'] as Int32).value))
    }), { numRuns: 900 })
    expect(served.index).toBeGreaterThan(100)
  })

  test('a scan can stop after any document and go on from its position', async () => {
    await fc.assert(fc.asyncProperty(someIndexes, someDocuments, servable, async (specs, plains, filter) => {
      const { collection } = await collectionOf(specs, plains)
      const query = makeQuery(collection, doc(filter), undefined, undefined, {})
      const source = { storage: engine.storage, collection, budget: createBudget(Infinity, 0) }
      const whole = [...matchesInPlanOrder(source, query, { branch: 0, last: [] })].map(({ recordId }) => recordId)
      const pieces: number[] = []
      let position = { branch: 0, last: [] as (Buffer | null)[] }
      for (let more = true; more;) {
        const next = structuredClone(position)
        position = { branch: next.branch, last: next.last.map((key) => (key === null ? null : Buffer.from(key))) }
        const { value, done } = matchesInPlanOrder(source, query, position).next()
        if (done === true) more = false
        else pieces.push(value.recordId)
      }
      expect(pieces).toEqual(whole)
    }), { numRuns: 400 })
  })

  test('indexes and records agree after any mixture of inserts, updates and deletes', async () => {
    const changes = fc.array(fc.tuple(fc.nat(11), fc.constantFrom('a', 'b', 'c', 'a.b'), fc.option(scalars, { nil: undefined })), { maxLength: 15 })
    await fc.assert(fc.asyncProperty(someIndexes, someDocuments, changes, async (specs, plains, list) => {
      const { collection } = await collectionOf(specs, plains)
      for (const [at, path, operand] of list) await engine.write(() => change(collection, at, path, operand))
      engine.storage.refresh()
      expect(problemsIn(engine.storage, collection)).toEqual([])
    }), { numRuns: 300 })
  })
})

describe('I2: what indexes must survive', () => {
  test('what is due goes, even where another field of it cannot be read', async () => {
    const due = { at: new Date(-1000), z: 'text' }
    const { collection } = await collectionOf([{ key: { at: 1 }, expireAfterSeconds: new Int32(0) }], [due, due, { at: new Date(1000) }])
    const whole = Buffer.from(serialize({ _id: new Int32(0), ...due }))
    const damaged = Buffer.concat([whole.subarray(0, -1 - 'text\0'.length - 4), Buffer.from([0xff, 0xff, 0, 0]), whole.subarray(-1 - 'text\0'.length)])
    await engine.write(() => engine.storage.put(recordKey(collection.id, 1), damaged))
    expect(() => decodeDoc(damaged)).toThrow('string with a wrong length')
    expect(await sweepExpired(engine)).toBe(2)
    engine.storage.refresh()
    expect(problemsIn(engine.storage, collection)).toEqual([])
  })

  test('looking for what is not there counts as work, so a deadline is looked at', async () => {
    const { collection } = await collectionOf([{ key: { a: 1 } }, { key: { no: 1 }, unique: true }], Array.from({ length: 400 }, (_, n) => ({ a: new Int32(2 * n), no: new Int32(2 * n) })))
    const missing = Array.from({ length: 400 }, (_, n) => new Int32(2 * n + 1))
    for (const path of ['a', 'no']) {
      const query = makeQuery(collection, doc({ [path]: { $in: missing } }), undefined, undefined, {})
      const late = { storage: engine.storage, collection, budget: createBudget(Infinity, 1) }
      expect(() => [...orderedMatches(late, query)]).toThrow('operation exceeded time limit')
      const short = { storage: engine.storage, collection, budget: createBudget(300, 0) }
      expect(() => [...orderedMatches(short, query)]).toThrow('too long')
    }
  })

  test('what is kept of a read holds no memory but its own', async () => {
    const plains = Array.from({ length: 400 }, (_, n) => ({ a: new Int32(n % 40), b: new Int32(n), c: 'x' }))
    const { collection } = await collectionOf([{ key: { a: 1 } }], plains)
    const query = makeQuery(collection, doc({ a: { $gte: new Int32(0) }, c: 'x' }), doc({ b: new Int32(-1) }), undefined, {})
    const kept = sortedMatches({ storage: engine.storage, collection, budget: createBudget(Infinity, 0) }, query, 2000)
    expect(kept.filter(({ record }) => record.buffer.byteLength > record.length)).toEqual([])
    const environment = { storage: engine.storage, catalog: engine.catalog, now: engine.now }
    const limits = { batchSize: 1000, examine: Infinity }
    const match = { a: { $gte: new Int32(0) } }
    for (const command of [{ find: collection.name, filter: match }, { aggregate: collection.name, pipeline: [{ $match: match }] }]) {
      const { docs } = readBatch(environment, doc({ ...command, $db: 'test' }), null, limits)
      expect([docs.length, docs.slice(200).filter((bytes) => bytes.buffer.byteLength > bytes.length).length]).toEqual([400, 0])
    }
  })

  test('a new index serves reads, and other threads learn of it, only when its entries can be seen', async () => {
    let observe = (): void => undefined
    const real = openStorage(join(directory, 'durable.mdb'), true)
    const durable = createEngine({ ...real, write: async (action) => {
      const result = await real.write(action)
      observe()
      return result
    } }, () => 0)
    const server = { engine: durable } as Server
    await durable.write(() => insertDoc(durable, durable.catalog.create('test', 'late'), Buffer.from(serialize({ _id: new Int32(0), a: new Int32(5) }))))
    const kind = (): string => makeQuery(durable.catalog.find('test', 'late') as Collection, doc({ a: new Int32(5) }), undefined, undefined, {}).plan.kind
    const during: unknown[] = []
    observe = () => during.push(kind(), durable.catalog.version())
    await createIndexes(server, doc({ createIndexes: 'late', $db: 'test', indexes: [{ key: { a: new Int32(1) }, name: 'a_1' }] }), undefined as never)
    expect([during[0], kind()]).toEqual(['collection', 'index'])
    expect(durable.catalog.version()).toBeGreaterThan(during[1] as number)
    await durable.close()
  })

  test('a unique entry goes only with the record that holds it', async () => {
    const { collection } = await collectionOf([{ key: { no: 1 }, unique: true }], [{ no: new Int32(1) }, { no: new Int32(2) }])
    const key = (recordId: number): Buffer => recordKey(collection.id, recordId)
    // As an older version may have left it: the second record's bytes name the first one's key.
    const foreign = Buffer.from(serialize({ _id: new Int32(1), no: new Int32(1) }))
    await engine.write(() => {
      engine.storage.put(key(2), foreign)
      updateDoc(engine, collection, 2, foreign, Buffer.from(serialize({ _id: new Int32(1), no: new Int32(3) })), null)
    })
    engine.storage.refresh()
    expect(idsOf(collection, { no: new Int32(1) }, undefined, undefined).ids).toEqual([0])
    await engine.write(() => {
      engine.storage.put(key(2), foreign)
      deleteDoc(engine, collection, 2, foreign)
    })
    engine.storage.refresh()
    expect(idsOf(collection, { no: new Int32(1) }, undefined, undefined).ids).toEqual([0])
  })
})

function byId(stored: Plain[], id: number): Plain {
  return stored.find((each) => (each['_id'] as Int32).value === id) ?? {}
}

/** Sets a field, or deletes the document where there is no operand. */
function change(collection: Collection, at: number, path: string, operand: unknown): void {
  const query = makeQuery(collection, doc({ _id: new Int32(at) }), undefined, undefined, {})
  const source = { storage: engine.storage, collection, budget: createBudget(Infinity, 0) }
  const match = [...orderedMatches(source, query)][0]
  if (match === undefined) return
  if (operand === undefined) return deleteDoc(engine, collection, match.recordId, match.record)
  try {
    const update = parseUpdate(doc({ $set: { [path]: operand } }), undefined)
    const { bytes, touched } = changedRecord(match.record, update, { position: null, isInsert: false, now: 0 })
    updateDoc(engine, collection, match.recordId, match.record, bytes, touched)
  } catch (error) {
    if (!(error instanceof MongoRefusal)) throw error
  }
}

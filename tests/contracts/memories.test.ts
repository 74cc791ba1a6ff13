import mongoose from 'mongoose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PersonId } from '../../server/domain/ids.ts'
import type { Memory } from '../../server/domain/memory.ts'
import { openTestStores, type TestStores } from '../support/store.ts'
import { minute } from './samples.ts'

let stores: TestStores
beforeAll(async () => {
  stores = await openTestStores()
})
afterAll(() => stores.drop())

/** Names and values that a store could spoil: dots, dollars, empty names, dates deep inside, 64-bit text ids. */
const awkward: Memory = {
  newest: { at: minute(3), key: 'k9' },
  nextTimerAt: null,
  state: {
    windows: { 'sku.1': [{ at: minute(1), key: 'k1' }], $set: [], '': { 'a%2Eb': 1 }, '10000000000000012345': null },
    empty: {},
    list: [[], [{ at: minute(2) }], [1.5, -0.25, 3]],
    on: true,
  },
}

function id(name: string): PersonId {
  return `p-${name}` as PersonId
}

test('E1: a memory comes back as it was saved, whatever its names and dates', async () => {
  expect(await stores.memories.save([{ id: id('a'), version: 0, memory: awkward }])).toEqual([])
  expect(await stores.memories.load([id('a'), id('none')])).toEqual(new Map([[id('a'), { version: 1, memory: awkward }]]))
})

test('E1: who saves over somebody else is told, and only they', async () => {
  const saved = [
    { id: id('b'), version: 0, memory: awkward },
    { id: id('c'), version: 0, memory: awkward },
  ]
  expect(await stores.memories.save(saved)).toEqual([])
  expect(await stores.memories.save(saved)).toEqual([id('b'), id('c')])
  const next = { ...awkward, newest: { at: minute(9), key: 'k10' } }
  const mixed = [
    { id: id('b'), version: 1, memory: next },
    { id: id('c'), version: 7, memory: next },
    { id: id('d'), version: 0, memory: next },
    { id: id('e'), version: 3, memory: next },
  ]
  expect(await stores.memories.save(mixed)).toEqual([id('c'), id('e')])
  const loaded = await stores.memories.load([id('b'), id('c'), id('d'), id('e')])
  expect([...loaded].map(([key, { version }]) => [key, version]).toSorted()).toEqual([
    [id('b'), 2],
    [id('c'), 1],
    [id('d'), 1],
  ])
  expect(loaded.get(id('b'))?.memory.newest).toEqual({ at: minute(9), key: 'k10' })
})

test('E1: of many that save at once one wins', async () => {
  await stores.memories.save([{ id: id('race'), version: 0, memory: awkward }])
  const other = await stores.another()
  const lost = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      (index % 2 ? stores : other).memories.save([{ id: id('race'), version: 1, memory: awkward }]),
    ),
  )
  expect(lost.filter((ids) => ids.length === 0)).toHaveLength(1)
})

test('E1: persons whose timer has ended are due, earliest first, until the timer goes', async () => {
  const withTimer = (end: number): Memory => ({ ...awkward, nextTimerAt: minute(end) })
  await stores.memories.save([
    { id: id('t1'), version: 0, memory: withTimer(130) },
    { id: id('t2'), version: 0, memory: withTimer(120) },
    { id: id('t3'), version: 0, memory: withTimer(121) },
  ])
  expect(await stores.memories.due(minute(119), 10)).toEqual([])
  expect(await stores.memories.due(minute(121), 10)).toEqual([id('t2'), id('t3')])
  expect(await stores.memories.due(minute(200), 1)).toEqual([id('t2')])
  await stores.memories.save([{ id: id('t2'), version: 1, memory: awkward }])
  expect(await stores.memories.due(minute(200), 10)).toEqual([id('t3'), id('t1')])
})

test('C2: a person that was joined into another is forgotten', async () => {
  await stores.memories.save([{ id: id('gone'), version: 0, memory: awkward }])
  await stores.memories.drop([id('gone'), id('never')])
  expect(await stores.memories.load([id('gone')])).toEqual(new Map())
})

test('E1: a memory stored as a document of small lists is read as it is, and packed when it changes', async () => {
  const state = { rules: [], recent: [{ key: 'k1', signals: [] }], clockAt: null }
  const old = { _id: id('old'), version: 4, newest: { at: minute(3), key: 'k1' }, state, storedAt: minute(3), written: 'w' }
  const connection = await mongoose.createConnection(stores.uri).asPromise()
  await connection.collection<{ _id: string }>('memories').insertOne(old)
  await connection.close()
  const memory = { newest: old.newest, nextTimerAt: null, state }
  expect(await stores.memories.load([id('old')])).toEqual(new Map([[id('old'), { version: 4, memory }]]))
  expect(await stores.memories.save([{ id: id('old'), version: 4, memory: awkward }])).toEqual([])
  expect(await stores.memories.load([id('old')])).toEqual(new Map([[id('old'), { version: 5, memory: awkward }]]))
})

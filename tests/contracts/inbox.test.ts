import mongoose from 'mongoose'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { openTestStores, type TestStores } from '../support/store.ts'
import { delivery, minute } from './samples.ts'

let stores: TestStores
beforeEach(async () => {
  await stores?.drop()
  stores = await openTestStores()
})
afterAll(() => stores.drop())

const farFuture = minute(60 * 24 * 365)

test('B1: what was accepted comes back byte for byte, with its receipt', async () => {
  const bytes = new Uint8Array([0, 255, 1, 254, 10, 13])
  await stores.inbox.accept([delivery('k1', { bytes })])
  const taken = await stores.inbox.take(10, minute(0))
  expect(taken).toEqual([{ ...delivery('k1', { bytes }), id: taken[0]?.id, attempts: 0 }])
})

test('B2: the same key is one delivery, in one call, in two, and in many at once', async () => {
  expect(await stores.inbox.accept([delivery('k1'), delivery('k2'), delivery('k1')])).toEqual(['stored', 'stored', 'seen'])
  expect(await stores.inbox.accept([delivery('k2'), delivery('k3')])).toEqual(['seen', 'stored'])
  const burst = await Promise.all(Array.from({ length: 40 }, () => stores.inbox.accept([delivery('k4')])))
  expect(burst.flat().filter((verdict) => verdict === 'stored')).toHaveLength(1)
  expect((await stores.inbox.take(100, minute(0))).map(({ key }) => key)).toEqual(['k1', 'k2', 'k3', 'k4'])
})

test('B2: two processes that hear the same delivery store it once', async () => {
  const other = await stores.another()
  const keys = Array.from({ length: 30 }, (_, index) => `k${index}`)
  const verdicts = await Promise.all(
    keys.flatMap((key) => [stores.inbox.accept([delivery(key)]), other.inbox.accept([delivery(key)])]),
  )
  expect(verdicts.flat().filter((verdict) => verdict === 'stored')).toHaveLength(30)
  expect((await stores.inbox.depth()).waiting).toBe(30)
})

test('B2: one key of two channels or two accounts is two deliveries', async () => {
  const verdicts = await stores.inbox.accept([
    delivery('k1'),
    delivery('k1', { channel: 'wecom' }),
    delivery('k1', { account: 'wx-other' }),
  ])
  expect(verdicts).toEqual(['stored', 'stored', 'stored'])
})

test('B1: more than one insert can carry is still stored whole and in order', async () => {
  const keys = Array.from({ length: 1203 }, (_, index) => `k${index}`)
  const verdicts = await stores.inbox.accept(keys.map((key) => delivery(key)))
  expect(new Set(verdicts)).toEqual(new Set(['stored']))
  expect((await stores.inbox.take(2000, minute(0))).map(({ key }) => key)).toEqual(keys)
})

test('B1: nothing is asked of nothing', async () => {
  expect(await stores.inbox.accept([])).toEqual([])
  await stores.inbox.settle([], minute(0))
  expect(await stores.inbox.depth()).toEqual({ waiting: 0, oldest: null })
})

test('B3: oldest first, and no more than asked for', async () => {
  await stores.inbox.accept([delivery('k1')])
  await stores.inbox.accept([delivery('k2')])
  await stores.inbox.accept([delivery('k3')])
  expect((await stores.inbox.take(2, minute(0))).map(({ key }) => key)).toEqual(['k1', 'k2'])
})

test('B4: handled, unrecognised and set aside ones wait no longer; the latter two are listed with their reason', async () => {
  await stores.inbox.accept(['k1', 'k2', 'k3', 'k4'].map((key) => delivery(key)))
  const [one, two, three] = (await stores.inbox.take(10, minute(0))).map(({ id }) => id)
  const outcomes = [
    { id: one ?? '', outcome: 'handled' },
    { id: two ?? '', outcome: 'unrecognised', reason: 'LOCATION' },
    { id: three ?? '', outcome: 'set-aside', reason: 'no CreateTime' },
  ] as const
  await stores.inbox.settle(outcomes, minute(1))
  await stores.inbox.settle(outcomes, minute(2))
  expect((await stores.inbox.take(10, minute(2))).map(({ key }) => key)).toEqual(['k4'])
  expect(await stores.inbox.depth()).toEqual({ waiting: 1, oldest: minute(0) })
  expect(await stores.inbox.list('unrecognised', 10)).toMatchObject([{ key: 'k2', reason: 'LOCATION' }])
  expect(await stores.inbox.list('set-aside', 10)).toMatchObject([{ key: 'k3', reason: 'no CreateTime' }])
  expect(await stores.inbox.list('stuck', 10)).toEqual([])
})

test('B4: the operator sees the newest first', async () => {
  await stores.inbox.accept(['k1', 'k2', 'k3'].map((key) => delivery(key)))
  const taken = await stores.inbox.take(10, minute(0))
  await stores.inbox.settle(taken.map(({ id }) => ({ id, outcome: 'set-aside', reason: 'broken' })), minute(1))
  expect((await stores.inbox.list('set-aside', 2)).map(({ key }) => key)).toEqual(['k3', 'k2'])
})

test('B4: a handled delivery is still recognised when it is sent again', async () => {
  await stores.inbox.accept([delivery('k1')])
  const [taken] = await stores.inbox.take(1, minute(0))
  await stores.inbox.settle([{ id: taken?.id ?? '', outcome: 'handled' }], minute(0))
  expect(await stores.inbox.accept([delivery('k1')])).toEqual(['seen'])
  expect(await stores.inbox.take(1, farFuture)).toEqual([])
})

test('B4: a deferred delivery comes back when due, and after five tries it is stuck', async () => {
  await stores.inbox.accept([delivery('k1')])
  const [first] = await stores.inbox.take(1, minute(0))
  const id = first?.id ?? ''
  for (let attempt = 1; attempt <= 4; attempt += 1) {
    const deferral = { id, outcome: 'deferred', until: minute(attempt), reason: 'bug' } as const
    await stores.inbox.settle([deferral], minute(attempt - 1))
    await stores.inbox.settle([deferral], minute(attempt - 1))
    expect(await stores.inbox.take(1, minute(attempt - 0.5))).toEqual([])
    expect(await stores.inbox.take(1, minute(attempt))).toMatchObject([{ id, attempts: attempt }])
  }
  await stores.inbox.settle([{ id, outcome: 'deferred', until: minute(5), reason: 'bug' }], minute(4))
  expect(await stores.inbox.take(1, farFuture)).toEqual([])
  expect(await stores.inbox.list('stuck', 10)).toMatchObject([{ id, key: 'k1', attempts: 5, reason: 'bug' }])
  expect((await stores.inbox.depth()).waiting).toBe(0)
})

test('B4 C4: what waits for work of ours comes back when due, as often as it takes, and uses up no try', async () => {
  await stores.inbox.accept([delivery('k1')])
  const [first] = await stores.inbox.take(1, minute(0))
  const id = first?.id ?? ''
  for (let attempt = 1; attempt <= 7; attempt += 1) {
    await stores.inbox.settle([{ id, outcome: 'waits', until: minute(attempt), reason: 'an erasure' }], minute(attempt - 1))
    expect(await stores.inbox.take(1, minute(attempt - 0.5))).toEqual([])
    expect(await stores.inbox.take(1, minute(attempt))).toMatchObject([{ id, attempts: 0 }])
  }
})

async function leftInEachWay() {
  const keys = ['k1', 'k2', 'k3', 'k4', 'k5']
  await stores.inbox.accept(keys.map((key) => delivery(key)))
  const ids = (await stores.inbox.take(10, minute(0))).map(({ id }) => id)
  const [handled = '', aside = '', unrecognised = '', stuck = '', waiting = ''] = ids
  await stores.inbox.settle(
    [
      { id: handled, outcome: 'handled' },
      { id: aside, outcome: 'set-aside', reason: 'broken' },
      { id: unrecognised, outcome: 'unrecognised', reason: 'LOCATION' },
    ],
    minute(0),
  )
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    await stores.inbox.settle([{ id: stuck, outcome: 'deferred', until: minute(attempt), reason: 'bug' }], minute(attempt))
  }
  return { handled, aside, unrecognised, stuck, waiting }
}

test('B4 H6: what is left is counted and found by its id, with its bytes; what waits or was handled is not', async () => {
  const { handled, aside, stuck, waiting } = await leftInEachWay()
  expect(await stores.inbox.left()).toEqual({ 'set-aside': 1, unrecognised: 1, stuck: 1 })
  expect(await stores.inbox.find(aside)).toEqual({ ...delivery('k2'), id: aside, attempts: 0, reason: 'broken', state: 'set-aside' })
  expect(await stores.inbox.find(stuck)).toMatchObject({ key: 'k4', attempts: 5, state: 'stuck' })
  for (const id of [handled, waiting, 'no id at all', '0'.repeat(24)]) expect(await stores.inbox.find(id)).toBeNull()
})

test('B4 H6: what is left comes in order of arrival, however many', async () => {
  const keys = Array.from({ length: 1203 }, (_, index) => `k${index}`)
  await stores.inbox.accept(keys.map((key) => delivery(key)))
  const taken = await stores.inbox.take(2000, minute(0))
  await stores.inbox.settle(taken.map(({ id }) => ({ id, outcome: 'unrecognised', reason: 'LOCATION' })), minute(0))
  const found: string[] = []
  for await (const { key, reason } of stores.inbox.each('unrecognised')) {
    expect(reason).toBe('LOCATION')
    found.push(key)
  }
  expect(found).toEqual(keys)
})

test('B4 H6: reopened, it waits as if it had just arrived, in its old place; nothing else can be reopened', async () => {
  const { handled, aside, unrecognised, stuck, waiting } = await leftInEachWay()
  const all = [handled, aside, unrecognised, stuck, waiting, 'no id at all']
  expect((await stores.inbox.reopen(all)).toSorted()).toEqual([aside, unrecognised, stuck].toSorted())
  expect(await stores.inbox.reopen(all)).toEqual([])
  expect(await stores.inbox.reopen([])).toEqual([])
  const taken = await stores.inbox.take(10, new Date(0))
  expect(taken.map(({ key, attempts }) => [key, attempts])).toEqual([['k2', 0], ['k3', 0], ['k4', 0], ['k5', 0]])
  expect(await stores.inbox.left()).toEqual({ 'set-aside': 0, unrecognised: 0, stuck: 0 })
  expect(await stores.inbox.accept([delivery('k2')])).toEqual(['seen'])
})

test('B4: only what we have no use for ends by itself, after 90 days', async () => {
  await leftInEachWay()
  const connection = await mongoose.createConnection(stores.uri).asPromise()
  const inbox = connection.collection('inbox')
  const ends = await inbox.find({ unrecognisedAt: { $type: 'date' } }).toArray()
  expect(ends.map(({ state }) => state)).toEqual(['unrecognised'])
  const indexes = await inbox.indexes()
  const index = indexes.find(({ key }) => 'unrecognisedAt' in key)
  expect(index).toMatchObject({ expireAfterSeconds: 90 * 86_400, partialFilterExpression: { state: 'unrecognised' } })
  await connection.close()
})

test('B1: the oldest that waits; none, when nothing does', async () => {
  expect(await stores.inbox.oldest()).toBeNull()
  await stores.inbox.accept([delivery('k1'), delivery('k2', { receivedAt: minute(3) })])
  expect(await stores.inbox.oldest()).toEqual(delivery('k1').receivedAt)
})

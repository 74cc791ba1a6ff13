import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CustomerEvent } from '../../server/domain/event.ts'
import { type IdentityKey, identityKey } from '../../server/domain/ids.ts'
import { openTestStores, type TestStores } from '../support/store.ts'
import { basket, minute, opened } from './samples.ts'

let stores: TestStores
beforeAll(async () => {
  stores = await openTestStores()
})
afterAll(() => stores.drop())

function who(event: CustomerEvent): IdentityKey {
  return identityKey(event.who)
}

function keys(events: readonly CustomerEvent[]): readonly string[] {
  return events.map(({ key }) => key)
}

test('B2: the same key is one entry, and what was first stays', async () => {
  const event = opened('t1', minute(1))
  expect(await stores.timeline.add([event, opened('t2', minute(2)), { ...event, source: 'beacon' }])).toEqual([
    'stored',
    'stored',
    'seen',
  ])
  expect(await stores.timeline.add([{ ...event, at: minute(50) }, opened('t3', minute(3))])).toEqual(['seen', 'stored'])
  expect(await stores.timeline.byKeys(['t1', 't-none'])).toEqual([event])
  expect(await stores.timeline.known(['t1', 't3', 't-none'])).toEqual(new Set(['t1', 't3']))
  expect(await stores.timeline.add([])).toEqual([])
})

test('D1: every field of an event comes back, ids with dots and dollars and more than 53 bits included', async () => {
  const event = basket('b1', minute(1))
  await stores.timeline.add([event])
  expect(await stores.timeline.byKeys(['b1'])).toEqual([event])
})

test('D1: newest first over several identities, page by page', async () => {
  const events = Array.from({ length: 9 }, (_, index) =>
    (index % 2 ? opened : basket)(`page-${index}`, minute(index), 'page'),
  )
  await stores.timeline.add(events)
  const identities = [...new Set(events.map(who))]
  expect(identities).toHaveLength(2)
  const first = await stores.timeline.of(identities, { limit: 4 })
  expect(first).toEqual(events.toReversed().slice(0, 4))
  const second = await stores.timeline.of(identities, { limit: 4, before: minute(5) })
  expect(keys(second)).toEqual(['page-4', 'page-3', 'page-2', 'page-1'])
  expect(keys(await stores.timeline.of(identities, { limit: 4, before: minute(1) }))).toEqual(['page-0'])
  expect(await stores.timeline.of([], { limit: 4 })).toEqual([])
})

test('D1: a page does not end inside one moment, so that the next page loses nothing', async () => {
  const events = ['m1', 'm2', 'm3', 'm4'].map((key) => opened(key, minute(7), 'moment'))
  const earlier = opened('m0', minute(6), 'moment')
  await stores.timeline.add([...events, earlier])
  const identities = [who(earlier)]
  expect(keys(await stores.timeline.of(identities, { limit: 2 }))).toEqual(['m4', 'm3', 'm2', 'm1'])
  expect(keys(await stores.timeline.of(identities, { limit: 2, before: minute(7) }))).toEqual(['m0'])
})

test('B3: between two moments, both included, oldest first; row 9 before row 10 of one moment', async () => {
  const list = [
    opened('row-10', minute(2), 'rows'),
    opened('row-9', minute(2), 'rows'),
    opened('row-8', minute(1), 'rows'),
    opened('row-11', minute(3), 'rows'),
    basket('row-12', minute(2), 'rows'),
  ]
  await stores.timeline.add(list)
  const identities = [...new Set(list.map(who))]
  expect(keys(await stores.timeline.between(identities, minute(1), minute(2)))).toEqual([
    'row-8',
    'row-9',
    'row-10',
    'row-12',
  ])
  expect(keys(await stores.timeline.between(identities, minute(2), minute(9), ['add-to-cart']))).toEqual(['row-12'])
  expect(await stores.timeline.between(identities, minute(4), minute(9))).toEqual([])
  expect(keys(await stores.timeline.byKeys(['row-10', 'row-9', 'row-8']))).toEqual(['row-8', 'row-9', 'row-10'])
})

test('E1: the newest of many at once, each as if asked alone, however long somebody else’s history', async () => {
  const heavy = Array.from({ length: 40 }, (_, index) => opened(`latest-a${index}`, minute(index), 'latest-a'))
  const light = [basket('latest-b0', minute(1), 'latest-b'), basket('latest-b1', minute(30), 'latest-b')]
  const moment = ['c0', 'c1', 'c2', 'c3'].map((key) => opened(`latest-${key}`, minute(20), 'latest-c'))
  await stores.timeline.add([...heavy, ...light, ...moment])
  const lists = [[...heavy.slice(0, 1), ...light.slice(0, 1)].map(who), [who(moment[0] as CustomerEvent)], [], [who(light[0] as CustomerEvent)]]
  for (const limit of [1, 2, 3, 30]) {
    const from = minute(5)
    const alone = await Promise.all(lists.map(async (list) => (await stores.timeline.of(list, { limit })).filter(({ at }) => at >= from)))
    expect(await stores.timeline.latest(lists, { from, limit })).toEqual(alone)
  }
  expect(await stores.timeline.latest([], { from: minute(0), limit: 3 })).toEqual([])
})

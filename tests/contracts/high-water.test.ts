import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestStores, type TestStores } from '../support/store.ts'
import { minute } from './samples.ts'

let stores: TestStores
beforeAll(async () => {
  stores = await openTestStores()
})
afterAll(() => stores.drop())

test('A3: a list that nobody has read has no mark', async () => {
  expect(await stores.highWater.get('orders')).toBeNull()
})

test('A3: a mark is kept with the page to go on with, for other processes too, and each list has its own', async () => {
  const underWay = { upTo: minute(1), underWay: { to: minute(9), cursor: 'page-100' } }
  await stores.highWater.put('orders', underWay)
  await stores.highWater.put('after-sales', { upTo: minute(3), underWay: null })
  const other = await stores.another()
  expect(await other.highWater.get('orders')).toEqual(underWay)
  await other.highWater.put('orders', { upTo: minute(9), underWay: null })
  expect(await stores.highWater.get('orders')).toEqual({ upTo: minute(9), underWay: null })
  expect(await stores.highWater.get('after-sales')).toEqual({ upTo: minute(3), underWay: null })
})

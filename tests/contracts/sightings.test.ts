import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestStores, type TestStores } from '../support/store.ts'
import { minute } from './samples.ts'

let stores: TestStores
beforeAll(async () => {
  stores = await openTestStores()
})
afterAll(() => stores.drop())

test('H2: of each source the last good sighting is known, and the last of each fault', async () => {
  const { sightings } = stores
  expect(await sightings.all()).toEqual([])
  await sightings.note('wecom', 'callback-token-wrong', minute(1))
  await sightings.note('wecom', 'good', minute(2))
  await sightings.note('wecom', 'callback-aes-key-wrong', minute(3))
  await sightings.note('wecom', 'callback-token-wrong', minute(4))
  await sightings.note('official-account', 'good', minute(5))
  await sightings.note('official-account', 'good', minute(4))
  expect(await sightings.all()).toEqual([
    { source: 'official-account', goodAt: minute(5), faults: {} },
    { source: 'wecom', goodAt: minute(2), faults: { 'callback-token-wrong': minute(4), 'callback-aes-key-wrong': minute(3) } },
  ])
})

test('H2: the store says that it is a replica set, and whether a lease is held', async () => {
  const { storeProbe, leases } = stores
  expect(await storeProbe.replicaSet()).toEqual(expect.any(String))
  expect(await storeProbe.isHeld('worker')).toBe(false)
  await leases.hold('worker', 'one', 60_000)
  expect(await storeProbe.isHeld('worker')).toBe(true)
  await leases.hold('worker', 'one', -1)
  expect(await storeProbe.isHeld('worker')).toBe(false)
})

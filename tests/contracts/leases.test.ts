import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { openTestStores, type TestStores } from '../support/store.ts'

let stores: TestStores
beforeAll(async () => {
  stores = await openTestStores()
})
afterEach(() => void vi.useRealTimers())
afterAll(() => stores.drop())

const long = 60_000

test('B1: one holder at a time, who may renew; another gets it when it is released', async () => {
  const other = await stores.another()
  expect(await stores.leases.hold('worker', 'one', long)).toBe(true)
  expect(await other.leases.hold('worker', 'two', long)).toBe(false)
  expect(await stores.leases.hold('worker', 'one', long)).toBe(true)
  expect(await other.leases.hold('nightly', 'two', long)).toBe(true)
  await other.leases.release('worker', 'two')
  expect(await other.leases.hold('worker', 'two', long)).toBe(false)
  await stores.leases.release('worker', 'one')
  expect(await other.leases.hold('worker', 'two', long)).toBe(true)
})

test('B1: a lease ends by itself when its holder is gone', async () => {
  expect(await stores.leases.hold('crashed', 'one', -1)).toBe(true)
  expect(await stores.leases.hold('crashed', 'two', long)).toBe(true)
  expect(await stores.leases.hold('crashed', 'one', long)).toBe(false)
})

test('B1: of many who ask at once one holds', async () => {
  const other = await stores.another()
  const held = await Promise.all(
    Array.from({ length: 30 }, (_, index) => (index % 2 ? stores : other).leases.hold('race', `h${index}`, long)),
  )
  expect(held.filter(Boolean)).toHaveLength(1)
})

test('I3: of many who find a lease over at once one takes it', async () => {
  const other = await stores.another()
  expect(await stores.leases.hold('over', 'dead', -1)).toBe(true)
  const held = await Promise.all(
    Array.from({ length: 30 }, (_, index) => (index % 2 ? stores : other).leases.hold('over', `h${index}`, long)),
  )
  expect(held.filter(Boolean)).toHaveLength(1)
})

test.each([-3600_000, 3600_000])('I3: a process whose clock is %i ms off neither takes a lease too early nor keeps it too long', async (offMs) => {
  const name = `skewed${offMs}`
  expect(await stores.leases.hold(name, 'right', long)).toBe(true)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + offMs })
  expect(await stores.leases.hold(name, 'skewed', long)).toBe(false)
  await stores.leases.release(name, 'right')
  expect(await stores.leases.hold(name, 'skewed', 5)).toBe(true)
  vi.useRealTimers()
  await vi.waitFor(async () => expect(await stores.leases.hold(name, 'right', long)).toBe(true), { timeout: 30_000, interval: 10 })
})

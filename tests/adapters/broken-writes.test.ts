import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import mongoose from 'mongoose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { StoreUnavailable } from '../../server/domain/errors.ts'
import { openTestStores, type TestStores } from '../support/store.ts'

const sockets = new Set<Socket>()
const note = (message: unknown) => void sockets.add((message as { socket: Socket }).socket)
let stores: TestStores

beforeAll(async () => {
  subscribe('net.client.socket', note)
  stores = await openTestStores()
})
afterAll(async () => {
  unsubscribe('net.client.socket', note)
  await stores.drop()
})

const atOnce = Array.from({ length: 20 }, (_, index) => `worker-${index}`)

/** How many connections are out of the pool, and the most that were. */
function watchPool(): { out: number; most: number } {
  const pool = { out: 0, most: 0 }
  const client = mongoose.connections.findLast(({ readyState }) => readyState === 1)?.getClient()
  client?.on('connectionCheckedOut', () => void (pool.most = Math.max(pool.most, (pool.out += 1))))
  client?.on('connectionCheckedIn', () => void (pool.out -= 1))
  return pool
}

test('B1: what is asked in the moment in which every connection breaks hears yes or no at once, and no connection is lost to the pool', async () => {
  const pool = watchPool()
  const askAll = () => Promise.allSettled(atOnce.map((name) => stores.leases.hold(name, 'we', 60_000)))
  await askAll()
  for (let round = 0; round < 3; round += 1) {
    const broken = [...sockets].filter((socket) => !socket.destroyed)
    for (const socket of broken) socket.destroy()
    expect(broken.length).toBeGreaterThan(1)
    const began = performance.now()
    const refused = (await askAll()).flatMap((asked) => (asked.status === 'rejected' ? [asked.reason as unknown] : []))
    expect(performance.now() - began).toBeLessThan(3_500)
    for (const reason of refused) expect(reason).toBeInstanceOf(StoreUnavailable)
    expect((await askAll()).every(({ status }) => status === 'fulfilled')).toBe(true)
  }
  expect(pool.out).toBe(0)
  expect(pool.most).toBeGreaterThan(1)
})

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { StoreUnavailable } from '../../server/domain/errors.ts'
import { createWorker, type WorkerDeps } from '../../server/jobs/worker.ts'
import type { Outcome, TakenDelivery } from '../../server/ports/inbox.ts'
import type { Reading } from '../../server/usecases/deferral.ts'
import { createHandleDeliveries, type HandleDeliveriesDeps } from '../../server/usecases/handle-deliveries.ts'
import { silentLog } from '../support/store.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const clock = { now: () => new Date() }

/** An inbox whose store is lost whenever more than so many are handled at once. */
function openInbox(count: number) {
  const waiting = Array.from({ length: count }, (_, index) => ({ id: `d-${index}`, attempts: 0 }) as TakenDelivery)
  const settled: Outcome[] = []
  const sizes: number[] = []
  const store = { bears: Infinity }
  const handleDeliveries = createHandleDeliveries({
    inbox: {
      take: async (limit: number) => waiting.slice(0, limit),
      settle: async (outcomes: readonly Outcome[]) => {
        settled.push(...outcomes)
        waiting.splice(0, outcomes.length)
      },
    } as unknown as HandleDeliveriesDeps['inbox'],
    read: () => [],
    keepOut: async (readings: readonly Reading[]) => ({ readings, notKept: new Set(), relations: new Map() }),
    findSilent: async (outcomes: readonly Outcome[]) => [...outcomes],
    completeOrders: async (readings: readonly Reading[]) => readings,
    completeShop: async (readings: readonly Reading[]) => readings,
    takePayments: async (readings: readonly Reading[]) => readings,
    followContacts: async () => [],
    noteFollowers: async (readings: readonly Reading[]) => {
      sizes.push(readings.length)
      if (readings.length > store.bears) throw new StoreUnavailable()
      return readings
    },
    noteUnfollows: async () => undefined,
    tellEvents: { tell: async () => undefined } as unknown as HandleDeliveriesDeps['tellEvents'],
    takeStaffFacts: async () => undefined,
    clock,
    log: silentLog,
  } as unknown as HandleDeliveriesDeps)
  return { handleDeliveries, settled, sizes, store, waiting }
}

test('B1: a store that is lost before a large batch is done gets small ones, which are done, and large ones again when it lasts', async () => {
  const { handleDeliveries, settled, sizes, store, waiting } = openInbox(1_400)
  store.bears = 15
  const failures: unknown[] = []
  for (let step = 0; step < 6; step += 1) await handleDeliveries().catch((error: unknown) => failures.push(error))
  expect(failures.map((error) => error instanceof StoreUnavailable)).toEqual([true, true, true, true])
  expect(sizes).toEqual([400, 100, 25, 10, 20, 10])
  expect(settled).toHaveLength(20)
  store.bears = Infinity
  while (waiting.length > 0) await handleDeliveries()
  expect(Math.max(...sizes.slice(6))).toBe(400)
  expect(settled).toHaveLength(1_400)
  // The store's absence is nobody's failure: no try was used up.
  expect(settled.filter(({ outcome }) => outcome === 'deferred')).toEqual([])
})

test('B1: who works goes on as soon as the store is back, and not at the next turn of its lease', async () => {
  const store = { isThere: true }
  const worked: number[] = []
  const leases: WorkerDeps['leases'] = {
    async hold() {
      if (!store.isThere) throw new StoreUnavailable()
      return true
    },
    release: async () => undefined,
  }
  const nothing = async () => 0
  const worker = createWorker({
    inbox: { oldest: async () => null } as unknown as WorkerDeps['inbox'],
    leases,
    clock,
    log: silentLog,
    holder: 'we',
    handleDeliveries: async () => {
      worked.push(performance.now())
      return 0
    },
    fireTimers: nothing,
    phoneSteps: [],
    webhookSteps: [],
    owed: async () => undefined,
    takeOver: () => undefined,
  })
  const running = worker.run(() => undefined)
  await vi.advanceTimersByTimeAsync(1_900)
  store.isThere = false
  await vi.advanceTimersByTimeAsync(500)
  expect(worker.isLeading()).toBe(false)
  worked.length = 0
  store.isThere = true
  await vi.advanceTimersByTimeAsync(500)
  expect(worker.isLeading()).toBe(true)
  expect(worked.length).toBeGreaterThan(0)
  worker.stop()
  await vi.advanceTimersByTimeAsync(5_000)
  await running
})

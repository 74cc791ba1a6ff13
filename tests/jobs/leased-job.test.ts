import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLeasedJob } from '../../server/jobs/leased-job.ts'
import { StoreUnavailable } from '../../server/domain/errors.ts'
import type { Leases } from '../../server/ports/leases.ts'
import { memoryLog } from '../support/memory-log.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Leases on the faked machine time. */
function fakeLeases(): Leases {
  const held = new Map<string, { holder: string; until: number }>()
  return {
    async hold(name, holder, ttlMs) {
      const now = held.get(name)
      if (now && now.holder !== holder && now.until > Date.now()) return false
      held.set(name, { holder, until: Date.now() + ttlMs })
      return true
    },
    async release(name, holder) {
      if (held.get(name)?.holder === holder) held.delete(name)
    },
  }
}

function job(leases: Leases, run: () => Promise<unknown>) {
  return createLeasedJob({ leases, log: memoryLog() }, { name: 'read', run, againMs: [5_000, 60_000], ttlMs: 30_000 })
}

test('A10: a lease left by a killed process delays the start’s reading by its ttl, no more', async () => {
  const leases = fakeLeases()
  await leases.hold('read', 'killed', 30_000)
  const run = vi.fn<() => Promise<void>>(async () => {})
  job(leases, run).request()
  await vi.advanceTimersByTimeAsync(29_000)
  expect(run).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(2_000)
  expect(run).toHaveBeenCalledTimes(1)
})

test('A10: what fails is tried at the longest pause until it ends well; a store that is away is a failure too', async () => {
  const leases = fakeLeases()
  let away = true
  const run = vi.fn<() => Promise<void>>(async () => {
    if (away) throw new StoreUnavailable()
  })
  vi.spyOn(leases, 'hold').mockRejectedValueOnce(new StoreUnavailable())
  job(leases, run).request()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(run).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(10 * 60_000)
  expect(run).toHaveBeenCalledTimes(11)
  away = false
  await vi.advanceTimersByTimeAsync(60 * 60_000)
  expect(run).toHaveBeenCalledTimes(12)
})

test('I3: a long run keeps its lease, and who waited for it does not repeat it', async () => {
  const leases = fakeLeases()
  const slow = vi.fn<() => Promise<void>>(() => new Promise<void>((resolve) => setTimeout(resolve, 200_000)))
  const other = vi.fn<() => Promise<void>>(async () => {})
  job(leases, slow).request()
  await vi.advanceTimersByTimeAsync(1_000)
  job(leases, other).request()
  await vi.advanceTimersByTimeAsync(300_000)
  expect(slow).toHaveBeenCalledTimes(1)
  expect(other).not.toHaveBeenCalled()
})

test('I3: the one who waited takes over when the run failed for good with its process', async () => {
  const leases = fakeLeases()
  const failing = job(leases, async () => Promise.reject(new Error('bug')))
  const other = vi.fn<() => Promise<void>>(async () => {})
  await leases.hold('read', 'first', 10_000)
  failing.request()
  job(leases, other).request()
  await vi.advanceTimersByTimeAsync(1_000)
  await failing.stop()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(other).toHaveBeenCalledTimes(1)
})

test('I3: a stop gives the lease back before the run has ended', async () => {
  const leases = fakeLeases()
  const running = job(leases, () => new Promise<void>((resolve) => setTimeout(resolve, 50_000)))
  running.request()
  await vi.advanceTimersByTimeAsync(1_000)
  const stopped = running.stop()
  await vi.advanceTimersByTimeAsync(0)
  expect(await leases.hold('read', 'next', 30_000)).toBe(true)
  await vi.advanceTimersByTimeAsync(60_000)
  await expect(stopped).resolves.toBeUndefined()
})

test('I2: many requests while one waits are one', async () => {
  const run = vi.fn<() => Promise<void>>(async () => {})
  const one = job(fakeLeases(), run)
  for (let i = 0; i < 5; i += 1) one.request()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(run).toHaveBeenCalledTimes(1)
  one.request()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(run).toHaveBeenCalledTimes(2)
})

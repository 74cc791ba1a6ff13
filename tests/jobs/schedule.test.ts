import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { isJobDue } from '../../server/domain/job-times.ts'
import { scheduleJobs } from '../../server/jobs/schedule.ts'
import type { HighWater, Mark } from '../../server/ports/high-water.ts'
import type { Leases } from '../../server/ports/leases.ts'
import { memoryLog } from '../support/memory-log.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const shanghai = 'Asia/Shanghai'
const local = (text: string) => new Date(`${text}:00+08:00`)
const nightly = { daily: 3 * 60 + 17 }

test.each([
  ['never ran', nightly, null, '2026-03-02T10:00', true],
  ['ran this night', nightly, '2026-03-02T03:17', '2026-03-02T10:00', false],
  ['a minute before', nightly, '2026-03-01T03:17', '2026-03-02T03:16', false],
  ['to the minute', nightly, '2026-03-01T03:17', '2026-03-02T03:17', true],
  ['down for the night', nightly, '2026-03-01T22:00', '2026-03-02T08:00', true],
  ['down for a week', nightly, '2026-02-20T03:17', '2026-03-02T00:30', true],
  ['this hour', { hourly: 41 }, '2026-03-02T10:41', '2026-03-02T11:40', false],
  ['the next hour', { hourly: 41 }, '2026-03-02T10:41', '2026-03-02T11:41', true],
] as const)('A10: a job that %s is due by the Clock, or not', (_, times, last, now, due) => {
  expect(isJobDue(times, last === null ? null : local(last), local(now), shanghai)).toBe(due)
})

function shop() {
  const marks = new Map<string, Mark>()
  const highWater: HighWater = {
    get: async (name) => marks.get(name) ?? null,
    put: async (name, mark) => void marks.set(name, mark),
  }
  const held = new Map<string, string>()
  const leases: Leases = {
    async hold(name, holder) {
      if (held.has(name) && held.get(name) !== holder) return false
      held.set(name, holder)
      return true
    },
    release: async (name) => void held.delete(name),
  }
  let now = local('2026-03-02T02:00')
  const runs: string[] = []
  const open = (fails = 0) => {
    let left = fails
    return scheduleJobs({
      leases, highWater, timeZone: shanghai, log: memoryLog(), clock: { now: () => now },
      syncContacts: async () => {
        if (left-- > 0) throw new Error('busy')
        runs.push('sync')
      },
      reconcileShop: async () => void runs.push('shop'),
      enforceRetention: async () => undefined,
    })
  }
  return { open, runs, set: (text: string) => (now = local(text)) }
}

const settled = () => vi.advanceTimersByTimeAsync(1_000)

test('A10: cron only wakes; what is due is found by the Clock, once a night, whatever the speed of time', async () => {
  const { open, runs, set } = shop()
  const jobs = open()
  await settled()
  expect(runs.toSorted()).toEqual(['shop', 'sync'])
  await jobs.wake()
  await settled()
  expect(runs).toHaveLength(2)
  set('2026-03-02T03:20')
  await jobs.wake()
  await settled()
  expect(runs.toSorted()).toEqual(['shop', 'shop', 'sync', 'sync'])
  await jobs.wake()
  await settled()
  expect(runs).toHaveLength(4)
  await jobs.stop()
})

test('A10 I3: the night that passed with no process is made up for; a second process does not repeat it', async () => {
  const { open, runs, set } = shop()
  const [one, two] = [open(1), open()]
  await vi.advanceTimersByTimeAsync(40_000)
  runs.length = 0
  set('2026-03-04T12:00')
  await Promise.all([one.wake(), two.wake()])
  await vi.advanceTimersByTimeAsync(40_000)
  expect(runs.toSorted()).toEqual(['shop', 'sync'])
  await Promise.all([one.stop(), two.stop()])
})

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { scheduleJobs, type Jobs, type ScheduleDeps } from '../../server/jobs/schedule.ts'
import type { HighWater, Mark } from '../../server/ports/high-water.ts'
import type { Leases } from '../../server/ports/leases.ts'
import { memoryLog } from '../support/memory-log.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const local = (text: string) => new Date(`${text}:00+08:00`)
const minute = 60_000

/** What the processes share: leases by the store's own clock, and the marks of what was done. */
function openStore() {
  const marks = new Map<string, Mark>()
  const held = new Map<string, { holder: string; until: number }>()
  const highWater: HighWater = { get: async (name) => marks.get(name) ?? null, put: async (name, mark) => void marks.set(name, mark) }
  const leases: Leases = {
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
  return { marks, leases, highWater }
}

interface Process {
  jobs: Jobs
  runs: string[]
  /** SIGSTOP: nothing of it goes on, and nothing is renewed, until it is thawed. */
  freeze(): void
  thaw(): void
}

/** @param offMs how wrong its clock is @param takesMs how long one run takes */
function openProcess({ leases, highWater }: ReturnType<typeof openStore>, offMs = 0, takesMs = 20): Process {
  const runs: string[] = []
  let frozen: Promise<void> | null = null
  let thaw = () => {}
  const unlessFrozen = <T extends (...input: never[]) => Promise<unknown>>(work: T) => (async (...input: Parameters<T>) => {
    if (frozen) await frozen
    const result = await work(...input)
    if (frozen) await frozen
    return result
  }) as T
  const run = (name: string) =>
    unlessFrozen(async () => {
      runs.push(name)
      await new Promise((resolve) => setTimeout(resolve, takesMs))
    })
  const jobs = scheduleJobs({
    leases: { hold: unlessFrozen(leases.hold), release: unlessFrozen(leases.release) },
    highWater: { get: unlessFrozen(highWater.get), put: unlessFrozen(highWater.put) },
    timeZone: 'Asia/Shanghai',
    clock: { now: () => new Date(Date.now() + offMs) },
    log: memoryLog(),
    syncContacts: run('sync'),
    reconcileShop: run('shop'),
    enforceRetention: run('retention'),
  } satisfies ScheduleDeps)
  return {
    jobs,
    runs,
    freeze: () => void (frozen = new Promise((resolve) => (thaw = resolve))),
    thaw() {
      frozen = null
      thaw()
    },
  }
}

const all = (processes: readonly Process[], name: string) => processes.flatMap(({ runs }) => runs).filter((run) => run === name).length

/** What is done at start is done with; from here on only the lines of cron count. */
async function begun(processes: readonly Process[]): Promise<void> {
  await vi.advanceTimersByTimeAsync(10 * minute)
  for (const { runs } of processes) runs.length = 0
}

test.each([
  ['sixteen', [0, 0, 0, 0, 0, 0, 40, -40, 900, -900, 30_000, -30_000, 2 * minute, -2 * minute, 5 * minute, -5 * minute], '2026-03-02T03:00', 55, 1],
  ['three, two of them more than an hour wrong,', [0, 70 * minute, -70 * minute], '2026-03-02T01:00', 250, 4],
] as const)('I3 A10: of %s processes with clocks of their own one runs each line', async (_, offs, from, minutes, shopRuns) => {
  vi.setSystemTime(local(from))
  const store = openStore()
  const processes = offs.map((offMs) => openProcess(store, offMs))
  await begun(processes)
  await vi.advanceTimersByTimeAsync((minutes - 10) * minute)
  expect(all(processes, 'sync')).toBe(1)
  expect(all(processes, 'retention')).toBe(1)
  expect(all(processes, 'shop')).toBe(shopRuns)
  await Promise.all(processes.map(({ jobs }) => jobs.stop()))
})

test('I3 A10: a run frozen in its middle is taken over once, and nothing is done again when it wakes', async () => {
  vi.setSystemTime(local('2026-03-02T03:06'))
  const store = openStore()
  const processes = [openProcess(store, 0, 5_000), openProcess(store, 0, 5_000), openProcess(store, 0, 5_000)]
  await begun(processes)
  await vi.advanceTimersByTimeAsync(minute + 2_000)
  const runner = processes.find(({ runs }) => runs.includes('sync')) as Process
  expect(all(processes, 'sync')).toBe(1)
  runner.freeze()
  await vi.advanceTimersByTimeAsync(5 * minute)
  expect(all(processes.filter((one) => one !== runner), 'sync')).toBe(1)
  const mark = store.marks.get('job:sync-contacts')

  await vi.advanceTimersByTimeAsync(90 * minute)
  runner.thaw()
  await vi.advanceTimersByTimeAsync(30 * minute)
  expect(all(processes, 'sync')).toBe(2)
  expect(store.marks.get('job:sync-contacts')).toEqual(mark)
  await Promise.all(processes.map(({ jobs }) => jobs.stop()))
})

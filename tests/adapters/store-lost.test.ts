import { mongo } from 'mongoose'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { toStoreError } from '../../server/adapters/mongo/store-errors.ts'
import { createUnderWay } from '../../server/adapters/mongo/under-way.ts'
import { StoreUnavailable } from '../../server/domain/errors.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** What Node says when the store dies while the driver writes to it. */
const brokenPipe = () => Object.assign(new Error('write EPIPE'), { code: 'EPIPE', syscall: 'write' })

test.each([
  ['as it is', brokenPipe()],
  ['inside a batch', new mongo.MongoBulkWriteError(brokenPipe(), { getWriteConcernError: () => undefined } as never)],
])('B1: a socket that broke while the driver wrote, told %s, is the store’s absence and no fault of what was written', (_, error) => {
  expect(toStoreError(error)).toBeInstanceOf(StoreUnavailable)
})

test('B1: a mistake of ours stays a mistake', () => {
  const ours = new TypeError('undefined is not a function')
  expect(toStoreError(ours)).toBe(ours)
})

test('B1: what hangs when the connection is lost is given up after four seconds; what came later, or ends in time, is not', async () => {
  const underWay = createUnderWay()
  const { store } = underWay.watchAll({
    store: {
      hangs: () => new Promise<string>(() => undefined),
      ends: () => new Promise<string>((resolve) => setTimeout(() => resolve('done'), 3_000)),
      name: () => 'at once',
    },
  })
  expect(store.name()).toBe('at once')
  const outcomes: string[] = []
  const note = (name: string, work: Promise<string>) => void work.then((value) => outcomes.push(`${name} ${value}`), (error: unknown) => outcomes.push(`${name} ${(error as Error).name}`))
  note('first', store.hangs())
  note('second', store.ends())
  underWay.lost()
  note('third', store.hangs())
  await vi.advanceTimersByTimeAsync(3_900)
  expect(outcomes).toEqual(['second done'])
  await vi.advanceTimersByTimeAsync(200)
  expect(outcomes).toEqual(['second done', 'first StoreUnavailable'])
  await vi.advanceTimersByTimeAsync(60_000)
  expect(outcomes).toHaveLength(2)
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ExternalUserId } from '../../server/domain/ids.ts'
import { openTestStores, type TestStores } from '../support/store.ts'
import { lin, mei, minute, note } from './samples.ts'

let stores: TestStores
beforeAll(async () => {
  stores = await openTestStores()
})
afterAll(() => stores.drop())

const zhou = 'zhou' as typeof mei
const wu = 'wmWU' as ExternalUserId
const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id)

test('F2: the same id twice is one note, and it comes back as it was', async () => {
  const first = note('n1', { at: minute(1) })
  expect([await stores.notes.put(first), await stores.notes.put({ ...first, text: 'other' })]).toEqual([true, false])
  expect(await stores.notes.get('n1')).toEqual(first)
  expect(await stores.notes.get('none')).toBeNull()
})

test('F2: notes about one customer come newest first; reminders alone are not among them', async () => {
  await stores.notes.put(note('n2', { at: minute(2), reminder: { at: minute(9), for: mei, state: 'planned' } }))
  await stores.notes.put(note('r1', { at: minute(3), kind: null, text: '', reminder: { at: minute(5), for: mei, state: 'planned' } }))
  await stores.notes.put(note('n3', { externalUserId: wu }))
  expect(ids(await stores.notes.about(lin, 10))).toEqual(['n2', 'n1'])
  expect(ids(await stores.notes.about(lin, 1))).toEqual(['n2'])
})

test('F2: edited, removed', async () => {
  await stores.notes.edit('n1', { kind: 'call', text: 'new', editedAt: minute(4) })
  expect(await stores.notes.get('n1')).toMatchObject({ kind: 'call', text: 'new', editedAt: minute(4), at: minute(1) })
  await stores.notes.remove('n3')
  expect(await stores.notes.get('n3')).toBeNull()
})

test('F4: planned reminders by customer, by member, by time, earliest first', async () => {
  expect(ids(await stores.notes.plannedAbout([lin, wu]))).toEqual(['r1', 'n2'])
  expect(await stores.notes.plannedAbout([wu])).toEqual([])
  expect(ids(await stores.notes.plannedFor(mei, 10))).toEqual(['r1', 'n2'])
  expect(ids(await stores.notes.plannedFor(mei, 1))).toEqual(['r1'])
  expect(ids(await stores.notes.due(minute(5), 10))).toEqual(['r1'])
  expect(await stores.notes.due(minute(4), 10)).toEqual([])
})

test('F4: a reminder moves on once, and changes hands only from who has it', async () => {
  expect(await stores.notes.handOver('n2', zhou, mei)).toBe(false)
  expect(await stores.notes.handOver('n2', mei, zhou)).toBe(true)
  expect(ids(await stores.notes.plannedFor(zhou, 10))).toEqual(['n2'])
  expect([await stores.notes.settle('n2', 'rung'), await stores.notes.settle('n2', 'cancelled')]).toEqual([true, false])
  expect((await stores.notes.get('n2'))?.reminder).toEqual({ at: minute(9), for: zhou, state: 'rung' })
  expect(await stores.notes.handOver('n2', zhou, mei)).toBe(false)
  expect(await stores.notes.settle('n1', 'rung')).toBe(false)
})

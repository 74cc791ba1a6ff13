import { afterAll, beforeEach, expect, test } from 'vitest'
import type { Alert } from '../../server/domain/alert.ts'
import { staffId } from '../../server/domain/ids.ts'
import { openTestStores, type TestStores } from '../support/store.ts'
import { alert, hour, lin, mei, minute, yun, zhou } from './samples.ts'

const xiu = staffId('Xiu')
let stores: TestStores
beforeEach(async () => {
  await stores?.drop()
  stores = await openTestStores()
})
afterAll(() => stores.drop())

function keys(alerts: readonly Alert[]): readonly string[] {
  return alerts.map(({ key }) => key)
}

function raised(count: number) {
  return { raisedAt: minute(count), history: [] }
}

test('E3: the same key is one alert, and the first stays as it was', async () => {
  expect(await stores.alerts.put([alert('a1'), alert('a2')])).toEqual(['a1', 'a2'])
  expect(await stores.alerts.put([alert('a1', { title: 'other' }), alert('a3')])).toEqual(['a3'])
  expect(await stores.alerts.get('a1')).toEqual(alert('a1'))
  expect(await stores.alerts.get('none')).toBeNull()
  expect(keys(await stores.alerts.many(['a3', 'none', 'a1']))).toEqual(['a3', 'a1'])
  expect(await stores.alerts.put([])).toEqual([])
})

test('E6: a change keeps time and reason, sets its patch, and happens only from the states named', async () => {
  await stores.alerts.put([alert('a1')])
  const sent = { state: 'merged', at: minute(1), reason: 'told with another' } as const
  expect(await stores.alerts.change('a1', ['sent'], sent)).toBe(false)
  expect(await stores.alerts.change('none', ['queued'], sent)).toBe(false)
  const patch = { messageId: 'm1', owner: yun, dueAt: minute(9), rings: false, customerName: '林太太' }
  expect(await stores.alerts.change('a1', ['held', 'queued'], sent, patch)).toBe(true)
  expect(await stores.alerts.change('a1', ['queued'], sent)).toBe(false)
  const { history } = alert('a1')
  expect(await stores.alerts.get('a1')).toEqual(alert('a1', { ...patch, state: 'merged', history: [...history, sent] }))
})

test('F2: an alert may be given other words, in whatever state, and keeps the rest', async () => {
  await stores.alerts.put([alert('a1', { state: 'sent' })])
  const words = { title: '别的话', evidence: [{ at: minute(3), text: '别的缘由' }] }
  await stores.alerts.reword('a1', words)
  await stores.alerts.reword('none', words)
  expect(await stores.alerts.get('a1')).toEqual(alert('a1', { state: 'sent', ...words }))
})

test('E6: of many who change an alert at once one does', async () => {
  await stores.alerts.put([alert('a1')])
  const acted = { state: 'acted', at: minute(1), reason: '跟进中' } as const
  const changed = await Promise.all(Array.from({ length: 20 }, () => stores.alerts.change('a1', ['queued'], acted)))
  expect(changed.filter(Boolean)).toHaveLength(1)
  expect((await stores.alerts.get('a1'))?.history).toHaveLength(2)
})

test('F5: by customer and by member, newest first, in the states asked for', async () => {
  await stores.alerts.put([
    alert('a1', { raisedAt: minute(1) }),
    alert('a2', { raisedAt: minute(3), state: 'sent' }),
    alert('a3', { raisedAt: minute(2) }),
    alert('a4', { raisedAt: minute(4), owner: yun }),
    alert('a5', { raisedAt: minute(5), externalUserId: zhou }),
    alert('a6', { raisedAt: minute(6), state: 'expired' }),
    alert('a7', { raisedAt: minute(2), at: minute(1) }),
  ])
  expect(keys(await stores.alerts.about(lin, ['queued', 'sent'], 10))).toEqual(['a4', 'a2', 'a7', 'a3', 'a1'])
  expect(keys(await stores.alerts.of(mei, ['queued', 'sent'], 3))).toEqual(['a5', 'a2', 'a7'])
  expect(keys(await stores.alerts.of(mei, ['expired'], 10))).toEqual(['a6'])
  expect(await stores.alerts.of(mei, [], 10)).toEqual([])
})

test('E4: members to plan for: something queued, or held or snoozed and due', async () => {
  await stores.alerts.put([
    alert('a1', { state: 'sent', owner: yun }),
    alert('a2', { state: 'snoozed', dueAt: minute(10), owner: yun }),
    alert('a3', { state: 'held', dueAt: minute(20), owner: xiu }),
    alert('a4'),
  ])
  expect(await stores.alerts.staffWithUnrung(minute(9))).toEqual([mei])
  expect(await stores.alerts.staffWithUnrung(minute(10))).toEqual([mei, yun])
  expect(await stores.alerts.staffWithUnrung(minute(20))).toEqual([mei, xiu, yun])
})

test('E6: open alerts raised before a moment, oldest first; any state for recovery', async () => {
  await stores.alerts.put([
    alert('a1', { raisedAt: hour(2), state: 'opened' }),
    alert('a2', { raisedAt: hour(1) }),
    alert('a3', { raisedAt: hour(0), state: 'acted' }),
    alert('a4', { raisedAt: hour(3) }),
    alert('a5', { raisedAt: hour(4), state: 'merged' }),
  ])
  expect(keys(await stores.alerts.openSince(hour(3), 10))).toEqual(['a2', 'a1'])
  expect(keys(await stores.alerts.openSince(hour(9), 1))).toEqual(['a2'])
  expect(keys(await stores.alerts.inState('queued', 10))).toEqual(['a2', 'a4'])
  expect(keys(await stores.alerts.inState('merged', 10))).toEqual(['a5'])
})

test('F5 E6: counts by member, customer and state of what was raised or changed since', async () => {
  const all = ['queued', 'acted'] as const
  const counts = async (...question: Parameters<typeof stores.alerts.counts>) =>
    (await stores.alerts.counts(...question)).map(({ owner, state, count }) => `${owner} ${state} ${count}`).toSorted()
  await stores.alerts.put([alert('a1', raised(0)), alert('a2', raised(5)), alert('a3', { ...raised(6), owner: yun })])
  expect(await counts([mei], all, minute(1))).toEqual(['mei queued 1'])
  await stores.alerts.change('a1', ['queued'], { state: 'acted', at: minute(7), reason: '跟进中' })
  expect(await counts([mei], all, minute(1))).toEqual(['mei acted 1', 'mei queued 1'])
  expect(await counts([mei, yun], ['queued'], minute(1))).toEqual(['mei queued 1', 'yun queued 1'])
  expect(await counts([mei], all, minute(8))).toEqual([])
  expect(await counts([], all, minute(0))).toEqual([])
  const [row] = await stores.alerts.counts([mei], ['acted'], minute(1))
  expect(row?.externalUserId).toBe(alert('a1').externalUserId)
})

test('E6: alerts of several members, the newest first', async () => {
  await stores.alerts.put([alert('b1', raised(1)), alert('b2', { ...raised(3), owner: yun }), alert('b3', raised(2))])
  const found = (await stores.alerts.ofAny([mei, yun], ['queued'], 9)).map(({ key }) => key)
  expect(found.filter((key) => key.startsWith('b'))).toEqual(['b2', 'b3', 'b1'])
  expect((await stores.alerts.ofAny([yun], ['queued'], 9)).some(({ owner }) => owner === mei)).toBe(false)
  expect(await stores.alerts.ofAny([mei, yun], ['queued'], 1)).toHaveLength(1)
  expect(await stores.alerts.ofAny([], ['queued'], 9)).toEqual([])
})

test('E6: of a whole company, too: the newest first, and every count, though no question names everybody', async () => {
  const company = Array.from({ length: 450 }, (_, index) => staffId(`member${index}`))
  await stores.alerts.put(company.map((owner, index) => alert(`c${index}`, { ...raised((index * 7) % 450), owner })))
  const everything = (await stores.alerts.ofAny(company, ['queued'], 450)).map(({ raisedAt }) => raisedAt.getTime())
  expect(everything).toEqual(everything.toSorted((a, b) => b - a))
  const newest = await stores.alerts.ofAny(company, ['queued'], 4)
  expect(newest.map(({ raisedAt }) => raisedAt)).toEqual([449, 448, 447, 446].map(minute))
  expect(await stores.alerts.counts(company, ['queued'], minute(0))).toHaveLength(450)
})

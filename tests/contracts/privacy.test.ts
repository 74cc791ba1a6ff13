import mongoose from 'mongoose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eraseRules } from '../../server/adapters/mongo/erasing.ts'
import type { Fen } from '../../server/domain/ids.ts'
import { ended, mayKeep, recordingOf, silenced, sinceEver } from '../../server/domain/recording.ts'
import { openTestStores, type TestStores } from '../support/store.ts'
import { alert, contact, external, lin, minute, opened, openid, unionid, zhou } from './samples.ts'
import { erasure, print, subject } from './use-privacy.ts'
import { useEverything } from './use-everything.ts'

let stores: TestStores
beforeAll(async () => {
  stores = await openTestStores()
})
afterAll(() => stores.drop())

test('C4: every collection that the database has says how it erases', async () => {
  const all = await openTestStores()
  await useEverything(all)
  const connection = await mongoose.createConnection(all.uri).asPromise()
  const names = (await connection.db?.listCollections().toArray())?.map(({ name }) => name) ?? []
  await connection.close()
  await all.drop()
  expect(names.length).toBeGreaterThan(20)
  expect(names.filter((name) => !(name in eraseRules))).toEqual([])
})

test('C4: a mark silences from a moment on, for ever or until it ends, and many at once change it without losing any', async () => {
  const { marks } = stores
  const pause = { why: 'paused', from: minute(1), to: null, asked: minute(1) } as const
  const erase = { why: 'erased', from: sinceEver, to: minute(5), asked: minute(5) } as const
  await Promise.all([pause, erase].map((silence) => marks.change([print('m1')], (mark, own) => silenced(mark, own, 'g', silence))))
  const mark = (await marks.find([print('m1'), print('none')])).get(print('m1'))
  expect(mark?.silences.map(({ why }) => why).toSorted()).toEqual(['erased', 'paused'])
  expect(recordingOf(mark)).toBe('paused')
  expect(mayKeep(mark, minute(9))).toBe(false)
  await marks.change([print('m1'), print('never')], (known) => known && ended(known, 'paused', minute(8)))
  const after = (await marks.ofGroup('g'))[0]
  expect(recordingOf(after)).toBe('on')
  expect([0, 5, 7, 8, 9].map((at) => mayKeep(after, minute(at)))).toEqual([false, false, false, false, true])
  expect((await marks.find([print('never')])).size).toBe(0)
})

test('C4: wishes are found when due, by person, and newest first; the same id twice is one', async () => {
  const { erasures } = stores
  await erasures.add(erasure('w1', { dueAt: minute(3), print: print('p') }))
  await erasures.add(erasure('w1', { dueAt: minute(0), print: print('p') }))
  await erasures.add(erasure('w2', { requestedAt: minute(2), dueAt: minute(2), print: print('p') }))
  expect((await erasures.due(minute(2), 10)).map(({ id }) => id)).toEqual(['w2'])
  expect((await erasures.due(minute(3), 10)).map(({ id }) => id)).toEqual(['w2', 'w1'])
  await erasures.save('w2', { state: 'running', subject: subject(), place: { name: 'timeline', id: null } })
  expect((await erasures.of(print('p')))[0]).toEqual(erasure('w2', { requestedAt: minute(2), dueAt: minute(2), print: print('p'), state: 'running', subject: subject(), place: { name: 'timeline', id: null } }))
  await erasures.save('w2', { state: 'done' })
  expect((await erasures.due(minute(9), 10)).map(({ id }) => id)).toEqual(['w1'])
})

test('C4: what is locked away is written once and hears of its refunds once', async () => {
  const { locked } = stores
  await locked.put([{ id: 'pay:x', print: print('p'), kind: 'payment', lockedAt: minute(0), content: { amount: 5 } }])
  const refund = { key: 'r', at: minute(1), kind: 'refunded', paymentKey: 'pay:x', refundId: 'r1', orderNo: '1', transactionId: '1', amount: 5 as Fen } as const
  expect([await locked.addRefund(refund), await locked.addRefund(refund), await locked.addRefund({ ...refund, paymentKey: 'pay:y' })]).toEqual([true, true, false])
  const entry = { id: 'pay:x', kind: 'payment', lockedAt: minute(0), content: { amount: 5 }, refunds: [{ id: 'r1', amount: 5, at: minute(1) }] }
  expect(await locked.list(10)).toEqual([entry])
  // An order whose details came later.
  const order = (amount: number | null, items: string[]) => [{ id: 'order:z', print: print('p'), kind: 'event' as const, lockedAt: minute(2), content: { amount, items } }]
  for (const records of [order(null, []), order(7, ['coat']), order(null, []), order(8, ['scarf'])]) await locked.put(records)
  expect((await locked.list(10))[0]).toEqual({ id: 'order:z', kind: 'event', lockedAt: minute(2), content: { amount: 7, items: ['coat'] }, refunds: [] })
  const connection = await mongoose.createConnection(stores.uri).asPromise()
  expect(await connection.collection('locked').findOne({ _id: 'pay:x' as never })).toMatchObject({ refunds: [{ id: 'r1', amount: 5 }] })
  await connection.close()
})

test('C4: erasing one of two who were parted by an undone join leaves the other as they were', async () => {
  const { people, timeline, contacts, alerts, eraser } = stores
  const join = (a: ReturnType<typeof openid>, b: ReturnType<typeof openid>) => people.join({ a, b, evidence: { by: 'contact' }, at: minute(0) })
  await join(openid('lin'), unionid('lin'))
  await join(unionid('lin'), external('lin'))
  await join(openid('zhou'), external('zhou'))
  const wrong = await join(external('zhou'), unionid('lin'))
  const tie = (await people.joins(openid('zhou'))).find(({ a, b }) => a === external('zhou') && b === unionid('lin'))
  await people.undo(tie?.id ?? ('' as never), minute(1))
  expect(wrong.joined).toBe(true)
  await timeline.add([opened('k-lin', minute(1), 'lin'), opened('k-zhou', minute(1), 'zhou')])
  await contacts.put([lin, zhou].map((id) => ({ before: null, after: contact(id, []) })))
  await alerts.put([alert('a-lin', { externalUserId: lin }), alert('a-zhou', { externalUserId: zhou })])
  const before = (await people.find([openid('zhou')])).get(openid('zhou'))

  await eraser.own(subject({ keys: [openid('lin'), unionid('lin'), external('lin')] }), 'person', minute(2))
  for (let place = (await eraser.sweep([subject()], null)).next; place; ) place = (await eraser.sweep([subject()], place)).next
  const after = (await people.find([openid('zhou'), external('zhou')])).get(openid('zhou'))
  expect(after?.identities.map(({ key }) => key).toSorted()).toEqual(before?.identities.map(({ key }) => key).toSorted())
  expect((await people.find([openid('lin'), unionid('lin'), external('lin')])).size).toBe(0)
  expect((await timeline.known(['k-lin', 'k-zhou'])).has('k-lin')).toBe(false)
  expect([...(await timeline.known(['k-lin', 'k-zhou']))]).toEqual(['k-zhou'])
  expect([...(await contacts.many([lin, zhou])).keys()]).toEqual([zhou])
  expect((await alerts.many(['a-lin', 'a-zhou'])).map(({ key }) => key)).toEqual(['a-zhou'])
})

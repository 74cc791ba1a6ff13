import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CustomerEvent } from '../../server/domain/event.ts'
import type { PersonId } from '../../server/domain/ids.ts'
import { usualDays } from '../../server/domain/retention.ts'
import { openTestStores, type TestStores } from '../support/store.ts'
import { alert, basket, delivery, lin, mei, message, minute, opened, openid, payment, signal, webhook } from './samples.ts'

let stores: TestStores
beforeAll(async () => {
  stores = await openTestStores()
})
afterAll(() => stores.drop())

const bought = (key: string): CustomerEvent => ({
  ...opened(key, minute(0)),
  source: 'wechat-shop',
  kind: 'order-paid',
  orderNo: key,
  amount: null,
  items: [],
})

test('C6: of the timeline what is older goes, purchases by their own period, in batches', async () => {
  const { timeline, retention } = stores
  await timeline.add([opened('e1', minute(0)), opened('e2', minute(1)), basket('e3', minute(2)), opened('e4', minute(9)), bought('o1')])
  expect(await retention.removeOlder('events', minute(5), 2)).toBe(2)
  expect(await retention.removeOlder('events', minute(5), 2)).toBe(1)
  expect([...(await timeline.known(['e1', 'e2', 'e3', 'e4', 'o1']))].toSorted()).toEqual(['e4', 'o1'])
  expect(await retention.removeOlder('purchases', minute(5), 2)).toBe(1)
  expect([...(await timeline.known(['e4', 'o1']))]).toEqual(['e4'])
})

test('C6: each kind goes by its own date, and what is younger stays', async () => {
  const { retention, signals, alerts, messages, briefings, followUps, webhookQueue, payments, observations } = stores
  await signals.put([signal('s1', openid('lin'), minute(0)), signal('s2', openid('lin'), minute(9))])
  await alerts.put([{ ...alert('a1'), raisedAt: minute(0) }, { ...alert('a2'), raisedAt: minute(9) }])
  await messages.freeze({ ...message('m1'), frozenAt: minute(0) })
  await messages.freeze({ ...message('m2'), frozenAt: minute(9) })
  for (const [key, at] of [['b1', minute(0)], ['b2', minute(9)]] as const) await briefings.put({ key, externalUserId: lin, staffId: mei, at, eventKeys: [] })
  for (const at of [minute(0), minute(9)]) await followUps.add({ externalUserId: lin, staffId: mei, what: 'opener', at })
  await webhookQueue.put([{ ...webhook('w1'), createdAt: minute(0) }, { ...webhook('w2'), createdAt: minute(9) }])
  await payments.add({ ...payment('p1'), createdAt: minute(0) })
  await payments.add({ ...payment('p2'), createdAt: minute(9) })
  await observations.record([{ key: 'ob1', at: minute(0), kind: 'user-info', content: {} }, { key: 'ob2', at: minute(9), kind: 'user-info', content: {} }])
  for (const kind of ['signals', 'alerts', 'messages', 'briefings', 'follow-ups', 'webhooks', 'payments', 'observations'] as const) {
    expect([kind, await retention.removeOlder(kind, minute(5), 10)]).toEqual([kind, 1])
    expect([kind, await retention.removeOlder(kind, minute(5), 10)]).toEqual([kind, 0])
  }
  expect((await alerts.many(['a1', 'a2'])).map(({ key }) => key)).toEqual(['a2'])
  expect(await messages.get('m1')).toBeNull()
  expect((await payments.many(['p1', 'p2'])).map(({ id }) => id)).toEqual(['p2'])
})

test('C6: of the inbox only what has ended goes, and what waits never', async () => {
  const { inbox, retention } = stores
  await inbox.accept(['k1', 'k2', 'k3', 'k4'].map((key) => ({ ...delivery(key), receivedAt: minute(0) })))
  const [one, two, three] = await inbox.take(10, minute(1))
  await inbox.settle(
    [
      { id: one?.id ?? '', outcome: 'handled' },
      { id: two?.id ?? '', outcome: 'unrecognised', reason: 'x' },
      { id: three?.id ?? '', outcome: 'set-aside', reason: 'x' },
    ],
    minute(1),
  )
  const kinds = ['inbox-handled', 'inbox-unrecognised', 'inbox-left'] as const
  for (const kind of kinds) expect([kind, await retention.removeOlder(kind, minute(0), 10)]).toEqual([kind, 0])
  for (const kind of kinds) expect([kind, await retention.removeOlder(kind, minute(2), 10)]).toEqual([kind, 1])
  expect(await inbox.depth()).toMatchObject({ waiting: 1 })
})

test('C6: a person is looked at once, and again when it is time', async () => {
  const { people, retention } = stores
  const found = await people.resolve([openid('wu'), openid('he')], minute(0))
  const ids = [...found.values()].map(({ id }) => id).toSorted()
  expect((await retention.toCheck(minute(0), 10)).toSorted()).toEqual(ids)
  await retention.checkAgain([{ ids: [ids[0] as PersonId], at: minute(3) }, { ids: [ids[1] as PersonId], at: minute(5) }])
  expect(await retention.toCheck(minute(2), 10)).toEqual([])
  expect(await retention.toCheck(minute(4), 10)).toEqual([ids[0]])
  expect(await retention.toCheck(minute(9), 1)).toEqual([ids[0]])
})

test('C6: the last run is kept, and only that', async () => {
  const { retention } = stores
  expect(await retention.lastRun()).toBeNull()
  await retention.noteRun({ at: minute(0), removed: usualDays })
  await retention.noteRun({ at: minute(1), removed: { ...usualDays, events: 7 } })
  expect(await retention.lastRun()).toEqual({ at: minute(1), removed: { ...usualDays, events: 7 } })
})

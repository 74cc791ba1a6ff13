import { afterAll, beforeEach, expect, test } from 'vitest'
import { openTestStores, type TestStores } from '../support/store.ts'
import { hour, lin, mei, message, minute, yun, zhou } from './samples.ts'

let stores: TestStores
beforeEach(async () => {
  await stores?.drop()
  stores = await openTestStores()
})
afterAll(() => stores.drop())

function update(count: number) {
  return { text: '已跟进', dueAt: minute(count) }
}

test('E6: a message is frozen once: an existing id stays as it is', async () => {
  await stores.messages.freeze(message('m1'))
  await stores.messages.freeze(message('m1', { json: 'other', state: 'sent' }))
  expect(await stores.messages.get('m1')).toEqual(message('m1'))
  expect(await stores.messages.get('none')).toBeNull()
})

test('E6: waiting messages are due, earliest first', async () => {
  await stores.messages.freeze(message('m1', { nextTryAt: minute(3) }))
  await stores.messages.freeze(message('m2', { nextTryAt: minute(1) }))
  await stores.messages.freeze(message('m3', { nextTryAt: minute(0), state: 'sent' }))
  const due = async (at: number, limit = 10) => (await stores.messages.due(minute(at), limit)).map(({ id }) => id)
  expect(await due(0)).toEqual([])
  expect(await due(3)).toEqual(['m2', 'm1'])
  expect(await due(3, 1)).toEqual(['m2'])
  await stores.messages.save('m2', { state: 'sent', sentAt: minute(2), msgId: 'w1', attempts: 1, note: 'ok' })
  expect(await due(3)).toEqual(['m1'])
  const sent = message('m2', {
    nextTryAt: minute(1),
    state: 'sent',
    sentAt: minute(2),
    msgId: 'w1',
    attempts: 1,
    note: 'ok',
  })
  expect(await stores.messages.get('m2')).toEqual(sent)
})

test('E4: the governor counts what was tried or sent, by member, oldest first', async () => {
  await stores.messages.freeze(message('m1', { frozenAt: minute(1) }))
  await stores.messages.freeze(message('m2', { frozenAt: minute(2) }))
  await stores.messages.freeze(message('m3', { frozenAt: minute(2), staffId: yun }))
  await stores.messages.save('m1', { state: 'sent', sentAt: minute(5) })
  expect(await stores.messages.sentSince(mei, minute(0))).toEqual([minute(2), minute(5)])
  expect(await stores.messages.sentSince(mei, minute(3))).toEqual([minute(5)])
  expect(await stores.messages.sentSince(mei, minute(6))).toEqual([])
})

test('E4: when the phone last rang about each customer; a refused message rang nothing', async () => {
  await stores.messages.freeze(message('m1', { frozenAt: minute(1), externalUserIds: [lin, zhou] }))
  await stores.messages.freeze(message('m2', { frozenAt: minute(4), state: 'sent', sentAt: minute(5) }))
  await stores.messages.freeze(message('m3', { frozenAt: minute(9), externalUserIds: [zhou], state: 'refused' }))
  await stores.messages.freeze(message('m4', { frozenAt: minute(9), staffId: yun }))
  const rang = await stores.messages.lastRangAbout(mei, [lin, zhou])
  expect(rang).toEqual(
    new Map([
      [lin, minute(5)],
      [zhou, minute(1)],
    ]),
  )
  expect(await stores.messages.lastRangAbout(yun, [zhou])).toEqual(new Map())
  expect(await stores.messages.lastRangAbout(yun, [])).toEqual(new Map())
})

test('E6: a response code is taken once, and never after 72 hours', async () => {
  await stores.messages.freeze(message('m1', { responseCode: { code: 'r1', at: hour(0) } }))
  await stores.messages.freeze(message('m2', { responseCode: { code: 'r2', at: hour(0) } }))
  await stores.messages.freeze(message('m3'))
  const taken = await Promise.all(
    Array.from({ length: 10 }, () => stores.messages.takeResponseCode('m1', hour(71))),
  )
  expect(taken.filter((code) => code !== null)).toEqual(['r1'])
  expect(await stores.messages.takeResponseCode('m2', hour(72))).toBeNull()
  expect(await stores.messages.takeResponseCode('m3', hour(0))).toBeNull()
  await stores.messages.save('m1', { responseCode: { code: 'r9', at: hour(71) } })
  expect(await stores.messages.takeResponseCode('m1', hour(72))).toBe('r9')
})

test('F2: what a message said is forgotten once it no longer waits', async () => {
  const { messages } = stores
  await messages.freeze(message('m-said'))
  await messages.forgetWords('m-said')
  expect((await messages.get('m-said'))?.json).toBe(message('m-said').json)
  await messages.save('m-said', { state: 'sent', sentAt: minute(1) })
  await messages.forgetWords('m-said')
  expect((await messages.get('m-said'))?.json).toBe('{}')
})

test('F2: what a message said that waited when it was to be forgotten goes with its last attempt, and not before', async () => {
  const { messages } = stores
  const jsonOf = async () => (await messages.get('m-waits'))?.json
  await messages.freeze(message('m-waits'))
  await messages.forgetWords('m-waits')
  expect(await messages.saveAttempt('m-waits', 0, { attempts: 1, note: 'trying' })).toBe(true)
  expect(await jsonOf()).toBe(message('m-waits').json)
  expect(await messages.saveAttempt('m-waits', 0, { state: 'refused' })).toBe(false)
  expect(await jsonOf()).toBe(message('m-waits').json)
  expect(await messages.saveAttempt('m-waits', 1, { state: 'sent', sentAt: minute(1) })).toBe(true)
  expect(await messages.get('m-waits')).toEqual(message('m-waits', { json: '{}', attempts: 1, note: 'trying', state: 'sent', sentAt: minute(1) }))
})

test('E6: cards to be updated are due by their time, until the update is noted', async () => {
  await stores.messages.freeze(message('m1', { state: 'sent', update: update(2) }))
  await stores.messages.freeze(message('m2', { state: 'sent', update: update(1) }))
  await stores.messages.freeze(message('m3', { state: 'waiting', update: update(1) }))
  await stores.messages.freeze(message('m4', { state: 'sent' }))
  const due = async (at: number) => (await stores.messages.updatesDue(minute(at), 10)).map(({ id }) => id)
  expect(await due(0)).toEqual([])
  expect(await due(2)).toEqual(['m2', 'm1'])
  await stores.messages.save('m2', { update: null })
  expect(await due(2)).toEqual(['m1'])
})

test('E6 I3: an attempt is claimed by one process, and its outcome noted only while it is the newest', async () => {
  await stores.messages.freeze(message('m1'))
  const claimed = await Promise.all(
    Array.from({ length: 10 }, () => stores.messages.saveAttempt('m1', 0, { attempts: 1, sentAt: minute(1), note: 'trying' })),
  )
  expect(claimed.filter(Boolean)).toHaveLength(1)
  expect(await stores.messages.sentSince(mei, minute(1))).toEqual([minute(1)])
  expect(await stores.messages.saveAttempt('m1', 1, { attempts: 2, note: 'trying' })).toBe(true)
  expect(await stores.messages.saveAttempt('m1', 1, { state: 'refused', note: 'late' })).toBe(false)
  expect(await stores.messages.saveAttempt('m1', 2, { state: 'sent', note: null })).toBe(true)
  expect(await stores.messages.saveAttempt('m1', 2, { state: 'refused', note: 'late' })).toBe(false)
  expect(await stores.messages.saveAttempt('none', 0, { attempts: 1 })).toBe(false)
  expect(await stores.messages.get('m1')).toMatchObject({ state: 'sent', attempts: 2, note: null })
})

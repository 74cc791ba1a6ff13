import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestStores, type TestStores } from '../support/store.ts'
import { lin, mei, minute, yun, zhou } from './samples.ts'

let stores: TestStores
beforeAll(async () => {
  stores = await openTestStores()
})
afterAll(() => stores.drop())

test('C1: the directory is what was listed last; a name outlives an absence', async () => {
  await stores.staffDirectory.replaceAll(['Mei', 'Yun'], minute(0))
  await stores.staffDirectory.setName(mei, '小梅')
  await stores.staffDirectory.setName('stranger' as typeof mei, 'x')
  const both = [
    { staffId: mei, userid: 'Mei', name: '小梅' },
    { staffId: yun, userid: 'Yun', name: null },
  ]
  expect(await stores.staffDirectory.all()).toEqual(both)
  expect(await stores.staffDirectory.get(mei)).toEqual(both[0])
  expect(await stores.staffDirectory.many([mei])).toEqual(new Map([[mei, both[0]]]))
  await stores.staffDirectory.replaceAll(['Yun'], minute(1))
  expect(await stores.staffDirectory.all()).toEqual([both[1]])
  expect(await stores.staffDirectory.get(mei)).toBeNull()
  await stores.staffDirectory.replaceAll(['yun', 'MEI'], minute(2))
  expect(await stores.staffDirectory.all()).toEqual([
    { ...both[0], userid: 'MEI' },
    { ...both[1], userid: 'yun' },
  ])
  await stores.staffDirectory.replaceAll([], minute(3))
  expect(await stores.staffDirectory.all()).toEqual([])
  await stores.staffDirectory.add([], minute(4))
  await stores.staffDirectory.add(['Mei', 'An'], minute(4))
  const an = { staffId: 'an', userid: 'An', name: null }
  expect(await stores.staffDirectory.all()).toEqual([an, both[0]])
  await stores.staffDirectory.meet('Ou', minute(5))
  await stores.staffDirectory.meet('Ou', minute(6))
  await stores.staffDirectory.setName('ou' as typeof mei, '小欧')
  expect(await stores.staffDirectory.get('ou' as typeof mei)).toEqual({ staffId: 'ou', userid: 'Ou', name: '小欧' })
  expect(await stores.staffDirectory.all()).toEqual([an, both[0]])
})

test('A2 F5: who left the company has left, until listed, added or met again', async () => {
  const id = 'guo' as typeof mei
  expect(await stores.staffDirectory.hasLeft(id)).toBe(false)
  await stores.staffDirectory.add(['Guo'], minute(1))
  const back = [
    () => stores.staffDirectory.add(['Guo'], minute(3)),
    () => stores.staffDirectory.meet('Guo', minute(3)),
    () => stores.staffDirectory.replaceAll(['Guo'], minute(3)),
  ]
  for (const comesBack of back) {
    await stores.staffDirectory.leave(id, minute(2))
    expect(await stores.staffDirectory.hasLeft(id)).toBe(true)
    await comesBack()
    expect(await stores.staffDirectory.hasLeft(id)).toBe(false)
  }
  await stores.staffDirectory.leave('stranger-who-left' as typeof mei, minute(2))
  expect(await stores.staffDirectory.hasLeft('stranger-who-left' as typeof mei)).toBe(true)
})

test('C2: a briefing is told once; those of a customer oldest first', async () => {
  const briefing = { key: 'b1', externalUserId: lin, staffId: mei, at: minute(2), eventKeys: ['e1', 'e2'] }
  const earlier = { ...briefing, key: 'b2', at: minute(1), eventKeys: [] }
  await stores.briefings.put(briefing)
  await stores.briefings.put({ ...briefing, eventKeys: ['other'] })
  await stores.briefings.put(earlier)
  expect(await stores.briefings.of(lin)).toEqual([earlier, briefing])
  expect(await stores.briefings.of(zhou)).toEqual([])
  expect(await stores.briefings.many([zhou, lin])).toEqual(new Map([[lin, [earlier, briefing]]]))
  expect(await stores.briefings.many([])).toEqual(new Map())
  // One briefing a turn, whoever is first; another member's turns are their own.
  const turn = { ...briefing, externalUserId: zhou, turn: 0 }
  expect(await stores.briefings.put({ ...turn, key: 't1' })).toBe(true)
  expect(await stores.briefings.put({ ...turn, key: 't2' })).toBe(false)
  expect(await stores.briefings.put({ ...turn, key: 't1', turn: 1 })).toBe(false)
  expect(await stores.briefings.put({ ...turn, key: 't3', turn: 1 })).toBe(true)
  expect(await stores.briefings.put({ ...turn, key: 't4', staffId: yun })).toBe(true)
  expect((await stores.briefings.of(zhou)).map(({ key }) => key).toSorted()).toEqual(['t1', 't3', 't4'])
})

test('F5: what a salesperson did for a customer: the newest by anybody', async () => {
  const first = { externalUserId: lin, staffId: mei, what: 'opener', at: minute(1) } as const
  const second = { ...first, staffId: yun, what: 'article', at: minute(3) } as const
  const third = { ...first, externalUserId: zhou, what: 'following', at: minute(2) } as const
  for (const followUp of [second, third, first]) await stores.followUps.add(followUp)
  expect(await stores.followUps.last(lin)).toEqual(second)
  expect(await stores.followUps.last('wm-none' as typeof lin)).toBeNull()
})

test('C1: lookups still owed, earliest first, until they are answered', async () => {
  const keys = ['l1', 'l2', 'l3']
  expect(await stores.lookups.due(keys, minute(0))).toEqual(new Set(keys))
  await stores.lookups.note('l1', { askAgainAt: minute(5), tries: 1 })
  await stores.lookups.note('l2', { askAgainAt: minute(3), tries: 2 })
  await stores.lookups.note('l3', { askAgainAt: null, tries: 0 })
  expect(await stores.lookups.due(keys, minute(4))).toEqual(new Set(['l2']))
  expect(await stores.lookups.due(keys, minute(5))).toEqual(new Set(['l1', 'l2']))
  expect(await stores.lookups.owed(minute(2), 10)).toEqual([])
  expect(await stores.lookups.owed(minute(9), 10)).toEqual([
    { key: 'l2', tries: 2 },
    { key: 'l1', tries: 1 },
  ])
  expect(await stores.lookups.owed(minute(9), 1)).toHaveLength(1)
  await stores.lookups.note('l2', { askAgainAt: null, tries: 3 })
  expect(await stores.lookups.owed(minute(9), 10)).toEqual([{ key: 'l1', tries: 1 }])
  expect(await stores.lookups.due([], minute(9))).toEqual(new Set())
})

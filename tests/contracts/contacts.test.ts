import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ExternalUserId, IdentityKey, UnionId } from '../../server/domain/ids.ts'
import { openTestStores, type TestStores } from '../support/store.ts'
import { contact, follow, lin, mei, minute, yun, zhou } from './samples.ts'

let stores: TestStores
beforeAll(async () => {
  stores = await openTestStores()
})
afterAll(() => stores.drop())

function id(name: string): ExternalUserId {
  return `wm-${name}` as ExternalUserId
}

test('C1: a contact comes back as it was put, found by either id', async () => {
  const ended = { at: minute(5), by: 'customer' } as const
  const full = contact(lin, [follow('Mei', minute(1)), follow('Yun', minute(2), { ended, remark: '老客', addWay: null })])
  const anonymous = contact(zhou, [follow('Mei', minute(1))], { unionId: null, avatar: 'https://example.test/a.png' })
  expect(await stores.contacts.put([full, anonymous].map((after) => ({ before: null, after })))).toEqual([lin, zhou])
  expect(await stores.contacts.get(lin)).toEqual(full)
  expect(await stores.contacts.get(id('none'))).toBeNull()
  expect(await stores.contacts.many([lin, zhou, id('none')])).toEqual(
    new Map([
      [lin, full],
      [zhou, anonymous],
    ]),
  )
  expect(await stores.contacts.byUnionIds([`u-${lin}` as UnionId, 'u-none' as UnionId])).toEqual([full])
})

test('C1: a contact that somebody changed meanwhile is not written, and only that one', async () => {
  const first = contact(id('cas'), [], { readAt: minute(0) })
  const other = contact(id('cas-other'), [], { readAt: minute(0) })
  await stores.contacts.put([
    { before: null, after: first },
    { before: null, after: other },
  ])
  expect(await stores.contacts.put([{ before: null, after: { ...first, readAt: minute(1) } }])).toEqual([])
  const second = { ...first, name: '林太太', readAt: minute(1) }
  const written = await stores.contacts.put([
    { before: first, after: second },
    { before: { ...other, readAt: minute(-9) }, after: { ...other, readAt: minute(1) } },
  ])
  expect(written).toEqual([id('cas')])
  expect(await stores.contacts.put([{ before: first, after: { ...first, readAt: minute(2) } }])).toEqual([])
  expect(await stores.contacts.get(id('cas'))).toEqual(second)
  expect(await stores.contacts.put([])).toEqual([])
})

test('C1: a unionid learnt later is found, and one that went is not', async () => {
  const before = contact(id('late'), [], { unionId: null })
  const known = { ...before, unionId: 'u-late' as UnionId, readAt: minute(1) }
  await stores.contacts.put([{ before: null, after: before }])
  expect(await stores.contacts.byUnionIds(['u-late' as UnionId])).toEqual([])
  await stores.contacts.put([{ before, after: known }])
  expect(await stores.contacts.byUnionIds(['u-late' as UnionId])).toEqual([known])
  await stores.contacts.put([{ before: known, after: { ...before, readAt: minute(2) } }])
  expect(await stores.contacts.byUnionIds(['u-late' as UnionId])).toEqual([])
})

test('C1: a member sees their present contacts, the newest of theirs first', async () => {
  const gone = { at: minute(9), by: 'staff' } as const
  const list = [
    contact(id('f1'), [follow('An', minute(1)), follow('Yun', minute(60))]),
    contact(id('f2'), [follow('An', minute(3))]),
    contact(id('f3'), [follow('An', minute(2))]),
    contact(id('f4'), [follow('An', minute(4), { ended: gone })]),
  ]
  await stores.contacts.put(list.map((after) => ({ before: null, after })))
  const an = follow('An', minute(0)).staffId
  const names = async (limit: number) =>
    (await stores.contacts.followedBy(an, limit)).map(({ externalUserId }) => externalUserId)
  expect(await names(10)).toEqual([id('f2'), id('f3'), id('f1')])
  expect(await names(1)).toEqual([id('f2')])
  expect(await stores.contacts.followedBy(yun, 10)).toEqual([list[0]])
  expect((await stores.contacts.followedBy(mei, 1)).length).toBe(1)
  expect((await stores.contacts.idsFollowedBy(an)).toSorted()).toEqual([id('f1'), id('f2'), id('f3')])
})

test('C1: an observation is recorded once, the empty list not at all', async () => {
  const seen = { key: 'o1', at: minute(1), kind: 'user-info', content: { unionid: 'u1', 'a.b': [1, { $c: minute(2) }] } }
  await expect(stores.observations.record([seen, { ...seen, key: 'o2' }])).resolves.toBeUndefined()
  await expect(stores.observations.record([seen, { ...seen, key: 'o3' }])).resolves.toBeUndefined()
  await expect(stores.observations.record([])).resolves.toBeUndefined()
  const kept = await stores.observations.byKeys([seen.key, 'o2', 'never'])
  expect([...kept.keys()].toSorted()).toEqual([seen.key, 'o2'].toSorted())
  expect(kept.get(seen.key)).toEqual(seen)
  const all: string[] = []
  for await (const { key } of stores.observations.each(seen.kind)) all.push(key)
  expect(all).toEqual([seen.key, 'o2', 'o3'])
})

test('C1: observations are found by whom they are about, newest first, each kind for itself', async () => {
  const [her, wu] = ['openid:wx1:lin', 'openid:wx1:wu'] as [IdentityKey, IdentityKey]
  const noted = (key: string, at: number, about: IdentityKey[]) => ({ key, at: minute(at), kind: 'link-conflict', content: { key }, about })
  const list = [noted('c1', 1, [her]), noted('c2', 3, [her, wu]), noted('c3', 2, [wu])]
  await stores.observations.record([...list, { ...noted('c4', 9, [her]), kind: 'other' }, { key: 'c5', at: minute(9), kind: 'link-conflict', content: {} }])
  const keys = async (of: IdentityKey[], limit = 9) => (await stores.observations.about('link-conflict', of, limit)).map(({ key }) => key)
  expect(await keys([her])).toEqual(['c2', 'c1'])
  expect(await keys([her, wu])).toEqual(['c2', 'c3', 'c1'])
  expect(await keys([her, wu], 1)).toEqual(['c2'])
  expect(await keys(['openid:wx1:nobody' as IdentityKey])).toEqual([])
  expect(await stores.observations.about('link-conflict', [wu], 1)).toEqual([list[1]])
})

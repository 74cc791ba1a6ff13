import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AppId, IdentityKey } from '../../server/domain/ids.ts'
import { openTestStores, type TestStores } from '../support/store.ts'
import { external, minute, openid, unionid } from './samples.ts'

let stores: TestStores
let sent = 0
beforeAll(async () => {
  stores = await openTestStores({
    onCommand({ commandName }) {
      if (['find', 'insert', 'update'].includes(commandName)) sent += 1
    },
  })
})
afterAll(() => stores.drop())

const byUserInfo = { by: 'user-info', appId: 'wx-account' as AppId } as const
const byContact = { by: 'contact' } as const

test('C1: an identity never seen becomes a person of its own, once, whoever asks', async () => {
  const other = await stores.another()
  const asked = await Promise.all(
    Array.from({ length: 20 }, (_, index) => (index % 2 ? stores : other).people.resolve([openid('new')], minute(0))),
  )
  const ids = asked.map((persons) => persons.get(openid('new'))?.id)
  expect(new Set(ids).size).toBe(1)
  expect(asked[0]?.get(openid('new'))?.identities).toEqual([{ key: openid('new'), since: minute(0), evidence: null }])
})

test('C1: find makes nobody', async () => {
  expect(await stores.people.find([openid('nobody')])).toEqual(new Map())
  expect(await stores.people.resolve([], minute(0))).toEqual(new Map())
})

test('C2: two identities joined are one person, the older one, with the evidence', async () => {
  const before = await stores.people.resolve([openid('ann'), unionid('ann')], minute(0))
  const link = { a: unionid('ann'), b: openid('ann'), evidence: byUserInfo, at: minute(5) }
  const first = await stores.people.join(link)
  expect(first.joined).toBe(true)
  expect(new Set(first.before)).toEqual(new Set([...before.values()].map(({ id }) => id)))
  expect(first.person.formerIds).toHaveLength(1)
  expect(first.person.identities.map(({ key }) => key)).toEqual([openid('ann'), unionid('ann')])
  expect(first.person.identities.filter(({ evidence }) => evidence)).toMatchObject([{ evidence: byUserInfo }])

  const again = await stores.people.join(link)
  expect(again).toEqual({ person: first.person, joined: false, before: [first.person.id] })
  const found = await stores.people.find([openid('ann'), unionid('ann')])
  expect([...found.values()]).toEqual([first.person, first.person])
})

test('C2: joining makes who is missing, and a chain of three is one person found by every id it ever had', async () => {
  await stores.people.join({ a: openid('bo'), b: unionid('bo'), evidence: byUserInfo, at: minute(1) })
  await stores.people.resolve([external('bo')], minute(0))
  const { person, before } = await stores.people.join({
    a: unionid('bo'),
    b: external('bo'),
    evidence: byContact,
    at: minute(2),
  })
  expect(new Set(person.identities.map(({ key }) => key))).toEqual(new Set([external('bo'), openid('bo'), unionid('bo')]))
  expect(person.identities[0]).toMatchObject({ key: external('bo'), evidence: null })
  const byId = await stores.people.byIds([...before, ...person.formerIds])
  expect(new Set(byId.values())).toEqual(new Set([person]))
})

test('C2: an id that never was is not in the answer', async () => {
  expect(await stores.people.byIds(['5f0000000000000000000000' as never])).toEqual(new Map())
})

test('C1: resolving many takes as many round trips as resolving one', async () => {
  const keys = Array.from({ length: 200 }, (_, index) => openid(`many-${index}`))
  await stores.people.resolve(keys, minute(0))
  sent = 0
  await stores.people.resolve(keys.slice(0, 1), minute(0))
  const forOne = sent
  sent = 0
  const persons = await stores.people.resolve(keys, minute(0))
  expect(sent).toBe(forOne)
  expect(new Set([...persons.values()].map(({ id }) => id)).size).toBe(200)
})

test('C2: concurrent joins in any order, from two processes, end in one person and the same everywhere', async () => {
  const other = await stores.another()
  let run = 0
  await fc.assert(
    fc.asyncProperty(linksOverAll(12, 50), async (links) => {
      run += 1
      const keys = Array.from({ length: 12 }, (_, index) => openid(`r${run}-${index}`))
      const joins = links.map(([a, b], index) =>
        (index % 2 ? stores : other).people.join({
          a: keys[a] as IdentityKey,
          b: keys[b] as IdentityKey,
          evidence: byContact,
          at: minute(index % 3),
        }),
      )
      const results = await Promise.all(joins)
      const persons = [...(await stores.people.find(keys)).values()]
      expect(persons).toHaveLength(12)
      expect(new Set(persons.map(({ id }) => id)).size).toBe(1)
      expect(new Set(persons[0]?.identities.map(({ key }) => key))).toEqual(new Set(keys))
      // Each join that said "joined" is one pointer: eleven of them tie twelve nodes together.
      expect(results.filter(({ joined }) => joined)).toHaveLength(11)
      expect(persons[0]?.formerIds).toHaveLength(11)
    }),
    { numRuns: 3 },
  )
}, 60_000)

/** Random pairs that, taken together, connect all nodes. */
function linksOverAll(nodes: number, count: number): fc.Arbitrary<readonly (readonly [number, number])[]> {
  const node = fc.nat({ max: nodes - 1 })
  const chain = Array.from({ length: nodes - 1 }, (_, index) => [index, index + 1] as const)
  return fc
    .array(fc.tuple(node, node), { minLength: count - chain.length, maxLength: count - chain.length })
    .chain((extra) => fc.shuffledSubarray([...chain, ...extra], { minLength: count, maxLength: count }))
}

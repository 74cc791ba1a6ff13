import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AppId, IdentityKey, JoinId } from '../../server/domain/ids.ts'
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
}, 120_000)

async function joinedChain(name: string) {
  const link = (a: IdentityKey, b: IdentityKey, evidence: typeof byUserInfo | typeof byContact, at: Date) =>
    stores.people.join({ a, b, evidence, at })
  const [account, union, contact] = [openid(name), unionid(name), external(name)]
  await stores.people.resolve([contact, account], minute(0))
  await link(account, union, byUserInfo, minute(1))
  const { person } = await link(contact, union, byContact, minute(2))
  const [first, second] = await stores.people.joins(account)
  if (!first || !second) throw new Error('two joins were made')
  return { account, union, contact, person, first, second, link }
}

test('C1: each join is listed with its evidence and date, by whichever identity', async () => {
  const { account, contact, union } = await joinedChain('listed')
  const joins = await stores.people.joins(contact)
  expect(joins).toEqual(await stores.people.joins(union))
  expect(joins).toMatchObject([
    { a: account, b: union, evidence: byUserInfo, at: minute(1), undone: null },
    { a: contact, b: union, evidence: byContact, at: minute(2), undone: null },
  ])
  expect(await stores.people.joins(openid('never-seen'))).toEqual([])
})

test('C1: an undone join parts the sides as their other evidence says, wherever they hang', async () => {
  const { account, union, contact, first, link } = await joinedChain('parted')
  const undone = await stores.people.undo(first.id, minute(9))
  expect(undone?.changed).toBe(true)
  const sides = undone?.persons.map(({ identities }) => identities.map(({ key }) => key).toSorted())
  expect(sides?.toSorted()).toEqual([[contact, union].toSorted(), [account]].toSorted())
  const found = await stores.people.find([account, union, contact])
  expect(found.get(union)?.id).toBe(found.get(contact)?.id)
  expect(found.get(union)?.id).not.toBe(found.get(account)?.id)
  for (const person of found.values()) expect((await stores.people.byIds([person.id])).get(person.id)).toEqual(person)
  expect(await stores.people.joins(account)).toMatchObject([{ id: first.id, undone: minute(9) }])

  // The same evidence does not join them again, other evidence does.
  expect(await stores.people.keptApart({ a: union, b: account, evidence: byUserInfo })).toBe(true)
  expect(await link(account, union, byUserInfo, minute(10))).toMatchObject({ joined: false })
  expect(new Set([...(await stores.people.find([account, union])).values()].map(({ id }) => id)).size).toBe(2)
  expect(await stores.people.keptApart({ a: union, b: account, evidence: byContact })).toBe(false)
  expect(await link(account, union, byContact, minute(11))).toMatchObject({ joined: true })
  expect(new Set([...(await stores.people.find([account, union, contact])).values()].map(({ id }) => id)).size).toBe(1)
})

test('C1: join, undo and join again end where the first join ended', async () => {
  for (const which of ['first', 'second'] as const) {
    const chain = await joinedChain(`again-${which}`)
    const { id } = chain[which]
    await stores.people.undo(id, minute(9))
    expect(await stores.people.redo(id)).toEqual({ changed: true, persons: [chain.person] })
    expect(await stores.people.redo(id)).toEqual({ changed: false, persons: [chain.person] })
    expect(await stores.people.joins(chain.account)).toEqual([chain.first, chain.second])
    expect((await stores.people.undo(id, minute(12)))?.changed).toBe(true)
  }
})

test('C1: what other evidence has joined meanwhile is not joined twice', async () => {
  const { account, union, first, link } = await joinedChain('meanwhile')
  await stores.people.undo(first.id, minute(9))
  await link(account, union, byContact, minute(10))
  expect(await stores.people.redo(first.id)).toMatchObject({ changed: false })
})

test('C1: two processes undo at once, one of them does; what is to be put right is handed out until it is', async () => {
  const other = await stores.another()
  const { account, union, first } = await joinedChain('at-once')
  const results = await Promise.all([0, 1, 2, 3].map((n) => (n % 2 ? stores : other).people.undo(first.id, minute(9))))
  expect(results.map((result) => result?.changed).toSorted()).toEqual([false, false, false, true])
  const mine = async () => (await other.people.unsettled(100)).filter(({ a }) => a === account)
  const [one, ...more] = await mine()
  expect(more).toEqual([])
  expect(one).toMatchObject({ a: account, b: union })
  // Made to stand again while the undoing is being put right: that is left to do.
  await stores.people.redo(first.id)
  await other.people.settled(one?.token ?? '')
  const [left] = await mine()
  expect(left?.token).not.toBe(one?.token)
  await other.people.settled(left?.token ?? '')
  await other.people.settled(left?.token ?? '')
  expect(await mine()).toEqual([])
})

test('C1: nobody knows a join that never was', async () => {
  expect(await stores.people.undo('5f0000000000000000000000' as JoinId, minute(0))).toBe(null)
  expect(await stores.people.redo('5f0000000000000000000000' as JoinId)).toBe(null)
})

test('C1: joins at once after an undo, from two processes, are one join', async () => {
  const other = await stores.another()
  const { account, union, contact, first } = await joinedChain('rejoined')
  await stores.people.undo(first.id, minute(9))
  const results = await Promise.all(
    [union, contact, union, contact].map((b, n) =>
      (n % 2 ? stores : other).people.join({ a: account, b, evidence: { by: 'oauth' }, at: minute(10) }),
    ),
  )
  expect(results.filter(({ joined }) => joined)).toHaveLength(1)
  expect(new Set(results.map(({ person }) => person.id)).size).toBe(1)
})

/** Random pairs that, taken together, connect all nodes. */
function linksOverAll(nodes: number, count: number): fc.Arbitrary<readonly (readonly [number, number])[]> {
  const node = fc.nat({ max: nodes - 1 })
  const chain = Array.from({ length: nodes - 1 }, (_, index) => [index, index + 1] as const)
  return fc
    .array(fc.tuple(node, node), { minLength: count - chain.length, maxLength: count - chain.length })
    .chain((extra) => fc.shuffledSubarray([...chain, ...extra], { minLength: count, maxLength: count }))
}

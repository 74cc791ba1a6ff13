import { describe, expect, test } from 'vitest'
import { measureChain, noAnonymous, type ChainReader, type ChainShare } from '../../server/domain/share-chain.ts'
import { inSight, sharerCounts, type Someone } from '../../server/domain/share-sight.ts'
import type { ExternalUserId, IdentityKey } from '../../server/domain/ids.ts'

/** `lin` is direct, `zhou<lin` came through her; `lin2=lin` is another identity of 林; `@3` as it was on arrival, the sharer being gone. */
function reader(text: string): ChainReader {
  const [, token = '', parent, person, depth] = /^(\w+)(?:<(\w+))?(?:=(\w+))?(?:@(\d))?$/.exec(text) ?? []
  return { token, parent: parent ?? null, depth: Number(depth ?? (parent ? 2 : 1)), person: person ?? token, by: token.startsWith('c') ? 'cookie' : 'oauth' }
}

/** `lin>zhou`; `lin>zhou!` became a contact. */
function share(text: string): ChainShare {
  const [, sharer = '', friend = '', became] = /^(\w+)>(\w+)(!?)$/.exec(text) ?? []
  return { sharer, friend, by: friend.startsWith('c') ? 'cookie' : 'oauth', becameContact: became === '!' }
}

describe('A6 reach and depth', () => {
  test.each([
    ['nobody', '', 0, []],
    ['one direct reader', 'lin', 1, [1]],
    ['direct readers only', 'lin zhou', 2, [2]],
    ['a friend', 'lin zhou<lin', 2, [1, 1]],
    ['friends of one', 'lin a<lin b<lin d<lin', 4, [1, 3]],
    ['a chain', 'lin zhou<lin wu<zhou xu<wu', 4, [1, 1, 1, 1]],
    ['two beginnings', 'lin zhou<lin wu xu<wu', 4, [2, 2]],
    ['children told before their parents', 'xu<wu wu<zhou zhou<lin lin', 4, [1, 1, 1, 1]],
    ['one person’s two identities are one reader', 'lin lin2=lin', 1, [1]],
    ['who hands it to themselves adds no level', 'lin lin2<lin=lin zhou<lin2', 2, [1, 1]],
    ['a person in two places counts at the nearer', 'lin zhou<lin wu<zhou wu2=wu', 3, [2, 1]],
    ['the sharer is gone: the level stays as it was', 'zhou<gone@2 wu<zhou@3', 2, [0, 1, 1]],
    ['one who is gone still counts, on the level they had', 'nobody@2 wu<lost@3', 2, [0, 1, 1]],
    ['a circle, which no store of ours makes, ends', 'a<b b<a', 2, [0, 1, 1]],
  ] as const)('%s', (_, readers, reach, levels) => {
    const chain = measureChain(readers.split(' ').filter(Boolean).map(reader), [], noAnonymous)
    expect([chain.reach.all, chain.levels]).toEqual([reach, levels])
    expect(chain.depth).toBe(levels.length)
  })

  test('a chain of 10,000 is measured without running out of stack', () => {
    const long = Array.from({ length: 10_000 }, (_, place) => ({ token: `t${place}`, parent: place === 0 ? null : `t${place - 1}`, depth: place + 1, person: `p${place}`, by: 'oauth' as const }))
    expect(measureChain(long.toReversed(), [], noAnonymous)).toMatchObject({ depth: 10_000, reach: { all: 10_000 } })
  })
})

test('A5 each number says how its people were known; what names nobody is in no other number', () => {
  const chain = measureChain(['lin', 'cwu', 'czhou<lin'].map(reader), ['lin>czhou', 'lin>xu', 'cwu>xu'].map(share), { snapshot: 2, refused: 1, outside: 4 })
  expect(chain).toMatchObject({ reach: { all: 3, oauth: 1, cookie: 2 }, friends: { all: 2, oauth: 1, cookie: 1 }, sharers: 2, shares: 3, anonymous: { snapshot: 2, refused: 1, outside: 4 } })
})

test('A6 C1 a share between two identities of one person is none, and a friend with two identities is one', () => {
  const chain = measureChain([], ['lin>lin', 'lin>zhou!', 'lin>zhou'].map(share), noAnonymous)
  expect(chain).toMatchObject({ sharers: 1, shares: 1, friends: { all: 1 }, contacts: 1 })
})

describe('A6 what a member sees', () => {
  const day = (number: number) => new Date(Date.UTC(2026, 2, number))
  const stored = (contentId: string, sharer: string, friend: string, at = day(2)) => ({ contentId, sharer: sharer as IdentityKey, friend: friend as IdentityKey, at })
  const who = (contacts: Readonly<Record<string, Date>> = {}, same: Readonly<Record<string, string>> = {}) => (key: IdentityKey): Someone => ({ person: same[key] ?? key, contactSince: contacts[key] ?? null })

  test('friends are people; a contact counts if they became one after they had opened it', () => {
    const shares = [stored('coat', 'lin', 'a'), stored('coat', 'lin', 'b'), stored('coat', 'lin', 'c'), stored('scarf', 'lin', 'a')]
    expect(sharerCounts(shares, who({ a: day(3), b: day(1) }))).toEqual([
      { contentId: 'coat', friends: 3, contacts: 1 },
      { contentId: 'scarf', friends: 1, contacts: 1 },
    ])
    expect(sharerCounts(shares, who({}, { b: 'a', c: 'lin' }))[0]).toEqual({ contentId: 'coat', friends: 1, contacts: 0 })
  })

  test('two of her own customers look the same whether one opened the other’s share or they never met', () => {
    const met = [stored('coat', 'lin', 'zhou', day(2)), stored('coat', 'zhou', 'x', day(3))]
    const apart = [stored('coat', 'zhou', 'y', day(1)), stored('coat', 'lin', 'x', day(4))]
    const seen = (shares: typeof met) =>
      inSight(['lin', 'zhou'].map((name) => {
        const [counts] = sharerCounts(shares.filter(({ sharer }) => sharer === name), who())
        return { externalUserId: name as ExternalUserId, name, friends: counts?.friends ?? 0, contacts: counts?.contacts ?? 0 }
      }))
    expect(seen(met)).toEqual(seen(apart))
    expect(JSON.stringify(seen(met))).not.toMatch(/"x"|at|level|depth/)
  })
})

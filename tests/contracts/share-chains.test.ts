import mongoose from 'mongoose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ExternalUserId, IdentityKey, OpenId, PersonId, UnionId } from '../../server/domain/ids.ts'
import { noReasons } from '../../server/domain/link-state.ts'
import { emptyChain } from '../../server/domain/share-chain.ts'
import { openTestStores, type TestStores } from '../support/store.ts'
import { contact, external, lin, mei, minute, openid, zhou } from './samples.ts'
import { subject } from './use-privacy.ts'

let stores: TestStores
beforeAll(async () => {
  stores = await openTestStores()
})
afterAll(() => stores.drop())

const token = (contentId: string, visitor: IdentityKey, parent: string | null = null, slug = `${contentId}-s`) =>
  stores.shares.tokenFor({ contentId, slug, visitor, parent, depth: parent ? 2 : 1, by: parent ? 'cookie' : 'oauth', at: minute(1) })

test('A6: readers and shares of one article come page by page, each once, and of no other article', async () => {
  const { shareChains, shares } = stores
  const names = Array.from({ length: 7 }, (_, place) => openid(`reader-${place}`))
  for (const name of names) await token('pages', name)
  await token('other', openid('reader-0'))
  for (const friend of names) await shares.noteShare({ contentId: 'pages', slug: 'pages-s', sharer: openid('sharer'), friend, by: 'cookie', at: minute(2) })
  const seen = []
  for (let after: string | null = null; ; ) {
    const page: Awaited<ReturnType<typeof shareChains.readers>> = await shareChains.readers('pages', after, 3)
    seen.push(...page)
    if (page.length < 3) break
    after = page.at(-1)?.token ?? null
  }
  expect(seen.map(({ visitor }) => visitor).toSorted()).toEqual(names)
  expect(seen[0]).toMatchObject({ parent: null, depth: 1, by: 'oauth', slug: 'pages-s' })
  const first = await shareChains.sharesOf('pages', null, 4)
  const rest = await shareChains.sharesOf('pages', first.at(-1)?.id ?? '', 4)
  expect([first.length, rest.length, new Set([...first, ...rest].map(({ friend }) => friend)).size]).toEqual([4, 3, 7])
  expect(first[0]).toMatchObject({ slug: 'pages-s', by: 'cookie', at: minute(2) })
})

test('A6: shares are found by sharer and by copy, newest first, and an article knows when something was last noted', async () => {
  const { shareChains, shares } = stores
  expect(await shareChains.lastNoted('seen')).toBeNull()
  await token('seen', openid('a'))
  expect(await shareChains.lastNoted('seen')).toEqual(minute(1))
  for (const at of [3, 5, 4]) await shares.noteShare({ contentId: 'seen', slug: 'seen-s', sharer: openid('a'), friend: openid(`f${at}`), by: 'oauth', at: minute(at) })
  expect(await shareChains.lastNoted('seen')).toEqual(minute(5))
  expect((await shareChains.bySharers([openid('a'), openid('nobody')], 10)).map(({ at }) => at)).toEqual([minute(5), minute(4), minute(3)])
  expect((await shareChains.byCopies(['seen-s', 'none'], 2)).map(({ at }) => at)).toEqual([minute(5), minute(4)])
  await shares.noteAnonymous({ contentId: 'seen', slug: 'seen-s', why: 'snapshot', at: minute(7) })
  await shares.noteAnonymous({ contentId: 'seen', slug: 'seen-s', why: 'snapshot', at: minute(8) })
  await shares.noteAnonymous({ contentId: 'seen', slug: 'seen-t', why: 'outside', at: minute(6) })
  expect(await shareChains.lastNoted('seen')).toEqual(minute(8))
  expect((await shareChains.anonymousOf('seen')).toSorted((a, b) => (a.slug < b.slug ? -1 : 1))).toEqual([
    { slug: 'seen-s', counts: { snapshot: 2, refused: 0, outside: 0 } },
    { slug: 'seen-t', counts: { snapshot: 0, refused: 0, outside: 1 } },
  ])
})

test('A6: what was counted takes the place of what was counted before', async () => {
  const { shareChains } = stores
  const counted = (staffId: typeof mei | null) => ({ contentId: 'kept', of: { whole: false, staffId } as const, chain: emptyChain, countedAt: minute(1) })
  const whole = { contentId: 'kept', of: { whole: true } as const, chain: { ...emptyChain, depth: 3, levels: [1, 1, 1] }, countedAt: minute(1) }
  await shareChains.keep('kept', [whole, counted(mei), counted(null)])
  await shareChains.keep('kept', [{ ...whole, countedAt: minute(2) }, counted(mei)])
  const kept = await shareChains.counted(['kept', 'none'])
  expect(kept.toSorted((a) => (a.of.whole ? -1 : 1))).toEqual([{ ...whole, countedAt: minute(2) }, counted(mei)])
})

test('A6 C4: who is erased leaves their name and their token, and no number changes', async () => {
  const { shares, shareChains, eraser } = stores
  const own = await token('gone', openid('lin'))
  await token('gone', openid('friend'), own.token)
  await token('gone', external('lin'), null)
  const share = { contentId: 'gone', slug: 'gone-s', by: 'oauth', at: minute(1) } as const
  await shares.noteShare({ ...share, sharer: openid('lin'), friend: openid('friend') })
  await shares.noteShare({ ...share, sharer: openid('other'), friend: openid('lin') })
  // Two identities of hers that opened the same share are one friend afterwards too.
  await shares.noteShare({ ...share, sharer: openid('other'), friend: external('lin') })
  const counts = await eraser.own(subject(), 'person', minute(5))
  expect(counts).toMatchObject({ shareTokens: 2, shares: 3 })
  expect(await eraser.own(subject(), 'person', minute(5))).not.toHaveProperty('shareTokens')

  expect(await shares.find(own.token)).toBeNull()
  const readers = await shareChains.readers('gone', null, 10)
  expect(readers.map(({ visitor, depth }) => [visitor.startsWith('gone:') ? 'gone' : visitor, depth]).toSorted()).toEqual([['gone', 1], [openid('friend'), 2]])
  const left = await shareChains.sharesOf('gone', null, 10)
  expect(left.map(({ sharer, friend }) => [sharer, friend].map((name) => (name.startsWith('gone:') ? 'gone' : name))).toSorted()).toEqual([['gone', openid('friend')], [openid('other'), 'gone']])
  const gone = [...readers.map(({ visitor }) => visitor), ...left.flatMap(({ sharer, friend }) => [sharer, friend])].filter((name) => name.startsWith('gone:'))
  expect(new Set(gone).size).toBe(1)
  expect(await shares.find(readers.find(({ visitor }) => visitor.startsWith('gone:'))?.token ?? '')).toBeNull()
  expect(await eraser.search([lin])).toEqual([])
})

test('C3: everybody is gone through page by page; one look-up tells whether any unionid was seen', async () => {
  const other = await openTestStores()
  const { people, contacts, followers, linkRates } = other
  expect(await linkRates.unionIdsSeen()).toEqual({ contacts: null, followers: null })
  await people.resolve(['a', 'b', 'c'].map((name) => openid(name)), minute(0))
  await contacts.put([lin, zhou].map((id) => ({ before: null, after: { ...contact(id, []), unionId: null } })))
  await followers.put(['o1', 'o2'].map((name) => ({ openId: name as OpenId, unionId: null, follows: name === 'o1', askedAt: null, toldBy: null, toldAt: null })))
  expect(await linkRates.unionIdsSeen()).toEqual({ contacts: false, followers: false })
  await followers.put([{ openId: 'o3' as OpenId, unionId: 'u3' as UnionId, follows: true, askedAt: null, toldBy: null, toldAt: null }])
  expect(await linkRates.unionIdsSeen()).toEqual({ contacts: false, followers: true })
  const two = await linkRates.peopleAfter(null, 2)
  const third = await linkRates.peopleAfter(two.at(-1) as PersonId, 2)
  expect([two.length, third.length, new Set([...two, ...third]).size]).toEqual([2, 1, 3])
  expect(await linkRates.contactsAfter(null, 9)).toEqual([lin, zhou].toSorted())
  expect(await linkRates.contactsAfter('~' as ExternalUserId, 9)).toEqual([])
  expect(await linkRates.followersAfter('o1' as OpenId, 9)).toEqual(['o2', 'o3'])
  await other.drop()
})

test('C3: one count a day is kept, the last one, newest first, and the oldest go', async () => {
  const { linkRates } = stores
  const rate = (people: number) => ({ at: minute(people), people, linked: 1, reasons: { ...noReasons, 'contact-left': people }, paused: 0, snapshots: 0 })
  for (const [day, people] of [['2026-03-01', 1], ['2026-03-02', 2], ['2026-03-03', 3], ['2026-03-03', 4]] as const) await linkRates.keep(day, rate(people), 2)
  expect(await linkRates.kept(9)).toEqual([{ day: '2026-03-03', ...rate(4) }, { day: '2026-03-02', ...rate(2) }])
  expect(await linkRates.kept(1)).toHaveLength(1)
})

test('A6 C3: the collections of counts hold no identity, whatever is counted', async () => {
  const connection = await mongoose.createConnection(stores.uri).asPromise()
  const documents = await Promise.all(['chainCounts', 'linkRates', 'anonymousReads'].map((name) => connection.collection(name).find().toArray()))
  await connection.close()
  expect(documents.flat().length).toBeGreaterThan(3)
  expect(JSON.stringify(documents)).not.toMatch(/openid:|unionid:|external:|gone:/)
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Content } from '../../server/ports/content.ts'
import { openTestStores, type TestStores } from '../support/store.ts'
import { external, mei, minute, openid, yun } from './samples.ts'

let stores: TestStores
beforeAll(async () => {
  stores = await openTestStores()
})
afterAll(() => stores.drop())

function article(id: string, addedAt: Date): Content {
  return { id, title: '羊绒大衣怎么选', url: null, markdown: '# 大衣', cover: null, addedAt }
}

test('F3: contents come back as added, newest first; adding again changes nothing', async () => {
  await stores.contentLibrary.add(article('c1', minute(1)))
  await stores.contentLibrary.add({ ...article('c2', minute(2)), url: 'https://example.test/coat', markdown: null })
  await stores.contentLibrary.add({ ...article('c1', minute(9)), title: 'other' })
  expect(await stores.contentLibrary.get('c1')).toEqual(article('c1', minute(1)))
  expect(await stores.contentLibrary.get('none')).toBeNull()
  expect((await stores.contentLibrary.list(10)).map(({ id }) => id)).toEqual(['c2', 'c1'])
  expect(await stores.contentLibrary.list(1)).toHaveLength(1)
})

test('A5: every member has one copy of each content, also when many ask at once', async () => {
  const other = await stores.another()
  const asked = await Promise.all(
    Array.from({ length: 20 }, (_, index) => (index % 2 ? stores : other).contentLibrary.linkFor('c7', mei)),
  )
  expect(new Set(asked.map(({ slug }) => slug)).size).toBe(1)
  const [first] = asked
  expect(first).toEqual({ slug: first?.slug, contentId: 'c7', staffId: mei })
  expect(first?.slug).toMatch(/^[a-z2-9]{10}$/)
  const ofYun = await stores.contentLibrary.linkFor('c7', yun)
  const ofNobody = await stores.contentLibrary.linkFor('c7', null)
  expect(await stores.contentLibrary.linkFor('c7', null)).toEqual(ofNobody)
  const copies = [null, mei, yun].map((staffId) => ({ contentId: 'c7', staffId }))
  expect(await stores.contentLibrary.linksFor(copies)).toEqual([ofNobody, first, ofYun])
  const [ofMei, again] = await stores.contentLibrary.linksFor([{ contentId: 'c8', staffId: mei }, { contentId: 'c7', staffId: mei }])
  expect(again).toEqual(first)
  expect(await stores.contentLibrary.linkFor('c8', mei)).toEqual(ofMei)
  expect(await stores.contentLibrary.linksFor([])).toEqual([])
  expect(await stores.contentLibrary.bySlug(ofYun.slug)).toEqual(ofYun)
  expect(await stores.contentLibrary.bySlug('none')).toBeNull()
})

test('A6: one token a visitor and copy, whose first parent stays', async () => {
  const share = { contentId: 'c1', slug: 's1', visitor: openid('lin'), parent: null, depth: 1, by: 'oauth', at: minute(0) } as const
  const asked = await Promise.all(Array.from({ length: 20 }, () => stores.shares.tokenFor(share)))
  const [token] = asked
  expect(new Set(asked.map((each) => each.token)).size).toBe(1)
  expect(token?.token).toMatch(/^[\w-]{16}$/)
  expect(await stores.shares.tokenFor({ ...share, parent: 'later', depth: 2, by: 'cookie' })).toEqual(token)
  expect(await stores.shares.find(token?.token ?? '')).toEqual(token)
  expect(await stores.shares.find('none')).toBeNull()
  const child = await stores.shares.tokenFor({ ...share, visitor: openid('friend'), parent: token?.token ?? null, depth: 2 })
  expect(child).toMatchObject({ parent: token?.token, slug: 's1', depth: 2, by: 'oauth' })
  expect((await stores.shares.tokenFor({ ...share, slug: 's2' })).token).not.toBe(token?.token)
})

test('A6: a share counts once for a content, sharer and friend, for ever', async () => {
  const share = { contentId: 'c1', slug: 's1', sharer: openid('lin'), friend: openid('zhou'), by: 'oauth', at: minute(1) } as const
  const noted = await Promise.all(Array.from({ length: 10 }, () => stores.shares.noteShare(share)))
  expect(noted.filter(Boolean)).toHaveLength(1)
  expect(await stores.shares.noteShare({ ...share, at: minute(9) })).toBe(false)
  expect(await stores.shares.noteShare({ ...share, friend: openid('wang') })).toBe(true)
  expect(await stores.shares.noteShare({ ...share, contentId: 'c2' })).toBe(true)
  expect(await stores.shares.noteShare({ ...share, sharer: external('lin') })).toBe(true)
})

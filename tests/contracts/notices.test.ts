import { afterAll, beforeAll, expect, test } from 'vitest'
import type { NoticeAct } from '../../server/domain/notice.ts'
import { openTestStores, type TestStores } from '../support/store.ts'
import { minute, openid } from './samples.ts'

let stores: TestStores
beforeAll(async () => {
  stores = await openTestStores()
})
afterAll(() => stores.drop())

const act = (who: string, deed: NoticeAct['deed'], at: number, version = 'v1'): NoticeAct => ({
  identity: openid(who),
  source: 'links',
  version,
  deed,
  how: 'page',
  at: minute(at),
})

test('C5: a version is shown to somebody once, a decision counts each time it is made; oldest first', async () => {
  const { notices } = stores
  await notices.note([act('lin', 'shown', 2), act('lin', 'agreed', 3)])
  await notices.note([act('lin', 'shown', 5), act('lin', 'shown', 6, 'v2'), act('lin', 'withdrawn', 7), act('lin', 'agreed', 8)])
  await notices.note([act('lin', 'agreed', 8), act('zhou', 'shown', 1)])
  const told = (await notices.of([openid('lin')])).map(({ deed, version, at }) => [deed, version, at])
  expect(told).toEqual([
    ['shown', 'v1', minute(2)],
    ['agreed', 'v1', minute(3)],
    ['shown', 'v2', minute(6)],
    ['withdrawn', 'v1', minute(7)],
    ['agreed', 'v1', minute(8)],
  ])
  expect(await notices.of([openid('lin'), openid('zhou')])).toHaveLength(6)
})

test('C5: what is dropped is gone, and nobody else’s with it', async () => {
  const { notices } = stores
  await notices.note([act('wu', 'shown', 1), act('wu', 'declined', 2), act('he', 'shown', 1)])
  expect(await notices.drop([openid('wu')])).toBe(2)
  expect(await notices.of([openid('wu'), openid('he')])).toEqual([act('he', 'shown', 1)])
})

test('C6: identities are looked at once, with all that was shown and said, and again when it is time', async () => {
  const { notices } = stores
  await notices.checkAgain([{ identities: await notices.toCheck(minute(0), 100), at: minute(90) }])
  await notices.note([act('xu', 'shown', 1), act('xu', 'declined', 2), act('qin', 'shown', 1)])
  expect((await notices.toCheck(minute(3), 10)).toSorted()).toEqual([openid('qin'), openid('xu')])
  await notices.checkAgain([{ identities: [openid('xu')], at: minute(5) }, { identities: [openid('qin')], at: minute(7) }])
  expect(await notices.toCheck(minute(4), 10)).toEqual([])
  expect(await notices.toCheck(minute(6), 10)).toEqual([openid('xu')])
  await notices.note([act('qin', 'agreed', 6)])
  expect((await notices.toCheck(minute(6), 10)).toSorted()).toEqual([openid('qin'), openid('xu')])
  expect((await notices.of([openid('xu')])).map(({ deed }) => deed)).toEqual(['shown', 'declined'])
})

test('C5: the words behind a version stay what they were first', async () => {
  const { notices } = stores
  const text = { source: 'beacon', version: 'v1', text: '会记下…', at: minute(0) } as const
  expect(await notices.keepText(text)).toBe('kept')
  expect(await notices.keepText({ ...text, at: minute(9) })).toBe('same')
  expect(await notices.keepText({ ...text, text: '别的话' })).toBe('differs')
  expect(await notices.keepText({ ...text, version: 'v2', text: '别的话' })).toBe('kept')
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestStores, type TestStores } from '../support/store.ts'

let stores: TestStores
beforeAll(async () => {
  stores = await openTestStores()
})
afterAll(() => stores.drop())

const tag = (id: string, order: number) => ({ id, name: `tag ${id}`, order })
const levels = { id: 'g1', name: '等级', order: 1, tags: [tag('t2', 9), tag('t1', 5)] }
const sizes = { id: 'g2', name: '尺码', order: 7, tags: [tag('t3', 1)] }

test('A10: tags are kept by group, in WeCom’s order: the larger number first', async () => {
  expect(await stores.corpTags.all()).toEqual([])
  expect(await stores.corpTags.put([{ ...levels, tags: levels.tags.toReversed() }, sizes])).toBe(2)
  expect(await stores.corpTags.all()).toEqual([sizes, levels])
  expect(await stores.corpTags.many(['t1', 't9'])).toEqual(new Map([['t1', { ...tag('t1', 5), groupName: '等级' }]]))
})

test('A10: what is the same is not written again, whatever order it is told in', async () => {
  expect(await stores.corpTags.put([sizes, levels])).toBe(0)
  expect(await stores.corpTags.put([sizes, { ...levels, name: '会员等级' }])).toBe(1)
  expect((await stores.corpTags.many(['t1'])).get('t1')?.groupName).toBe('会员等级')
})

test('A10: a group that is listed no longer is no more', async () => {
  expect(await stores.corpTags.keepOnly(['g2'])).toBe(1)
  expect(await stores.corpTags.keepOnly(['g2'])).toBe(0)
  expect(await stores.corpTags.all()).toEqual([sizes])
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OpenId, UnionId } from '../../server/domain/ids.ts'
import type { Follower } from '../../server/ports/followers.ts'
import { openTestStores, type TestStores } from '../support/store.ts'
import { minute } from './samples.ts'

let stores: TestStores
beforeAll(async () => {
  stores = await openTestStores()
})
afterAll(() => stores.drop())

const page = (number: number, cursor: string) => ({ number, cursor, listed: [`mei wm-${number}`], changed: number })
const outcome = { read: 7, changed: 2, refused: [{ api: '/cgi-bin/user/get', errcode: 48001, about: null }] }

test('A10: a run is kept with its pages, for other processes too, until it ends', async () => {
  const { syncProgress } = stores
  expect(await syncProgress.underWay()).toBeNull()
  expect(await syncProgress.last()).toEqual({})
  await syncProgress.begin('run-1', minute(0))
  await syncProgress.addPage('contacts', '0', page(10, ''))
  await syncProgress.addPage('contacts', '0', page(9, 'b'))
  await syncProgress.addPage('contacts', '0', page(9, 'b'))
  await syncProgress.addPage('contacts', '1', page(0, 'c'))
  await syncProgress.addPage('members', '0', page(0, ''))
  const other = await stores.another()
  expect(await other.syncProgress.underWay()).toEqual({ id: 'run-1', startedAt: minute(0), ended: {} })
  expect(await other.syncProgress.pages('contacts', '0')).toEqual([page(9, 'b'), page(10, '')])
  expect(await other.syncProgress.page('contacts', '0', 10)).toEqual(page(10, ''))
  expect(await other.syncProgress.page('contacts', '0', 11)).toBeNull()
  await syncProgress.dropPart('contacts', '1')
  expect(await syncProgress.pages('contacts', '1')).toEqual([])
  await syncProgress.endStage('run-0', 'tags', outcome)
  await syncProgress.endStage('run-1', 'contacts', outcome)
  expect(await syncProgress.pages('contacts', '0')).toEqual([])
  expect(await syncProgress.pages('members', '0')).toHaveLength(1)
  expect((await syncProgress.underWay())?.ended).toEqual({ contacts: outcome })
})

test('A10: what the last run found stays readable; another one begins with nothing', async () => {
  const { syncProgress } = stores
  await syncProgress.end('run-0')
  expect(await syncProgress.underWay()).not.toBeNull()
  await syncProgress.end('run-1')
  expect(await syncProgress.underWay()).toBeNull()
  expect(await syncProgress.last()).toEqual({ contacts: outcome })
  await syncProgress.begin('run-2', minute(5))
  expect(await syncProgress.pages('members', '0')).toEqual([])
  expect(await syncProgress.underWay()).toEqual({ id: 'run-2', startedAt: minute(5), ended: {} })
})

test('A10: followers are kept by openid; those who follow are listed in order', async () => {
  const { followers } = stores
  const [an, bo, ce] = ['oAn', 'oBo', 'oCe'] as [OpenId, OpenId, OpenId]
  const follower = (openId: OpenId): Follower => ({ openId, unionId: `u-${openId}` as UnionId, follows: true, askedAt: minute(1), toldBy: null, toldAt: null })
  const gone: Follower = { openId: bo, unionId: null, follows: false, askedAt: null, toldBy: 'event-1', toldAt: minute(2) }
  await followers.put([follower(ce), follower(bo), follower(an)])
  await followers.put([gone])
  await followers.put([])
  expect(await followers.many([an, bo, 'oNobody' as OpenId])).toEqual(new Map([[an, follower(an)], [bo, gone]]))
  expect(await followers.present(null, 10)).toEqual([an, ce])
  expect(await followers.present(null, 1)).toEqual([an])
  expect(await followers.present(an, 10)).toEqual([ce])
})

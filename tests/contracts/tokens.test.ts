import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestStores, type TestStores } from '../support/store.ts'
import { hour } from './samples.ts'

let stores: TestStores
beforeAll(async () => {
  stores = await openTestStores()
})
afterAll(() => stores.drop())

test('E6: a token is shared by all processes and replaced in place', async () => {
  const other = await stores.another()
  const kept = { kind: 'token', token: 't1', useUntil: hour(2) } as const
  expect(await stores.tokens.get('wecom')).toBeNull()
  await stores.tokens.put('wecom', kept)
  expect(await other.tokens.get('wecom')).toEqual(kept)
  await other.tokens.put('wecom', { ...kept, token: 't2' })
  expect(await stores.tokens.get('wecom')).toEqual({ ...kept, token: 't2' })
})

test('E6: a refusal stands in the place of the token, and a token in the place of a refusal', async () => {
  const refused = { kind: 'refused', errcode: 40001, times: 2, askAgainAt: hour(1) } as const
  const kept = { kind: 'token', token: 't3', useUntil: hour(2) } as const
  await stores.tokens.put('account', kept)
  await stores.tokens.put('account', refused)
  expect(await stores.tokens.get('account')).toEqual(refused)
  await stores.tokens.put('account', kept)
  expect(await stores.tokens.get('account')).toEqual(kept)
})

test('E6: discarding a token that was replaced meanwhile leaves the new one', async () => {
  const kept = { kind: 'token', token: 't4', useUntil: hour(2) } as const
  await stores.tokens.put('shop', kept)
  await stores.tokens.discard('shop', 'older')
  expect(await stores.tokens.get('shop')).toEqual(kept)
  await stores.tokens.discard('shop', 't4')
  await stores.tokens.discard('shop', 't4')
  expect(await stores.tokens.get('shop')).toBeNull()
})

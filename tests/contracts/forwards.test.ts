import { afterAll, beforeEach, expect, test } from 'vitest'
import { openTestStores, type TestStores } from '../support/store.ts'
import { forwarded, forwardTry, minute } from './samples.ts'

let stores: TestStores
beforeEach(async () => {
  await stores?.drop()
  stores = await openTestStores()
})
afterAll(() => stores.drop())

test('A11: a callback is kept once, and comes back byte for byte, header for header', async () => {
  const { forwards } = stores
  expect(await forwards.put(forwarded('f1'))).toBe(true)
  expect(await forwards.put(forwarded('f1', { createdAt: minute(5) }))).toBe(false)
  expect(await forwards.due('wecom', minute(0), 10)).toEqual([forwarded('f1')])
  expect(await forwards.due('wechat-pay', minute(0), 10)).toEqual([])
})

test('A11: due ones of a channel, earliest first; what is taken or given up loses its bytes and keeps its log', async () => {
  const { forwards } = stores
  for (const [id, at] of [['f1', 2], ['f2', 1], ['f3', 9]] as const) await forwards.put(forwarded(id, { nextTryAt: minute(at) }))
  expect((await forwards.due('wecom', minute(2), 10)).map(({ id }) => id)).toEqual(['f2', 'f1'])
  const failed = forwardTry({ status: null, problem: 'no answer in time', bytes: 0 })
  await forwards.note('f1', failed, { state: 'waiting', nextTryAt: minute(4) })
  await forwards.note('f1', forwardTry({ wentBack: true }), { state: 'delivered', nextTryAt: minute(4) })
  expect(await forwards.due('wecom', minute(5), 10)).toMatchObject([{ id: 'f2' }])
  expect(await forwards.list('delivered', 10)).toEqual([
    forwarded('f1', { request: null, state: 'delivered', nextTryAt: minute(4), tries: [failed, forwardTry({ wentBack: true })] }),
  ])
})

test('A11: a resend that fails does not wake what was taken already', async () => {
  const { forwards } = stores
  await forwards.put(forwarded('f1'))
  await forwards.note('f1', forwardTry(), { state: 'delivered', nextTryAt: minute(0) })
  await forwards.note('f1', forwardTry({ status: 503 }), { state: 'waiting', nextTryAt: minute(1) })
  expect(await forwards.due('wecom', minute(2), 10)).toEqual([])
  expect(await forwards.list('delivered', 10)).toHaveLength(1)
})

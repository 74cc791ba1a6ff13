import { afterAll, beforeEach, expect, test } from 'vitest'
import { openTestStores, type TestStores } from '../support/store.ts'
import { lin, minute, webhook, zhou } from './samples.ts'

let stores: TestStores
beforeEach(async () => {
  await stores?.drop()
  stores = await openTestStores()
})
afterAll(() => stores.drop())

const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id)

test('H8: news is put once under its id, and comes back as it was put', async () => {
  const { webhookQueue } = stores
  await webhookQueue.put([webhook('w1'), webhook('w2', { target: 'bi' })])
  await webhookQueue.put([webhook('w1', { json: 'other' }), webhook('w3')])
  await webhookQueue.put([])
  expect(await webhookQueue.due('crm', minute(0), 10)).toEqual([webhook('w1'), webhook('w3')])
  expect(ids(await webhookQueue.due('bi', minute(0), 10))).toEqual(['w2'])
})

test('H8: due ones of a receiver, earliest first; what is delivered or given up is due no more', async () => {
  const { webhookQueue } = stores
  await webhookQueue.put([webhook('w1', { nextTryAt: minute(2) }), webhook('w2', { nextTryAt: minute(1) }), webhook('w3', { nextTryAt: minute(9) })])
  expect(ids(await webhookQueue.due('crm', minute(2), 10))).toEqual(['w2', 'w1'])
  expect(ids(await webhookQueue.due('crm', minute(2), 1))).toEqual(['w2'])
  await webhookQueue.note('w2', { at: minute(2), status: 503, problem: null }, { state: 'waiting', nextTryAt: minute(5) })
  await webhookQueue.note('w1', { at: minute(2), status: null, problem: 'no answer in time' }, { state: 'given-up', nextTryAt: minute(2) })
  expect(ids(await webhookQueue.due('crm', minute(5), 10))).toEqual(['w2'])
  await webhookQueue.note('w2', { at: minute(5), status: 204, problem: null }, { state: 'delivered', nextTryAt: minute(5) })
  expect(await webhookQueue.due('crm', minute(8), 10)).toEqual([])
  expect((await webhookQueue.list('delivered', 10))[0]?.tries).toEqual([
    { at: minute(2), status: 503, problem: null },
    { at: minute(5), status: 204, problem: null },
  ])
  expect((await webhookQueue.list('given-up', 10))[0]?.tries).toEqual([{ at: minute(2), status: null, problem: 'no answer in time' }])
})

test('H8 C4: the log is newest first, and what is about one customer can be erased', async () => {
  const { webhookQueue } = stores
  await webhookQueue.put([webhook('w1', { createdAt: minute(1) }), webhook('w2', { createdAt: minute(2), externalUserId: zhou })])
  expect(ids(await webhookQueue.list('waiting', 10))).toEqual(['w2', 'w1'])
  await webhookQueue.drop([lin])
  expect(ids(await webhookQueue.list('waiting', 10))).toEqual(['w2'])
})

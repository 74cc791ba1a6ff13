import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestStores, type TestStores } from '../support/store.ts'
import { lin, minute, payment } from './samples.ts'

let stores: TestStores
beforeAll(async () => {
  stores = await openTestStores()
})
afterAll(() => stores.drop())

test('A4: a payment is kept as it was made, once, for every process', async () => {
  const other = await stores.another()
  const [link, code] = [
    payment('pay-1'),
    payment('pay-2', { way: { kind: 'code' }, codeUrl: 'weixin://x', itemIds: [] }),
  ]
  await stores.payments.add(link)
  await stores.payments.add({ ...link, amount: 1 as typeof link.amount })
  await stores.payments.add(code)
  expect(await other.payments.get('pay-1')).toEqual(link)
  expect(await other.payments.many(['pay-2', 'pay-1', 'none'])).toEqual(expect.arrayContaining([link, code]))
  expect(await other.payments.get('none')).toBeNull()
})

test('A4: a customer’s payments, newest first, no more than asked for', async () => {
  const names = ['a', 'b', 'c'].map((name, index) =>
    payment(`of-${name}`, { externalUserId: lin, createdAt: minute(100 + index) }),
  )
  for (const one of names) await stores.payments.add(one)
  expect((await stores.payments.of(lin, 2)).map(({ id }) => id)).toEqual(['of-c', 'of-b'])
})

test('A4: a change happens only from the states it is allowed from, and to one of many who try', async () => {
  await stores.payments.add(payment('cas', { state: 'open' }))
  const tries = Array.from({ length: 5 }, () =>
    stores.payments.change('cas', ['open'], { state: 'paid', paidAt: minute(3), askAt: null }),
  )
  const done = (await Promise.all(tries)).filter((one) => one !== null)
  expect(done).toEqual([expect.objectContaining({ id: 'cas', state: 'paid', paidAt: minute(3), askAt: null })])
  expect(await stores.payments.change('cas', ['open'], { state: 'closed' })).toBeNull()
  const refunds = [{ id: 'r1', amount: 5 as ReturnType<typeof payment>['amount'] }]
  expect(await stores.payments.change('cas', ['paid'], { refunds, state: 'refunded' })).toMatchObject({
    refunds,
    state: 'refunded',
  })
})

test('A4: those that are to be asked about, earliest first; one that is no longer asked about never', async () => {
  const early = payment('due-1', { askAt: minute(-50) })
  const late = payment('due-2', { askAt: minute(-40) })
  for (const one of [late, early, payment('due-3', { askAt: null }), payment('due-4', { askAt: minute(9999) })]) {
    await stores.payments.add(one)
  }
  expect((await stores.payments.due(minute(-40), 10)).map(({ id }) => id)).toEqual(['due-1', 'due-2'])
  expect(await stores.payments.due(minute(-40), 1)).toHaveLength(1)
})

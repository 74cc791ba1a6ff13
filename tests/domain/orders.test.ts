import { expect, test } from 'vitest'
import type { CustomerEvent, OrderKind } from '../../server/domain/event.ts'
import type { AppId, Fen, OpenId } from '../../server/domain/ids.ts'
import { ordersOf, spentOf } from '../../server/domain/orders.ts'

const start = new Date('2026-03-02T02:00:00Z').getTime()
const coat = { id: '1', title: '羊绒大衣', price: 299_900 as Fen }

interface Told {
  no?: string
  amount?: number | null
  transactionId?: string
  source?: CustomerEvent['source']
  items?: readonly (typeof coat)[]
}

/** One thing told of an order, `minutes` after the start. */
function told(kind: OrderKind, minutes: number, { no = 'A1', amount = 299_900, transactionId, source = 'wechat-shop', items = [coat] }: Told = {}): CustomerEvent {
  return {
    key: `${kind} ${no} ${minutes} ${source}`,
    at: new Date(start + minutes * 60_000),
    who: { kind: 'openid', appId: 'wx1' as AppId, openId: 'o1' as OpenId },
    source,
    kind,
    orderNo: no,
    amount: amount as Fen | null,
    items,
    ...(transactionId ? { transactionId } : {}),
  }
}

test.each<[string, readonly CustomerEvent[], string, number]>([
  ['ordered, not paid', [told('order-created', 0)], 'unpaid', 0],
  ['paid', [told('order-created', 0), told('order-paid', 1)], 'paid', 0],
  ['bought in a store', [told('bought-in-store', 0, { source: 'inbound-till' })], 'paid', 0],
  ['sent', [told('order-paid', 1), told('order-delivered', 2)], 'shipped', 0],
  ['received', [told('order-paid', 1), told('order-delivered', 2), told('order-received', 3)], 'received', 0],
  ['settled counts as received', [told('order-paid', 1), told('order-settled', 9)], 'received', 0],
  ['cancelled', [told('order-created', 0), told('order-cancelled', 1)], 'cancelled', 0],
  ['asked back', [told('order-paid', 1), told('refund-asked', 2)], 'refund-asked', 0],
  ['asked back and given up', [told('order-paid', 1), told('refund-asked', 2), told('refund-closed', 3)], 'paid', 0],
  ['asked back, failed', [told('order-paid', 1), told('refund-asked', 2), told('refund-failed', 3)], 'refund-failed', 0],
  ['given back', [told('order-paid', 1), told('refund-asked', 2), told('refunded', 3)], 'refunded', 299_900],
  ['part of it given back', [told('order-paid', 1), told('refunded', 3, { amount: 100 })], 'partly-refunded', 100],
  ['one refund told by shop and WeChat Pay', [told('order-paid', 1), told('refunded', 3), told('refunded', 4, { source: 'wechat-pay' })], 'refunded', 299_900],
  ['brought back to the store', [told('bought-in-store', 0), told('returned-in-store', 5, { amount: -299_900 })], 'returned', 299_900],
  ['told in the wrong order', [told('order-received', 3), told('order-paid', 1), told('order-created', 0)], 'received', 0],
  ['only its end is known', [told('order-received', 3, { amount: null })], 'received', 0],
])('F2: %s', (_, events, state, refunded) => {
  expect(ordersOf(events)).toMatchObject([{ no: 'A1', state, refunded }])
})

test('A4: order and payment of one purchase are one, by either number', () => {
  const paid = told('paid', 1, { no: 'OUR1', transactionId: 'T1', source: 'wechat-pay', items: [] })
  for (const events of [[told('order-paid', 1, { transactionId: 'T1' }), paid], [paid, told('order-paid', 1, { transactionId: 'T1' })]]) {
    expect(ordersOf(events)).toMatchObject([{ no: 'A1', state: 'paid', amount: 299_900, items: [coat], source: 'wechat-shop' }])
  }
  const chain = [told('paid', 1, { no: 'P', transactionId: 'T9', items: [] }), told('order-created', 0, { no: 'Q' }), told('order-paid', 2, { no: 'Q', transactionId: 'T9' })]
  expect(ordersOf(chain)).toHaveLength(1)
})

test('F2: a card of an order sent to customer service makes no order; newest first', () => {
  const events = [told('asked-about-order', 9, { no: 'X' }), told('order-paid', 1), told('order-paid', 5, { no: 'B2' })]
  expect(ordersOf(events).map(({ no }) => no)).toEqual(['B2', 'A1'])
})

test.each<[string, readonly CustomerEvent[], number, number]>([
  ['nothing', [], 0, 0],
  ['what is not paid is not spent', [told('order-created', 0)], 0, 0],
  ['paid, less what went back', [told('order-paid', 1), told('order-paid', 2, { no: 'B2', amount: 100 }), told('refunded', 3, { amount: 99_900 })], 200_100, 2],
  ['all of it given back', [told('order-paid', 1), told('refunded', 3)], 0, 0],
])('F2: spent: %s', (_, events, fen, count) => {
  expect(spentOf(ordersOf(events))).toMatchObject({ fen, count })
})

import { describe, expect, test } from 'vitest'
import type { Fen } from '../../server/domain/ids.ts'
import { nextQuestionAt, refundedState } from '../../server/domain/payment.ts'
import { withoutTwins } from '../../server/domain/purchase.ts'
import { rebuild } from '../../server/domain/rebuild.ts'
import { shippedRules } from '../../config/rules.ts'
import { eventAt, minute, second, start } from './events.ts'

const at = (ms: number) => new Date(start + ms)
const fen = (amount: number) => amount as Fen

describe('A4: when the state of a payment is asked for', () => {
  const expiresAt = at(120 * minute)
  test.each([
    ['soon after it was made', 0, 0, 0.5],
    ['then ever more rarely', 3, 10, 12],
    ['and every ten minutes', 9, 60, 70],
    ['no later than a minute after its end', 20, 119, 121],
  ])('%s', (_, asked, now, next) => {
    expect(nextQuestionAt({ expiresAt }, asked, at(now * minute))).toEqual(at(next * minute))
  })

  test.each([120, 121, 500])('not at all after its end (%i minutes)', (now) => {
    expect(nextQuestionAt({ expiresAt }, 9, at(now * minute))).toBeNull()
  })
})

test.each([
  [[], 'paid'],
  [[99], 'paid'],
  [[100], 'refunded'],
  [[40, 60], 'refunded'],
])('A4: of 100 fen %j went back: %s', (amounts, state) => {
  const refunds = amounts.map((amount, index) => ({ id: `r${index}`, amount: fen(amount) }))
  expect(refundedState({ amount: fen(100) }, refunds)).toBe(state)
})

describe('A4 A3 B3: order and payment of one purchase', () => {
  const items = [{ id: 'coat', title: '羊绒大衣' }]
  const order = (ms: number, transactionId?: string) =>
    eventAt(ms, {
      kind: 'order-paid',
      orderNo: 'o-1',
      amount: fen(100),
      items,
      ...(transactionId ? { transactionId } : {}),
    })
  const paid = (ms: number, orderNo = 'ours-1', transactionId = 't-1') =>
    eventAt(ms, { kind: 'paid', orderNo, transactionId, amount: fen(100), items: [] })
  const signals = (...events: ReturnType<typeof order>[]) =>
    rebuild(events, shippedRules, null).signals.filter(({ rule }) => rule === 'order-paid')

  test.each([
    ['by the payment’s number, the payment first', [paid(0), order(second, 't-1')], 1],
    ['by the payment’s number, the order first', [order(0, 't-1'), paid(second)], 1],
    ['by the merchant’s own number', [order(0), paid(second, 'o-1')], 1],
    ['two purchases that share neither', [order(0, 't-1'), paid(second, 'ours-2', 't-2')], 2],
  ])('%s', (_, events, count) => {
    expect(signals(...events)).toHaveLength(count)
    expect(withoutTwins(events)).toHaveLength(count)
    expect(withoutTwins(events).some(({ kind }) => kind === 'order-paid')).toBe(true)
  })

  test('the signal is the same one, whichever of the two was heard of', () => {
    const [fromOrder, fromPayment] = [signals(order(0, 't-1')), signals(paid(second))]
    expect(fromOrder.map(({ key }) => key)).toEqual(fromPayment.map(({ key }) => key))
  })
})

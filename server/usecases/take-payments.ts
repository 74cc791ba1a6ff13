import { TencentUnreachable, PayRefused } from '../domain/errors.ts'
import type { CustomerEvent, Fact, Item, RefundFact } from '../domain/event.ts'
import type { Identity } from '../domain/ids.ts'
import { refundedState, type Payment } from '../domain/payment.ts'
import type { Clock } from '../ports/clock.ts'
import type { Delivery, Inbox } from '../ports/inbox.ts'
import type { Log } from '../ports/log.ts'
import type { PaymentGateway, Payments } from '../ports/payments.ts'
import type { Timeline } from '../ports/timeline.ts'
import { isLastTry, type Deferred, type Reading } from './deferral.ts'
import { createNotePaid, isPaid, type PaidEvent } from './note-paid.ts'

export interface TakePaymentsDeps {
  payments: Payments
  timeline: Timeline
  inbox: Pick<Inbox, 'accept'>
  paymentGateway: PaymentGateway | null
  /** The answer to our question about a payment, as a delivery. */
  queriedDelivery: (text: string, receivedAt: Date) => Delivery
  clock: Clock
  log: Log
}

export type TakePayments = ReturnType<typeof createTakePayments>

/**
 * What WeChat Pay told, completed by what we know (A4): a payment that we made names the customer it was made for and
 * what it was for; a refund gets its payer from the payment, however late that is heard of. Our own records of payments
 * follow. Safe to run again.
 */
export function createTakePayments(deps: TakePaymentsDeps) {
  const { payments, timeline, inbox, paymentGateway, clock, log } = deps
  const notePaid = createNotePaid(deps)

  async function takePaid(event: PaidEvent, payment: Payment | undefined): Promise<Fact> {
    if (!payment) return { about: 'customer', event }
    if (!(await notePaid(event, payment))) return { about: 'doubt', reason: 'another amount than was asked for' }
    return { about: 'customer', event: { ...event, who: whoPaid(event, payment), items: [itemOf(payment)] } }
  }

  async function takeRefund(refund: RefundFact, who: Identity, payment: Payment | undefined): Promise<Fact> {
    if (payment && refund.kind === 'refunded') {
      const others = payment.refunds.filter(({ id }) => id !== refund.refundId)
      const refunds = [...others, { id: refund.refundId, amount: refund.amount }]
      await payments.change(payment.id, ['paid', 'refunded'], { state: refundedState(payment, refunds), refunds })
    }
    const { key, at, kind, orderNo, transactionId, amount } = refund
    const items = payment ? [itemOf(payment)] : []
    const event = { key, at, who, source: 'wechat-pay' as const, kind, orderNo, transactionId, amount, items }
    return { about: 'customer', event }
  }

  /** A refund overtook its payment: WeChat Pay is asked for it, and the refund waits until it is taken. */
  async function fetchPayment({ transactionId }: RefundFact): Promise<boolean> {
    try {
      const answer = await paymentGateway?.query({ transactionId })
      if (!answer) return false
      await inbox.accept([deps.queriedDelivery(answer.text, clock.now())])
      return true
    } catch (error) {
      if (!(error instanceof PayRefused) && !(error instanceof TencentUnreachable)) throw error
      log.warn({ api: error.api, code: error.code }, 'the payment of a refund could not be read')
      return false
    }
  }

  async function payersOf(
    refunds: readonly RefundFact[],
    batch: readonly CustomerEvent[],
  ): Promise<ReadonlyMap<string, Identity>> {
    const keys = [...new Set(refunds.map(({ paymentKey }) => paymentKey))]
    const stored = keys.length > 0 ? await timeline.byKeys(keys) : []
    return new Map([...batch, ...stored].map(({ key, who }) => [key, who]))
  }

  async function refundFacts(
    reading: Reading,
    payers: ReadonlyMap<string, Identity>,
    deferred: Deferred,
  ): Promise<Reading> {
    const facts: Fact[] = []
    for (const fact of reading.facts) {
      const payment = fact.about === 'refund' ? (await payments.many([fact.refund.orderNo]))[0] : undefined
      const who = fact.about === 'refund' ? (payers.get(fact.refund.paymentKey) ?? payerOf(fact.refund, payment)) : undefined
      if (fact.about !== 'refund') facts.push(fact)
      else if (who) facts.push(await takeRefund(fact.refund, who, payment))
      else if (isLastTry(reading.delivery))
        facts.push({ about: 'doubt', reason: 'a refund of a payment that nobody knows' })
      else {
        await fetchPayment(fact.refund)
        deferred.set(reading.delivery.id, 'the payment is not known yet')
      }
    }
    return { ...reading, facts }
  }

  async function takeFact(fact: Fact, ours: ReadonlyMap<string, Payment>): Promise<Fact> {
    if (fact.about !== 'customer' || !isPaid(fact.event)) return fact
    return takePaid(fact.event, ours.get(fact.event.orderNo))
  }

  return async function takePayments(readings: readonly Reading[], deferred: Deferred): Promise<readonly Reading[]> {
    const told = readings.flatMap(({ facts }) => facts)
    const paid = eventsIn(told).filter(isPaid)
    const refunds = told.flatMap((fact) => (fact.about === 'refund' ? [fact.refund] : []))
    if (paid.length + refunds.length === 0) return readings
    const found = await payments.many([...new Set(paid.map(({ orderNo }) => orderNo))])
    const ours = new Map(found.map((payment) => [payment.id, payment]))
    const completed = await Promise.all(
      readings.map(async (reading) => {
        return { ...reading, facts: await Promise.all(reading.facts.map((fact) => takeFact(fact, ours))) }
      }),
    )
    if (refunds.length === 0) return completed
    const payers = await payersOf(refunds, eventsIn(completed.flatMap(({ facts }) => facts)).filter(isPaid))
    const taken: Reading[] = []
    for (const reading of completed) taken.push(await refundFacts(reading, payers, deferred))
    return taken
  }
}

function eventsIn(facts: readonly Fact[]): CustomerEvent[] {
  return facts.flatMap((fact) => (fact.about === 'customer' ? [fact.event] : []))
}

/** A link is paid by the customer's own openid; a code by whoever scans it, yet for the customer it was made for. */
function whoPaid(event: PaidEvent, { way, externalUserId }: Payment): Identity {
  return way.kind === 'link' ? event.who : { kind: 'external', externalUserId }
}

/** Of a payment that was made, also where nobody may note that it was (C4). */
function payerOf({ transactionId }: RefundFact, payment: Payment | undefined): Identity | undefined {
  if (payment?.transactionId !== transactionId) return undefined
  const { way, appId, externalUserId } = payment
  return way.kind === 'link' ? { kind: 'openid', appId, openId: way.openId } : { kind: 'external', externalUserId }
}

function itemOf({ id, itemIds, description }: Payment): Item {
  const [first = id, ...aliases] = itemIds
  return { id: first, aliases, title: description }
}

import { PayRefused, TencentUnreachable } from '../domain/errors.ts'
import { nextQuestionAt, type Payment } from '../domain/payment.ts'
import type { Clock } from '../ports/clock.ts'
import type { Delivery, Inbox } from '../ports/inbox.ts'
import type { Live } from '../ports/live.ts'
import type { Log } from '../ports/log.ts'
import type { PaymentAnswer, PaymentGateway, Payments } from '../ports/payments.ts'

export interface AskPaymentsDeps {
  payments: Payments
  paymentGateway: PaymentGateway | null
  inbox: Pick<Inbox, 'accept'>
  /** The answer as a delivery: the same one as the notification, should that come too. */
  queriedDelivery: (text: string, receivedAt: Date) => Delivery
  live: Live
  clock: Clock
  log: Log
}

export type AskPayments = ReturnType<typeof createAskPayments>

const mostAtOnce = 50
const afterSilenceMs = 10 * 60_000
const paidStates: ReadonlySet<string> = new Set(['SUCCESS', 'REFUND'])
const endedStates: ReadonlySet<string> = new Set(['CLOSED', 'REVOKED'])

/**
 * Notifications are not guaranteed: the state of unpaid payments is asked for, until they end.
 * Source: wechat-pay.md section 5.
 */
export function createAskPayments(deps: AskPaymentsDeps) {
  const { payments, paymentGateway, inbox, live, clock, log } = deps

  async function answerFor(gateway: PaymentGateway, payment: Payment): Promise<PaymentAnswer | null | 'silent'> {
    try {
      return await gateway.query({ id: payment.id })
    } catch (error) {
      if (!(error instanceof PayRefused) && !(error instanceof TencentUnreachable)) throw error
      log.warn({ api: error.api, code: error.code }, 'the state of a payment could not be read')
      return 'silent'
    }
  }

  async function ask(gateway: PaymentGateway, payment: Payment): Promise<void> {
    const answer = await answerFor(gateway, payment)
    const now = clock.now()
    const next = nextQuestionAt(payment, payment.asked + 1, now)
    if (answer === 'silent') return wait(payment, next ?? new Date(now.getTime() + afterSilenceMs))
    if (answer && paidStates.has(answer.tradeState)) {
      await inbox.accept([deps.queriedDelivery(answer.text, now)])
      return wait(payment, null)
    }
    if (next === null || (answer && endedStates.has(answer.tradeState))) return close(payment)
    await wait(payment, next)
  }

  async function wait(payment: Payment, askAt: Date | null): Promise<void> {
    await payments.change(payment.id, ['making', 'open'], { askAt, asked: payment.asked + 1 })
  }

  async function close(payment: Payment): Promise<void> {
    const closed = await payments.change(payment.id, ['making', 'open'], { state: 'closed', askAt: null })
    if (closed) await live.publish([{ staffId: payment.staffId, kind: 'customer', subject: payment.externalUserId }])
  }

  /** Asks about what is due; returns how many. */
  return async function askPayments(): Promise<number> {
    if (!paymentGateway) return 0
    const due = await payments.due(clock.now(), mostAtOnce)
    for (const payment of due) await ask(paymentGateway, payment)
    return due.length
  }
}

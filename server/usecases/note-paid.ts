import type { CustomerEvent } from '../domain/event.ts'
import { unpaidStates, type Payment } from '../domain/payment.ts'
import type { Log } from '../ports/log.ts'
import type { Payments } from '../ports/payments.ts'

export interface NotePaidDeps {
  payments: Pick<Payments, 'many' | 'change'>
  log: Log
}

export type NotePaid = ReturnType<typeof createNotePaid>

/** WeChat Pay's word that a payment was made; `orderNo` is our own number of it, where we asked for it. */
export type PaidEvent = Extract<CustomerEvent, { orderNo: string }>

/** Whether money came in by WeChat Pay. */
export function isPaid(event: CustomerEvent): event is PaidEvent {
  return event.kind === 'paid'
}

/**
 * Our own record of a payment that was made (A4): the brand's book, right also where nothing may be noted of who paid (C4).
 * Gives false when another amount came in than was asked for: a person must look. Safe to run again.
 */
export function createNotePaid({ payments, log }: NotePaidDeps) {
  return async function notePaid(event: PaidEvent, known?: Payment): Promise<boolean> {
    const payment = known ?? (await payments.many([event.orderNo]))[0]
    if (!payment) return true
    if (payment.amount !== event.amount) {
      await payments.change(payment.id, unpaidStates, { state: 'differs', askAt: null })
      log.error({ channel: 'wechat-pay' }, 'a payment came in with another amount than was asked for')
      return false
    }
    const transactionId = event.transactionId ?? null
    await payments.change(payment.id, unpaidStates, { state: 'paid', transactionId, paidAt: event.at, askAt: null })
    return true
  }
}

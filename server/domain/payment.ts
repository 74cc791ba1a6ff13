import type { AppId, ExternalUserId, Fen, OpenId, StaffId } from './ids.ts'

/**
 * making: not yet known to WeChat Pay; open: can be paid; differs: paid with another amount than asked, a person must
 * look; failed: WeChat Pay would not take it.
 */
export type PaymentState = 'making' | 'open' | 'paid' | 'refunded' | 'differs' | 'closed' | 'failed'

/** One payment that a salesperson asked a customer for. */
export interface Payment {
  /** Our own number of it (out_trade_no): 32 hex digits that cannot be guessed. */
  id: string
  externalUserId: ExternalUserId
  staffId: StaffId
  amount: Fen
  description: string
  /** What is paid for, as the alerts spelt it; empty: unknown. */
  itemIds: readonly string[]
  appId: AppId
  /** link: paid on our page by this very user; code: by whoever scans the code on the salesperson's screen. */
  way: { kind: 'link'; openId: OpenId } | { kind: 'code' }
  state: PaymentState
  prepayId: string | null
  codeUrl: string | null
  createdAt: Date
  expiresAt: Date
  /** When to ask WeChat Pay next, since a notification may never come; null: no more. */
  askAt: Date | null
  asked: number
  transactionId: string | null
  paidAt: Date | null
  /** Refunds that went through, by their number. */
  refunds: readonly { id: string; amount: Fen }[]
}

const minuteMs = 60_000

/** A prepay_id and a code live two hours (wechat-pay.md section 6); then the salesperson makes a new one. */
export const paymentLifeMs = 120 * minuteMs

/** Fen; WeChat Pay takes no less than one, and nobody asks for more in a chat. */
export const amountLimits = { least: 1, most: 10_000_000 }

/** Characters of a description. */
export const longestDescription = 60

/** States in which money may still come. */
export const unpaidStates: readonly PaymentState[] = ['making', 'open', 'closed', 'failed']

const pausesMs = [0.5, 0.5, 1, 2, 5, 10].map((minutes) => minutes * minuteMs)

/** When to ask for the state of a payment again after asking `asked` times; once more after its end, then no more. */
export function nextQuestionAt(payment: Pick<Payment, 'expiresAt'>, asked: number, now: Date): Date | null {
  if (now >= payment.expiresAt) return null
  const pause = pausesMs[Math.min(asked, pausesMs.length - 1)] as number
  const afterEnd = payment.expiresAt.getTime() + minuteMs
  return new Date(Math.min(now.getTime() + pause, afterEnd))
}

/** State of a payment after its refunds. */
export function refundedState(payment: Pick<Payment, 'amount'>, refunds: Payment['refunds']): PaymentState {
  const total = refunds.reduce((sum, { amount }) => sum + amount, 0)
  return total >= payment.amount ? 'refunded' : 'paid'
}

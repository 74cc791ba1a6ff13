import type { ExternalUserId, Fen, OpenId } from '../domain/ids.ts'
import type { Payment, PaymentState } from '../domain/payment.ts'

/** Payments that our salespeople asked for, by their own number (out_trade_no). */
export interface Payments {
  add(payment: Payment): Promise<void>
  get(id: string): Promise<Payment | null>
  many(ids: readonly string[]): Promise<readonly Payment[]>
  /** Newest first. */
  of(externalUserId: ExternalUserId, limit: number): Promise<readonly Payment[]>
  /** Compare-and-set on the state: the payment as it is now, null when it was in none of the states `from`. */
  change(id: string, from: readonly PaymentState[], to: PaymentChange): Promise<Payment | null>
  /** Open ones whose state is to be asked for, earliest first. */
  due(now: Date, limit: number): Promise<readonly Payment[]>
}

export type PaymentChange = Partial<
  Pick<Payment, 'state' | 'prepayId' | 'codeUrl' | 'askAt' | 'asked' | 'transactionId' | 'paidAt' | 'refunds'>
>

/** What the merchant API says about one payment. */
export interface PaymentAnswer {
  /** SUCCESS, REFUND, NOTPAY, USERPAYING, CLOSED, REVOKED, PAYERROR. */
  tradeState: string
  /** The answer's JSON, byte for byte: the same shape as a notification's resource. */
  text: string
}

/** What the page inside WeChat hands to getBrandWCPayRequest. */
export interface PageParameters {
  appId: string
  timeStamp: string
  nonceStr: string
  package: string
  signType: 'RSA'
  paySign: string
}

export interface NewPayment {
  id: string
  description: string
  amount: Fen
  expiresAt: Date
}

/** The merchant's account with WeChat Pay. Every method @throws PayRefused, TencentUnreachable */
export interface PaymentGateway {
  /** An order that one user of our app pays inside WeChat; its prepay_id. */
  createForUser(payment: NewPayment, openId: OpenId): Promise<string>
  /** An order that whoever scans it pays; the code's text. */
  createForScan(payment: NewPayment): Promise<string>
  /** null: WeChat Pay knows no such payment. */
  query(by: { id: string } | { transactionId: string }): Promise<PaymentAnswer | null>
  /** Signed anew at every showing of the page. */
  pageParameters(prepayId: string): PageParameters
}

/** The keys under which WeChat Pay signs: our configured public key, and the platform certificates known by now. */
export interface PlatformKeys {
  /** SPKI PEM by the exact serial or public key id; null: not known. Never asks anybody. */
  find(serial: string): string | null
  /** Fetches the platform certificates when they are due, or takes over what another process fetched. */
  refresh(): Promise<void>
}

import type { Desk } from '../api.ts'
import { nextId } from '../world.ts'

/** One payment as WeChat Pay keeps it; plain data. Money in fen. */
export interface PayRecord {
  outTradeNo: string
  transactionId: string | null
  tradeType: 'JSAPI' | 'NATIVE'
  appId: string
  description: string
  total: number
  notifyUrl: string
  /** The only one who may pay; null: whoever scans. */
  payer: string | null
  prepayId: string
  codeUrl: string | null
  state: 'NOTPAY' | 'SUCCESS' | 'REFUND' | 'CLOSED'
  expiresAtMs: number
  paidBy: string | null
  paidAtMs: number | null
}

/** Two hours, unless the merchant says sooner. */
export const prepayMs = 2 * 3600_000

/** `2026-03-02T12:00:00+08:00`. */
export function payTime(ms: number): string {
  return `${new Date(ms + 8 * 3600_000).toISOString().slice(0, 19)}+08:00`
}

/** The payment with what it looks like now: one that nobody paid in time is closed. */
export function stateNow(record: PayRecord, nowMs: number): PayRecord['state'] {
  return record.state === 'NOTPAY' && record.expiresAtMs <= nowMs ? 'CLOSED' : record.state
}

/** Takes the money of one user. @throws when WeChat would not have let them */
export function pay(desk: Desk, record: PayRecord, openId: string): PayRecord {
  if (stateNow(record, desk.now().getTime()) !== 'NOTPAY') throw new Error('this payment is over')
  if (record.payer !== null && record.payer !== openId) throw new Error('下单账号与支付账号不一致')
  const transactionId = nextTransactionId(desk)
  return Object.assign(record, { state: 'SUCCESS', paidBy: openId, paidAtMs: desk.now().getTime(), transactionId })
}

/** 28 digits, as WeChat Pay's are. */
export function nextTransactionId({ world }: Desk): string {
  world.counter += 1
  return `42000000002026030200000${String(world.counter).padStart(5, '0')}`
}

/** The resource of TRANSACTION.SUCCESS, which is also the answer to a query. Contract section 4. */
export function transactionOf(desk: Desk, record: PayRecord) {
  const state = stateNow(record, desk.now().getTime())
  const isPaid = record.transactionId !== null && record.paidAtMs !== null
  return {
    appid: record.appId,
    mchid: desk.brand.pay.merchantId,
    out_trade_no: record.outTradeNo,
    ...(isPaid ? { transaction_id: record.transactionId, trade_type: record.tradeType } : {}),
    trade_state: state,
    trade_state_desc: { NOTPAY: '订单未支付', SUCCESS: '支付成功', REFUND: '订单发生过退款', CLOSED: '订单已关闭' }[
      state
    ],
    ...(isPaid ? { bank_type: 'OTHERS', attach: '', success_time: payTime(record.paidAtMs ?? 0) } : {}),
    payer: isPaid ? { openid: record.paidBy } : {},
    amount: isPaid
      ? { total: record.total, payer_total: record.total, currency: 'CNY', payer_currency: 'CNY' }
      : { total: record.total, currency: 'CNY' },
  }
}

/** A new payment under its own number. */
export function newRecord(
  desk: Desk,
  more: Omit<PayRecord, 'transactionId' | 'prepayId' | 'codeUrl' | 'state' | 'paidBy' | 'paidAtMs'>,
): PayRecord {
  const { world } = desk
  const record: PayRecord = {
    ...more,
    transactionId: null,
    prepayId: nextId(world, 'wx').slice(0, 36),
    codeUrl: more.tradeType === 'NATIVE' ? `weixin://wxpay/bizpayurl?pr=${nextId(world, '').slice(0, 9)}` : null,
    state: 'NOTPAY',
    paidBy: null,
    paidAtMs: null,
  }
  world.payments[record.outTradeNo] = record
  return record
}

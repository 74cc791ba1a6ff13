import type { Posted } from '../post.ts'
import type { Stage } from '../stage.ts'
import type { CustomerRecord } from '../world.ts'
import type { Browser, Seen } from '../browser.ts'
import { isMerchantsSignature } from './crypto.ts'
import type { PayConsole } from './host.ts'
import { newRecord, nextTransactionId, pay, payTime, transactionOf, type PayRecord } from './ledger.ts'
import { notify, type Notice, type Notifying } from './notices.ts'

/** WeChat Pay as the merchant's operator and its own machines see it. */
export interface PayDesk extends PayConsole {
  /** Any notification, sealed and signed. */
  notifies(notice: Notice, options?: Notifying): Promise<number[]>
  /** The notification of a payment once more: a resend, or one that was kept back. */
  tells(outTradeNo: string, options?: Notifying): Promise<number[]>
  /** The merchant gives money back; all of it unless told. */
  refunds(
    outTradeNo: string,
    options?: Notifying & { amount?: number; status?: 'SUCCESS' | 'ABNORMAL' | 'CLOSED' },
  ): Promise<number[]>
  record(outTradeNo: string): PayRecord
}

/** What a customer does with payments. */
export interface Paying {
  /** Opens a payment link in WeChat and pays on its page. @throws when the page offers no payment, or WeChat refuses */
  paysOn(url: string, options?: Notifying): Promise<{ seen: Seen; statuses: number[] }>
  /** Confirms the payment sheet that a page opened with these parameters. @throws when WeChat refuses */
  confirmsPayment(parameters: Readonly<Record<string, string>>, options?: Notifying): Promise<number[]>
  /** Scans the code and pays. */
  scansToPay(codeUrl: string, options?: Notifying): Promise<number[]>
  /** Pays in the mini-program mall, whose own server made the payment with our notify_url. */
  paysInMall(outTradeNo: string, total: number, options?: Notifying): Promise<number[]>
}

/** The desk of WeChat Pay over one world. */
export function payDesk(stage: Stage, console: PayConsole, onPosted: (posted: Posted) => void): PayDesk {
  const { desk } = stage
  const record = (outTradeNo: string): PayRecord => {
    const found = desk.world.payments[outTradeNo]
    if (!found) throw new Error(`no payment ${outTradeNo}`)
    return found
  }
  const notifies = (notice: Notice, how: Notifying = {}) => notify(stage, notice, how, onPosted)

  return Object.assign(console, {
    record,
    notifies,
    tells(outTradeNo: string, how?: Notifying) {
      const resource = transactionOf(desk, record(outTradeNo))
      return notifies({ eventType: 'TRANSACTION.SUCCESS', originalType: 'transaction', resource }, how)
    },
    async refunds(outTradeNo: string, how: Parameters<PayDesk['refunds']>[1] = {}) {
      const paid = record(outTradeNo)
      const { amount = paid.total, status = 'SUCCESS' } = how
      if (status === 'SUCCESS') paid.state = 'REFUND'
      const number = nextTransactionId(desk)
      const resource = {
        mchid: desk.brand.pay.merchantId,
        out_trade_no: outTradeNo,
        transaction_id: paid.transactionId,
        out_refund_no: `R${number.slice(-12)}`,
        refund_id: `50300${number.slice(5)}`,
        refund_status: status,
        ...(status === 'SUCCESS' ? { success_time: payTime(desk.now().getTime()) } : {}),
        user_received_account: '某银行信用卡0001',
        amount: { total: paid.total, refund: amount, payer_total: paid.total, payer_refund: amount },
      }
      return notifies({ eventType: `REFUND.${status}`, originalType: 'refund', summary: '退款', resource }, how)
    },
  })
}

/** What one customer can do; `browser` is their WeChat. */
export function payingOf(stage: Stage, customer: CustomerRecord, browser: Browser): Paying {
  const { desk } = stage
  const records = () => Object.values(desk.world.payments)
  const told = (record: PayRecord, how?: Notifying) => stage.pay().tells(record.outTradeNo, how)

  async function confirmsPayment(parameters: Readonly<Record<string, string>>, how?: Notifying): Promise<number[]> {
    const { appId, timeStamp, nonceStr, paySign = '', signType } = parameters
    const found = records().find(({ prepayId }) => parameters['package'] === `prepay_id=${prepayId}`)
    const signed = `${appId}\n${timeStamp}\n${nonceStr}\n${parameters['package']}\n`
    if (!found || signType !== 'RSA' || !isMerchantsSignature(signed, paySign)) {
      desk.problem('getBrandWCPayRequest: 支付验证签名失败')
      throw new Error('WeChat refuses the parameters of the page')
    }
    return told(pay(desk, found, customer.openIds.account), how)
  }

  return {
    async paysOn(url, how) {
      const seen = await browser.opens(url)
      return { seen, statuses: await confirmsPayment(parametersOf(seen.html), how) }
    },

    confirmsPayment,

    async scansToPay(codeUrl, how) {
      const found = records().find((record) => record.codeUrl === codeUrl)
      if (!found) throw new Error('二维码已失效')
      return told(pay(desk, found, customer.openIds.account), how)
    },

    async paysInMall(outTradeNo, total, how) {
      const record = newRecord(desk, {
        outTradeNo,
        tradeType: 'JSAPI',
        appId: desk.brand.miniProgram.appId,
        description: 'mall',
        total,
        notifyUrl: '',
        payer: customer.openIds.miniProgram,
        expiresAtMs: desk.now().getTime() + 60_000,
      })
      return told(pay(desk, record, customer.openIds.miniProgram), how)
    },
  }
}

function parametersOf(html: string): Record<string, string> {
  const json = /<script type="application\/json" id="payment">(.*?)<\/script>/s.exec(html)?.[1]
  if (!json) throw new Error('the page offers no payment')
  return (JSON.parse(json) as { parameters: Record<string, string> }).parameters
}

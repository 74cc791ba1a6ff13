import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { PayConfig } from '../../../config/pay.ts'
import { PayRefused, TencentUnreachable } from '../../domain/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { NewPayment, PaymentGateway, PlatformKeys } from '../../ports/payments.ts'
import { payClient } from './client.ts'
import { payHttp } from './http.ts'

export interface GatewayDeps {
  config: PayConfig
  base: string
  publicUrl: string
  keys: Pick<PlatformKeys, 'find'>
  clock: Clock
  timeoutMs: number
}

const forUser = z.object({ package: z.string().regex(/^prepay_id=./) })
const forScan = z.object({ code_url: z.string().regex(/^weixin:\/\//) })
const queried = z.object({ trade_state: z.string(), out_trade_no: z.string() })
const unknownPayment: readonly string[] = ['ORDER_NOT_EXIST', 'ORDERNOTEXIST', 'RESOURCE_NOT_EXISTS']

/** The merchant API through wechatpay-node-v3. Source: wechat-pay.md section 6. */
export function payGateway({ config, base, publicUrl, keys, clock, timeoutMs }: GatewayDeps): PaymentGateway {
  const keyFor = (serial: string) => keys.find(serial)
  const publicKeyId = config.publicKey?.id ?? null
  const client = payClient(config, payHttp({ base, publicKeyId, keyFor, now: () => clock.now(), timeoutMs }))
  const notifyUrl = `${publicUrl}/webhooks/wechat-pay/${config.merchantId}`

  function orderOf({ id, description, amount, expiresAt }: NewPayment) {
    return {
      description,
      out_trade_no: id,
      notify_url: notifyUrl,
      time_expire: beijingTime(expiresAt),
      amount: { total: amount, currency: 'CNY' },
    }
  }

  return {
    async createForUser(payment, openId) {
      const { data } = await client.transactions_jsapi({ ...orderOf(payment), payer: { openid: openId } })
      return shaped('/v3/pay/transactions/jsapi', data, forUser).package.slice('prepay_id='.length)
    },

    async createForScan(payment) {
      const { data } = await client.transactions_native(orderOf(payment))
      return shaped('/v3/pay/transactions/native', data, forScan).code_url
    },

    /** The library puts the number into the path as it is; ours are letters and digits only. */
    async query(by) {
      try {
        const { data } = await client.query('id' in by ? { out_trade_no: by.id } : { transaction_id: by.transactionId })
        const { trade_state: tradeState } = shaped('/v3/pay/transactions', data, queried)
        return { tradeState, text: JSON.stringify(data) }
      } catch (error) {
        if (error instanceof PayRefused && unknownPayment.includes(error.reason)) return null
        throw error
      }
    },

    /** Signed at every showing: the library's own parameters carry the time and the nonce of the order's making. */
    pageParameters(prepayId) {
      const timeStamp = String(Math.floor(clock.now().getTime() / 1000))
      const nonceStr = randomBytes(16).toString('hex')
      const wrapped = `prepay_id=${prepayId}`
      const paySign = client.sha256WithRsa(`${config.appId}\n${timeStamp}\n${nonceStr}\n${wrapped}\n`)
      return { appId: config.appId, timeStamp, nonceStr, package: wrapped, signType: 'RSA', paySign }
    },
  }
}

function shaped<Shape>(api: string, data: unknown, shape: z.ZodType<Shape>): Shape {
  const parsed = shape.safeParse(data)
  if (parsed.success) return parsed.data
  throw new TencentUnreachable(api, { cause: new Error('answer without the promised shape') })
}

/** `2026-03-02T12:00:00+08:00`, whole seconds. */
function beijingTime(at: Date): string {
  return `${new Date(at.getTime() + 8 * 3600_000).toISOString().slice(0, 19)}+08:00`
}

import { z } from 'zod'
import type { Desk } from '../api.ts'
import { payKeys, sealResource, type CertificateName } from './crypto.ts'
import { newRecord, payTime, prepayMs, stateNow, transactionOf, type PayRecord } from './ledger.ts'

export interface MerchantCall {
  method: string
  url: URL
  body: string
}

export interface MerchantAnswer {
  status: number
  body: Record<string, unknown>
  /** The caller's fault by contract. */
  problem?: string
}

const order = z.strictObject({
  appid: z.string(),
  mchid: z.string(),
  description: z.string().min(1).max(127),
  out_trade_no: z.string().regex(/^[\w|*-]{6,32}$/),
  notify_url: z
    .url()
    .max(255)
    .refine((url) => new URL(url).search === '', 'notify_url takes no query'),
  time_expire: z
    .string()
    .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00$/)
    .optional(),
  attach: z.string().max(127).optional(),
  amount: z.strictObject({ total: z.int().min(1), currency: z.literal('CNY') }),
})
const payer = z.strictObject({ openid: z.string().min(1) })
const jsapiOrder = order.extend({ payer })
const nativeOrder = order.extend({ payer: z.undefined().optional() })

const fail = (status: number, code: string, problem?: string): MerchantAnswer => ({
  status,
  body: { code, message: problem ?? code },
  ...(problem ? { problem } : {}),
})

/** The few calls of the merchant API that the product makes. Contract section 6. */
export function merchantApi(
  desk: Desk,
  { method, url, body }: MerchantCall,
  listed: readonly CertificateName[],
): MerchantAnswer {
  const { pathname, searchParams } = url
  if (method === 'GET' && pathname === '/v3/certificates') return certificates(desk, listed)
  if (method === 'POST' && pathname === '/v3/pay/transactions/jsapi') return create(desk, jsapiOrder, body, 'JSAPI')
  if (method === 'POST' && pathname === '/v3/pay/transactions/native') return create(desk, nativeOrder, body, 'NATIVE')
  const asked = /^\/v3\/pay\/transactions\/(out-trade-no|id)\/([\w|*-]{6,32})$/.exec(pathname)
  if (method !== 'GET' || !asked) return fail(404, 'RESOURCE_NOT_EXISTS', `unknown path ${method} ${pathname}`)
  if (searchParams.get('mchid') !== desk.brand.pay.merchantId)
    return fail(400, 'PARAM_ERROR', 'mchid is not the merchant')
  const found = find(desk, asked[1] === 'id' ? 'transactionId' : 'outTradeNo', asked[2] ?? '')
  return found ? { status: 200, body: transactionOf(desk, found) } : fail(404, 'ORDER_NOT_EXIST')
}

function find(desk: Desk, by: 'transactionId' | 'outTradeNo', value: string): PayRecord | undefined {
  return Object.values(desk.world.payments).find((record) => record[by] === value)
}

function create(
  desk: Desk,
  shape: typeof nativeOrder | typeof jsapiOrder,
  body: string,
  tradeType: PayRecord['tradeType'],
): MerchantAnswer {
  const parsed = shape.safeParse(jsonIn(body))
  if (!parsed.success)
    return fail(
      400,
      'PARAM_ERROR',
      parsed.error.issues.map((one) => `${one.path.join('.')}: ${one.message}`).join('; '),
    )
  const asked = parsed.data
  const { pay, account } = desk.brand
  if (asked.mchid !== pay.merchantId || asked.appid !== account.appId)
    return fail(400, 'APPID_MCHID_NOT_MATCH', 'appid and mchid are not bound')
  const payerId = asked.payer?.openid ?? null
  const isUser = Object.values(desk.world.customers).some(({ openIds }) => openIds.account === payerId)
  if (payerId !== null && !isUser) return strangerRefused(desk, payerId)
  const nowMs = desk.now().getTime()
  const expiresAtMs = Math.min(asked.time_expire ? Date.parse(asked.time_expire) : Infinity, nowMs + prepayMs)
  if (expiresAtMs <= nowMs) return fail(400, 'PARAM_ERROR', 'time_expire is over')
  const known = desk.world.payments[asked.out_trade_no]
  if (known && stateNow(known, nowMs) !== 'NOTPAY') return fail(400, 'ORDER_CLOSED')
  if (
    known &&
    (known.total !== asked.amount.total || known.payer !== payerId || known.description !== asked.description)
  ) {
    return fail(400, 'OUT_TRADE_NO_USED', 'the same out_trade_no with other parameters')
  }
  const record =
    known ??
    newRecord(desk, {
      outTradeNo: asked.out_trade_no,
      tradeType,
      appId: asked.appid,
      description: asked.description,
      total: asked.amount.total,
      notifyUrl: asked.notify_url,
      payer: payerId,
      expiresAtMs,
    })
  return { status: 200, body: tradeType === 'JSAPI' ? { prepay_id: record.prepayId } : { code_url: record.codeUrl } }
}

/** Another app's openid is the mistake that a mall makes; one that is nobody's is asked with only to see who may ask. */
function strangerRefused(desk: Desk, payerId: string): MerchantAnswer {
  const isElsewhere = Object.values(desk.world.customers).some(({ openIds }) => Object.values(openIds).includes(payerId))
  const words = 'openid与appid不匹配'
  return isElsewhere ? fail(400, 'PARAM_ERROR', words) : { status: 400, body: { code: 'PARAM_ERROR', message: words } }
}

/** Every listed certificate, sealed. A merchant with the public key only has none. Contract section 2. */
function certificates(desk: Desk, listed: readonly CertificateName[]): MerchantAnswer {
  if (listed.length === 0)
    return {
      status: 404,
      body: { code: 'RESOURCE_NOT_EXISTS', message: '无可用证书，请在商户平台-API安全申请使用微信支付公钥验签' },
    }
  const data = listed.map((name) => ({
    serial_no: payKeys[name].serial,
    'effective_time ': payTime(Date.parse('2026-01-01T00:00:00+08:00')),
    'expire_time ': payTime(Date.parse('2031-01-01T00:00:00+08:00')),
    encrypt_certificate: sealResource(desk.brand.pay.apiV3Key, payKeys[name].certificate, 'certificate'),
  }))
  return { status: 200, body: { data } }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

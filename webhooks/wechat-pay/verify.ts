import { UntrustedCallback } from '../../server/domain/errors.ts'
import { isSigned } from '../../server/edge/pay-seal.ts'
import type { PlatformKeys } from '../../server/ports/payments.ts'

/** Reads one header of a request; empty when it is absent. */
export type HeaderReader = (name: string) => string

/** Exactly this old is too old, as in the official Go SDK (wechat-pay.md section 2). */
const toleranceMs = 300_000
const signatureType = 'WECHATPAY2-SHA256-RSA2048'

/**
 * Whether WeChat Pay signed these very bytes, just now. The serial picks the key among those we know; an unknown one is
 * refused without asking anybody. WeChat Pay's own probe (a wrong signature now and then) fails like any forgery.
 * Source: wechat-pay.md section 2, in its order.
 * @throws UntrustedCallback
 */
export function verifyNotice(
  header: HeaderReader,
  body: Uint8Array,
  keys: Pick<PlatformKeys, 'find'>,
  now: Date,
): void {
  const [serial, signature, timestamp, nonce] = ['serial', 'signature', 'timestamp', 'nonce'].map((name) =>
    header(`wechatpay-${name}`),
  )
  if (!serial || !signature || !timestamp || !nonce) throw new UntrustedCallback('a signature header is missing')
  if ((header('wechatpay-signature-type') || signatureType) !== signatureType)
    throw new UntrustedCallback('unknown type of signature')
  if (!/^\d{1,12}$/.test(timestamp)) throw new UntrustedCallback('the timestamp is no number')
  if (Math.abs(now.getTime() - Number(timestamp) * 1000) >= toleranceMs)
    throw new UntrustedCallback('the timestamp is too far off')
  const key = keys.find(serial)
  if (key === null) throw new UntrustedCallback('signed under a serial that we do not know', { fault: 'callback-key-unknown' })
  if (!isSigned({ timestamp, nonce, body, signature }, key)) throw new UntrustedCallback('the signature does not fit')
}

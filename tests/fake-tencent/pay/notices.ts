import type { Stage } from '../stage.ts'
import { seconds } from '../stage.ts'
import type { Posted } from '../post.ts'
import { nextId } from '../world.ts'
import { sealResource, signedHeaders, type Signer } from './crypto.ts'
import { payTime } from './ledger.ts'

/** How one notification is delivered. */
export interface Notifying {
  /** How often it is sent, one after another. Default 1; 0: never. */
  deliveries?: number
  /** True: all deliveries at the same moment. */
  atOnce?: boolean
  /** Default: the public key. */
  signedBy?: Signer
  /** Something that must be refused; after the signature unless the signature itself is meant. */
  forged?: Forgery
  /** Path of the callback; default: the merchant's own. */
  path?: string
}

export type Forgery =
  | 'signature' // signed with a key that does not belong to the serial
  | 'probe' // WeChat Pay's own wrong signature
  | 'body' // changed after signing, by a blank that JSON does not care about
  | 'old' // exactly 300 s
  | 'ahead'
  | 'unknown-serial'
  | 'no-signature'
  | 'no-number' // a timestamp that is none
  | 'sm2' // another type of signature
  | 'ciphertext'
  | 'tag'
  | 'associated-data'
  | 'algorithm'

/** One notification: the envelope around a resource. Source: contract section 1. */
export interface Notice {
  eventType: string
  originalType: string
  /** Serialised as it is; a string is sealed as it stands. */
  resource: object | string
  summary?: string
  /** Default: now, RFC 3339. */
  createTime?: string
}

/** Seals, signs and posts one notification, the same envelope each time; the HTTP status of each delivery. */
export async function notify(
  stage: Stage,
  notice: Notice,
  how: Notifying,
  onPosted: (posted: Posted) => void,
): Promise<number[]> {
  const { brand, world, now } = stage.desk
  const plaintext = typeof notice.resource === 'string' ? notice.resource : JSON.stringify(notice.resource)
  const id = `EV-${nextId(world, '').slice(0, 30)}`
  const createTime = notice.createTime ?? payTime(now().getTime())
  const send = async () => {
    const sealed = {
      original_type: notice.originalType,
      ...sealResource(brand.pay.apiV3Key, plaintext, notice.originalType),
    }
    const resource = changed(sealed, how.forged)
    const { eventType, summary = '支付成功' } = notice
    const body = JSON.stringify({
      id,
      create_time: createTime,
      resource_type: 'encrypt-resource',
      event_type: eventType,
      summary,
      resource,
    })
    const started = performance.now()
    const { status, answer } = await post(
      stage.productUrl() + (how.path ?? `/webhooks/wechat-pay/${brand.pay.merchantId}`),
      {
        body: how.forged === 'body' ? body.replace('{', '{ ') : body,
        headers: headersOf(body, how, seconds(stage)),
      },
    )
    onPosted({
      channel: 'wechat-pay',
      content: plaintext,
      what: eventType,
      status,
      answer,
      ms: performance.now() - started,
    })
    return status
  }
  const times = Array.from({ length: how.deliveries ?? 1 })
  if (how.atOnce) return Promise.all(times.map(send))
  const statuses: number[] = []
  for (const _ of times) statuses.push(await send())
  return statuses
}

function headersOf(body: string, { signedBy = 'pub', forged }: Notifying, atSeconds: number): Record<string, string> {
  const at = forged === 'old' ? atSeconds - 300 : forged === 'ahead' ? atSeconds + 300 : atSeconds
  const right = signedHeaders(body, signedBy, at)
  switch (forged) {
    case 'signature':
      return { ...right, 'wechatpay-signature': signedHeaders(body, 'stranger', at)['wechatpay-signature'] ?? '' }
    case 'probe':
      return { ...right, 'wechatpay-signature': `WECHATPAY/SIGNTEST/${right['wechatpay-signature']}` }
    case 'unknown-serial':
      return signedHeaders(body, 'stranger', at)
    case 'no-signature':
      return { ...right, 'wechatpay-signature': '' }
    case 'no-number':
      return { ...right, 'wechatpay-timestamp': `${at}.0` }
    case 'sm2':
      return { ...right, 'wechatpay-signature-type': 'WECHATPAY2-SM2-WITH-SM3' }
    default:
      return right
  }
}

type Sealed = ReturnType<typeof sealResource> & { original_type: string }

/** Changed before the envelope is signed: only the tag can tell. */
function changed(sealed: Sealed, forged: Forgery | undefined): Sealed {
  const bytes = Buffer.from(sealed.ciphertext, 'base64')
  const flip = (at: number) => {
    bytes[at] = (bytes[at] ?? 0) ^ 1
    return { ...sealed, ciphertext: bytes.toString('base64') }
  }
  if (forged === 'ciphertext') return flip(0)
  if (forged === 'tag') return flip(bytes.length - 1)
  if (forged === 'associated-data') return { ...sealed, associated_data: `${sealed.associated_data} ` }
  return forged === 'algorithm' ? { ...sealed, algorithm: 'AEAD_SM4_GCM' } : sealed
}

/** Posts one body; WeChat Pay waits five seconds. */
async function post(url: string, { body, headers }: { body: string; headers: Record<string, string> }) {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'user-agent': 'Mozilla/4.0' },
      body,
      signal: AbortSignal.timeout(5_000),
    })
    return { status: response.status, answer: (await response.text()).slice(0, 200) }
  } catch (error) {
    return { status: 0, answer: error instanceof Error ? error.name : 'failed' }
  }
}

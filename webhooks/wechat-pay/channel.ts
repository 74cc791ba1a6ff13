import { MalformedCallback, UntrustedCallback } from '../../server/domain/errors.ts'
import type { Clock } from '../../server/ports/clock.ts'
import type { Delivery } from '../../server/ports/inbox.ts'
import type { PlatformKeys } from '../../server/ports/payments.ts'
import { readContent } from '../content.ts'
import { textOf, type Fields } from '../fields.ts'
import { decryptResource } from './decrypt.ts'
import { noticeDelivery } from './delivery.ts'
import { verifyNotice, type HeaderReader } from './verify.ts'

/** One merchant's notifications. */
export interface PayChannel {
  merchantId: string
  /** The notification, decrypted, not interpreted. @throws UntrustedCallback, MalformedEnvelope, Undecryptable */
  open(body: Uint8Array, header: HeaderReader): Delivery
}

export interface PayChannelDeps {
  merchantId: string
  apiV3Key: string
  keys: Pick<PlatformKeys, 'find'>
  clock: Clock
}

/** Trust first, over the raw bytes; only then JSON, then the resource (wechat-pay.md section 2). */
export function payChannel({ merchantId, apiV3Key, keys, clock }: PayChannelDeps): PayChannel {
  return {
    merchantId,
    open(body, header) {
      const now = clock.now()
      verifyNotice(header, body, keys, now)
      const envelope = fieldsIn(body)
      const plaintext = envelope && decryptResource(envelope, apiV3Key)
      if (plaintext !== null) refuseOthers(fieldsIn(Buffer.from(plaintext)), merchantId)
      return noticeDelivery({ merchantId, envelope, plaintext, body, receivedAt: now })
    },
  }
}

/** null: signed, but nothing that we can read; it is stored and set aside. */
function fieldsIn(bytes: Uint8Array): Fields | null {
  try {
    return readContent(bytes)
  } catch (error) {
    if (error instanceof MalformedCallback) return null
    throw error
  }
}

/** One merchant's number stands in each kind of payment, ours or our service provider's. @throws UntrustedCallback */
function refuseOthers(resource: Fields | null, merchantId: string): void {
  if (resource === null) return
  const named = ['mchid', 'sp_mchid', 'sub_mchid', 'combine_mchid'].flatMap((name) => textOf(resource, name) ?? [])
  if (named.length > 0 && !named.includes(merchantId)) throw new UntrustedCallback('meant for another merchant', { fault: 'callback-other-receiver' })
}

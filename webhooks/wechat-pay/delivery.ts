import { createHash } from 'node:crypto'
import { MalformedCallback } from '../../server/domain/errors.ts'
import type { Delivery } from '../../server/ports/inbox.ts'
import { readContent } from '../content.ts'
import { listOf, textOf, type Fields } from '../fields.ts'

interface Notice {
  merchantId: string
  envelope: Fields | null
  plaintext: string | null
  /** The notification as it came; kept when nothing of it can be read. */
  body: Uint8Array
  receivedAt: Date
}

/**
 * A notification as the inbox keeps it: the envelope's own words and the decrypted resource, as text. A payment is one
 * delivery however often, and by whichever way, it is told; a refund is one per state.
 * Source: wechat-pay.md section 5 (idempotency: transaction_id; refund_id and refund_status; envelope id).
 */
export function noticeDelivery({ merchantId, envelope, plaintext, body, receivedAt }: Notice): Delivery {
  if (envelope === null || plaintext === null) {
    return { channel: 'wechat-pay', account: merchantId, key: `content-${digest(body)}`, bytes: body, receivedAt }
  }
  const [id, type] = [textOf(envelope, 'id'), textOf(envelope, 'event_type')]
  const bytes = Buffer.from(
    JSON.stringify({ id, event_type: type, create_time: textOf(envelope, 'create_time'), resource: plaintext }),
  )
  const key = resourceKey(plaintext) ?? `notice-${id ?? digest(body)}`
  return { channel: 'wechat-pay', account: merchantId, key, bytes, receivedAt }
}

/** The answer to our own question about a payment, as if WeChat Pay had told it. */
export function queriedDelivery(merchantId: string, text: string, receivedAt: Date): Delivery {
  const envelope = { id: null, event_type: 'TRANSACTION.SUCCESS', create_time: null, resource: text }
  const key = resourceKey(text) ?? `notice-${digest(Buffer.from(text))}`
  return { channel: 'wechat-pay', account: merchantId, key, bytes: Buffer.from(JSON.stringify(envelope)), receivedAt }
}

/**
 * Key of a payment's delivery, and with channel and account of its event. Longer than other channels' keys on purpose:
 * of two events of one second the shorter key comes first (event-order.ts), and an order is to come before its payment.
 */
export function paymentKey(transactionId: string): string {
  return `payment-${transactionId}-${digest(Buffer.from(transactionId))}`
}

function resourceKey(plaintext: string): string | null {
  try {
    const fields = readContent(Buffer.from(plaintext))
    const [transaction, refund, status] = ['transaction_id', 'refund_id', 'refund_status'].map((name) =>
      textOf(fields, name),
    )
    if (refund) return `refund-${refund}-${status ?? ''}`
    return transaction && listOf(fields, 'sub_orders').length === 0 ? paymentKey(transaction) : null
  } catch (error) {
    if (error instanceof MalformedCallback) return null
    throw error
  }
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url')
}

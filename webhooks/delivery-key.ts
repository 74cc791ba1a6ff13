import { hash } from 'node:crypto'
import { MalformedCallback } from '../server/domain/errors.ts'
import { readHead } from './content.ts'
import { textOf } from './fields.ts'

/**
 * Same for every resend of one delivery, different for any two events of one account.
 *
 * A message has a MsgId, 64-bit, unique within its account; its sender goes in too. Events have none, and the manuals'
 * FromUserName + CreateTime is too coarse: a subscribe and a SCAN of one second share it, and all of WeCom's contact
 * events come from "sys". So an event's key is the hash of its whole decrypted content: any differing field makes two.
 * What cannot be read is keyed by its content as well, since it must be stored all the same.
 * Unverified: that a resend repeats the decrypted content byte for byte. No manual says otherwise, and all that could
 * differ (timestamp, nonce, random bytes) lies outside of it.
 * Source: Receiving_standard_messages, Receiving_event_pushes (排重); developer.work.weixin.qq.com/document/path/92130.
 */
export function deliveryKey(bytes: Uint8Array): string {
  const id = messageId(bytes)
  return id === null ? `content-${digest(bytes)}` : `message-${digest(Buffer.from(id))}`
}

function messageId(bytes: Uint8Array): string | null {
  if (!mayNameMsgId(bytes)) return null
  try {
    const fields = readHead(bytes)
    const [msgId, sender, type] = [textOf(fields, 'MsgId'), textOf(fields, 'FromUserName'), textOf(fields, 'MsgType')]
    const isMessage = type !== null && type !== 'event' && sender !== null
    return isMessage && msgId !== null && /^[1-9]\d{0,19}$/.test(msgId) ? `${sender}\n${msgId}` : null
  } catch (error) {
    if (error instanceof MalformedCallback) return null
    throw error
  }
}

/** Most callbacks are events and name none: they need no reading. JSON might spell the name with escapes. */
function mayNameMsgId({ buffer, byteOffset, byteLength }: Uint8Array): boolean {
  const bytes = Buffer.from(buffer, byteOffset, byteLength)
  return bytes.includes('MsgId') || bytes.includes('\\')
}

function digest(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'base64url')
}

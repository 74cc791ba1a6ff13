import { createHmac, hkdfSync } from 'node:crypto'

/**
 * A name for something that tells nothing of it: always the same for the same text, and neither guessed nor turned back
 * without the secret (HMAC-SHA256 under a key of this purpose's own, 16 bytes as base64url).
 */
export function keyedMark(secret: string, purpose: string): (text: string) => string {
  const key = Buffer.from(hkdfSync('sha256', secret, 'wecom-lead-alerts', purpose, 32))
  return (text) => createHmac('sha256', key).update(text).digest().subarray(0, 16).toString('base64url')
}

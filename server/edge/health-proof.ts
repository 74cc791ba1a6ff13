import { createHmac, hkdfSync } from 'node:crypto'

/** What may be asked to be proved: nothing that could mean anything elsewhere. */
export const nonceShape = /^[A-Za-z0-9]{16,64}$/

/** What only a server with our SESSION_SECRET answers to this nonce; its key is good for nothing else (HKDF-SHA256, RFC 5869). */
export function healthProof(sessionSecret: string, nonce: string): string {
  const key = Buffer.from(hkdfSync('sha256', sessionSecret, 'wecom-lead-alerts', 'health-proof', 32))
  return createHmac('sha256', key).update(nonce).digest('base64url')
}

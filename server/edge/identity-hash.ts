import { createHmac, hkdfSync } from 'node:crypto'
import type { Identity, IdentityHash } from '../domain/ids.ts'
import type { MemberNumber, Phone } from '../domain/phone.ts'

/** Makes identities out of what would name a human outside of our systems: only a keyed hash is kept of it. */
export interface IdentityHasher {
  phone(phone: Phone): Identity & { kind: 'phone' }
  member(number: MemberNumber): Identity & { kind: 'member' }
}

/**
 * HMAC-SHA256 under a key derived from the secret (HKDF, RFC 5869), 128 bits of it in base64url. Without the secret the
 * hash cannot be tried against all phone numbers; with another secret the same phone is another identity.
 */
export function identityHasher(secret: string): IdentityHasher {
  const key = Buffer.from(hkdfSync('sha256', secret, 'wecom-lead-alerts', 'identity-hash', 32))
  const hash = (kind: string, value: string) =>
    createHmac('sha256', key).update(`${kind}\n${value}`).digest().subarray(0, 16).toString('base64url') as IdentityHash
  return {
    phone: (phone) => ({ kind: 'phone', hash: hash('phone', phone) }),
    member: (number) => ({ kind: 'member', hash: hash('member', number) }),
  }
}

import { createHmac, hkdfSync } from 'node:crypto'
import type { IdentityKey } from '../domain/ids.ts'
import type { Fingerprint } from '../domain/recording.ts'

/** Gives the fingerprint of an identity. */
export type TakeFingerprint = (key: IdentityKey) => Fingerprint

/**
 * HMAC-SHA256 of the identity under a key derived from IDENTITY_SECRET (HKDF, RFC 5869), base64url. Without the secret
 * nobody can tell whose it is, nor try a list of ids against it; with another secret we no longer know who was erased.
 */
export function fingerprints(secret: string): TakeFingerprint {
  const key = Buffer.from(hkdfSync('sha256', secret, 'wecom-lead-alerts', 'erasure-fingerprint', 32))
  return (identity) => createHmac('sha256', key).update(identity).digest('base64url') as Fingerprint
}

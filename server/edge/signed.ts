import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { z } from 'zod'

/** Seals small values that travel through other people's hands, and opens only what it sealed itself. */
export interface Signer<T> {
  /** `<base64url JSON>.<base64url HMAC-SHA256>`: readable by its bearer, changeable by nobody. */
  seal(value: T, expiresAt: Date): string
  /** null: not ours, made for another purpose, changed, or expired at `now`. */
  open(text: string | undefined, now: Date): T | null
}

/**
 * A signer whose key is derived from the one secret for one purpose only (HKDF-SHA256, RFC 5869), so that a token
 * made for one door never opens another.
 */
export function signerFor<T>(secret: string, purpose: string, shape: z.ZodType<T>): Signer<T> {
  const key = Buffer.from(hkdfSync('sha256', secret, 'wecom-lead-alerts', purpose, 32))
  const mac = (body: string) => createHmac('sha256', key).update(body).digest()
  return {
    seal(value, expiresAt) {
      const body = Buffer.from(JSON.stringify([expiresAt.getTime(), value])).toString('base64url')
      return `${body}.${mac(body).toString('base64url')}`
    },

    open(text, now) {
      const [body, given, ...rest] = (text ?? '').split('.')
      if (!body || !given || rest.length > 0) return null
      if (!sameBytes(mac(body), Buffer.from(given, 'base64url'))) return null
      const [expiresAt, value] = JSON.parse(Buffer.from(body, 'base64url').toString()) as [number, unknown]
      if (expiresAt <= now.getTime()) return null
      return shape.safeParse(value).data ?? null
    },
  }
}

function sameBytes(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

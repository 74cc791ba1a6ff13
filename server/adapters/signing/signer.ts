import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../ports/clock.ts'
import type { Signer } from '../../ports/signer.ts'

/** HMAC-SHA256 under a key derived from the secret for each purpose (HKDF, RFC 5869). */
export function hmacSigner(deps: { secret: string; clock: Clock }): Signer {
  const keys = new Map<string, Buffer>()

  function keyFor(purpose: string): Buffer {
    const known = keys.get(purpose)
    if (known) return known
    const key = Buffer.from(hkdfSync('sha256', deps.secret, 'signer', purpose, 32))
    keys.set(purpose, key)
    return key
  }

  const mac = (purpose: string, body: string) => createHmac('sha256', keyFor(purpose)).update(body).digest()

  return {
    seal(purpose, value, expiresAt) {
      const body = Buffer.from(JSON.stringify({ ...value, exp: expiresAt.getTime() })).toString('base64url')
      return `${body}.${mac(purpose, body).toString('base64url')}`
    },

    open(purpose, token) {
      const [body, signature, ...rest] = token.split('.')
      if (!body || !signature || rest.length > 0) return null
      const given = Buffer.from(signature, 'base64url')
      const wanted = mac(purpose, body)
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return null
      const value = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Record<string, unknown>
      const { exp, ...content } = value
      return typeof exp === 'number' && exp > deps.clock.now().getTime() ? content : null
    },
  }
}

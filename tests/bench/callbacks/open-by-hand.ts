import { createDecipheriv, createHash, timingSafeEqual } from 'node:crypto'
import type { Account } from './mix.ts'

/** Verifies and decrypts with nothing but node:crypto; null: not to be trusted. Keys are decoded once. */
export function createOpener({ token, aesKey, receiveId }: Account): (encrypt: string, query: URLSearchParams) => string | null {
  const key = Buffer.from(`${aesKey}=`, 'base64')
  const iv = key.subarray(0, 16)
  return (encrypt, query) => {
    const values = [token, query.get('timestamp') ?? '', query.get('nonce') ?? '', encrypt].sort()
    const expected = createHash('sha1').update(values.join('')).digest('hex')
    const given = query.get('msg_signature') ?? ''
    if (given.length !== expected.length || !timingSafeEqual(Buffer.from(given), Buffer.from(expected))) return null
    const aes = createDecipheriv('aes-256-cbc', key, iv).setAutoPadding(false)
    const plain = Buffer.concat([aes.update(encrypt, 'base64'), aes.final()])
    const end = 20 + plain.readUInt32BE(16)
    const pad = plain.at(-1) ?? 0
    if (plain.toString('latin1', end, plain.length - pad) !== receiveId) return null
    return plain.toString('utf8', 20, end)
  }
}

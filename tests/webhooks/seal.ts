import { createCipheriv, createHash, randomBytes } from 'node:crypto'

/** Tencent's end of the envelope, written for these tests from the manual; it shares nothing with the product's end. */
export function sha1OfSorted(...values: string[]): string {
  const ascending = values.toSorted((a, b) => (a < b ? -1 : 1))
  return createHash('sha1').update(ascending.reduce((all, value) => all + value, '')).digest('hex')
}

/** random(16) | length(4) | message | receiver, padded to 32 with PKCS#7, AES-256-CBC, base64. */
export function encrypt(
  aesKey: string,
  message: string | Uint8Array,
  receiver: string,
  random: Uint8Array = randomBytes(16),
): string {
  const bytes = typeof message === 'string' ? new TextEncoder().encode(message) : message
  const tail = new TextEncoder().encode(receiver)
  const size = 20 + bytes.length + tail.length
  const padding = 32 - (size % 32)
  const plain = new Uint8Array(size + padding).fill(padding)
  plain.set(random, 0)
  new DataView(plain.buffer).setUint32(16, bytes.length)
  plain.set(bytes, 20)
  plain.set(tail, 20 + bytes.length)
  return encryptRaw(aesKey, plain)
}

/** Only the cipher: for plaintexts that Tencent would never make. */
export function encryptRaw(aesKey: string, plain: Uint8Array): string {
  const key = Buffer.from(aesKey + '=', 'base64')
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16))
  cipher.setAutoPadding(false)
  return cipher.update(plain, undefined, 'base64') + cipher.final('base64')
}

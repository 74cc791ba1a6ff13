import { createCipheriv, createHash, randomBytes } from 'node:crypto'

/**
 * Tencent's side of the message envelope, written from the manual alone and pinned to its published samples in
 * seal.test.ts: it shares no line with the product's own opening code.
 * Source: developer.work.weixin.qq.com/document/path/90968.
 */

const blockBytes = 32

/** Lower-case hex SHA-1 over the byte-wise sorted parts. */
export function sign(parts: readonly string[]): string {
  const sorted = parts.map((part) => Buffer.from(part)).toSorted(Buffer.compare)
  return createHash('sha1').update(Buffer.concat(sorted)).digest('hex')
}

/**
 * AES-256-CBC over random(16) + length(4, big-endian) + message + receiveId, padded to blocks of 32.
 * @param random exactly 16 bytes; fixed only where a published sample has to be met
 */
export function encrypt(aesKey: string, message: string, receiveId: string, random: Buffer = randomBytes(16)): string {
  const key = Buffer.from(`${aesKey}=`, 'base64')
  const body = Buffer.from(message, 'utf8')
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  const whole = pad(Buffer.concat([random, length, body, Buffer.from(receiveId)]))
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false)
  return Buffer.concat([cipher.update(whole), cipher.final()]).toString('base64')
}

function pad(bytes: Buffer): Buffer {
  const missing = blockBytes - (bytes.length % blockBytes)
  return Buffer.concat([bytes, Buffer.alloc(missing, missing)])
}

/** A nonce as Tencent writes them: nine or ten digits. */
export function newNonce(): string {
  return String(randomBytes(4).readUInt32BE() + 100_000_000)
}

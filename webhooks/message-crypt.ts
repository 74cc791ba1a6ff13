import { createCipheriv, createDecipheriv, hash, randomBytes as random, timingSafeEqual } from 'node:crypto'
import { UntrustedCallback } from '../server/domain/errors.ts'

const randomBytes = 16
const lengthBytes = 4
const padBlock = 32

/**
 * Tencent's callback signature: SHA-1 in lower-case hex over the values, sorted by code unit and joined with nothing.
 * Three values (token, timestamp, nonce) for `signature`, a fourth (the ciphertext) for `msg_signature`.
 * Source: developer.work.weixin.qq.com/document/path/90968; doc/oplatform/developers/dev/push/encryption.
 */
export function signatureOf(values: readonly string[]): string {
  return hash('sha1', values.toSorted().join(''))
}

/** Compares in constant time. @throws UntrustedCallback when `given` is not the signature of the values */
export function requireSignature(given: string, values: readonly string[]): void {
  const expected = Buffer.from(signatureOf(values))
  const actual = Buffer.from(given)
  const same = actual.length === expected.length && timingSafeEqual(actual, expected)
  if (!same) throw new UntrustedCallback('wrong signature', { fault: 'callback-token-wrong' })
}

/**
 * The message inside `Encrypt`, for ciphertext whose signature was checked before: CBC has no integrity check.
 * AES-256-CBC with IV = key[0..15]; random(16) | length(4, big-endian, bytes) | message | receive id; PKCS#7 with block
 * 32, so that Node's own unpadding (block 16) would refuse half of all messages.
 * Source: developer.work.weixin.qq.com/document/path/90968; doc/oplatform/developers/dev/push/encryption.
 *
 * @param aesKey EncodingAESKey: 43 letters or digits, whose two spare bits may be set; Node's decoder ignores them
 * @param receiveId our corpid or appid, which must stand at the end
 * @throws UntrustedCallback when anything of that does not hold
 */
export function decryptMessage(aesKey: string, encrypt: string, receiveId: string): Buffer {
  const plain = unpad(decipher(aesKey, ciphertextOf(encrypt)))
  if (plain.length < randomBytes + lengthBytes) throw notOpened('the sealed message is too short')
  const start = randomBytes + lengthBytes
  const end = start + plain.readUInt32BE(randomBytes)
  if (end > plain.length) throw notOpened('the sealed length is wrong')
  if (!plain.subarray(end).equals(Buffer.from(receiveId))) throw new UntrustedCallback('sealed for another receiver', { fault: 'callback-other-receiver' })
  return plain.subarray(start, end)
}

/** Signed right, and yet no message: under another key than ours almost any bytes come out. */
function notOpened(reason: string): UntrustedCallback {
  return new UntrustedCallback(reason, { fault: 'callback-aes-key-wrong' })
}

function ciphertextOf(encrypt: string): Buffer {
  const isBase64 = encrypt.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(encrypt)
  const bytes = isBase64 ? Buffer.from(encrypt, 'base64') : Buffer.alloc(0)
  if (bytes.length === 0 || bytes.length % padBlock !== 0) throw new UntrustedCallback('Encrypt is not a ciphertext')
  return bytes
}

function decipher(aesKey: string, ciphertext: Buffer): Buffer {
  const key = Buffer.from(`${aesKey}=`, 'base64')
  const aes = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false)
  const plain = aes.update(ciphertext)
  aes.final() // whole blocks and no padding of Node's: nothing is left to come
  return plain
}

function unpad(padded: Buffer): Buffer {
  const pad = padded.at(-1) ?? 0
  const tail = padded.subarray(-pad)
  const good = pad >= 1 && pad <= padBlock && tail.every((byte) => byte === pad)
  if (!good) throw notOpened('wrong padding')
  return padded.subarray(0, padded.length - pad)
}

/** The reverse of `decryptMessage`: what `Encrypt` of a sealed answer holds. */
export function encryptMessage(aesKey: string, message: string, receiveId: string): string {
  const text = Buffer.from(message)
  const length = Buffer.alloc(lengthBytes)
  length.writeUInt32BE(text.length)
  const plain = Buffer.concat([random(randomBytes), length, text, Buffer.from(receiveId)])
  const pad = padBlock - (plain.length % padBlock)
  const key = Buffer.from(`${aesKey}=`, 'base64')
  const aes = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false)
  return Buffer.concat([aes.update(Buffer.concat([plain, Buffer.alloc(pad, pad)])), aes.final()]).toString('base64')
}

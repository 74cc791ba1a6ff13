import { createDecipheriv, createPublicKey, verify } from 'node:crypto'

/** What a signature of WeChat Pay covers: the body's bytes as they came, between two headers and line feeds. */
export interface SignedMessage {
  timestamp: string
  nonce: string
  body: Uint8Array
  /** base64. */
  signature: string
}

/** An encrypted part of a notification or of the list of certificates. */
export interface SealedResource {
  /** base64; the last 16 bytes are the authentication tag. */
  ciphertext: string
  nonce: string
  /** May be empty. */
  associatedData: string
}

const tagBytes = 16

/**
 * Whether the message was signed with the private half of that key: RSASSA-PKCS1-v1_5 with SHA-256. The library's own
 * check is not used: it asks Tencent for every serial it does not know (wechat-pay.md section 7, pitfall 3).
 * Source: wechat-pay.md section 2.
 */
export function isSigned({ timestamp, nonce, body, signature }: SignedMessage, publicKeyPem: string): boolean {
  const message = Buffer.concat([Buffer.from(`${timestamp}\n${nonce}\n`), body, Buffer.from('\n')])
  return verify('RSA-SHA256', message, createPublicKey(publicKeyPem), Buffer.from(signature, 'base64'))
}

/**
 * The bytes inside, AES-GCM under the APIv3 key. `final()` is what checks the tag; the library's `decipher_gcm` never
 * calls it and returns whatever comes out (wechat-pay.md section 7, pitfall 1).
 * Source: wechat-pay.md section 3.
 * @throws Error when ciphertext, tag, nonce, associated data or key do not belong together
 */
export function openResource({ ciphertext, nonce, associatedData }: SealedResource, apiV3Key: string): Buffer {
  const sealed = Buffer.from(ciphertext, 'base64')
  if (sealed.length < tagBytes) throw new Error('the ciphertext is shorter than its tag')
  const key = Buffer.from(apiV3Key)
  const algorithm = key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm'
  const decipher = createDecipheriv(algorithm, key, Buffer.from(nonce), { authTagLength: tagBytes })
  decipher.setAAD(Buffer.from(associatedData))
  decipher.setAuthTag(sealed.subarray(-tagBytes))
  return Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()])
}

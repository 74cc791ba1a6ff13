import { createCipheriv, createSign, createVerify, randomBytes } from 'node:crypto'
import keys from './keys.json' with { type: 'json' }

/**
 * WeChat Pay's side of its signatures and of its encryption, written from the contract alone: it shares no line with
 * the product's own code, which is pinned to the published samples.
 */

/** Whose key signs: WeChat Pay's public key, one of its platform certificates, or somebody who has no business here. */
export type Signer = 'pub' | 'old' | 'new' | 'stranger'

export type CertificateName = 'old' | 'new'

export const payKeys = keys

/** The headers under which one body travels. */
export function signedHeaders(body: string, signer: Signer, atSeconds: number): Record<string, string> {
  const nonce = randomBytes(16).toString('hex')
  const message = `${atSeconds}\n${nonce}\n${body}\n`
  return {
    'wechatpay-serial': keys[signer].serial,
    'wechatpay-timestamp': String(atSeconds),
    'wechatpay-nonce': nonce,
    'wechatpay-signature': createSign('RSA-SHA256').update(message, 'utf8').sign(keys[signer].privateKey, 'base64'),
    'wechatpay-signature-type': 'WECHATPAY2-SHA256-RSA2048',
  }
}

/** A resource as WeChat Pay seals it: AES-256-GCM under the APIv3 key, the tag behind the ciphertext. */
export function sealResource(apiV3Key: string, plaintext: string, associatedData: string) {
  const nonce = randomBytes(6).toString('hex')
  const cipher = createCipheriv('aes-256-gcm', apiV3Key, nonce)
  cipher.setAAD(Buffer.from(associatedData, 'utf8'))
  const sealed = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return {
    algorithm: 'AEAD_AES_256_GCM',
    ciphertext: sealed.toString('base64'),
    associated_data: associatedData,
    nonce,
  }
}

/** What is wrong with the Authorization of a request of the merchant's; null: nothing. Its clock is the machine's. */
export function faultOfAuthorization(
  request: { method: string; pathAndQuery: string; body: string; authorization: string },
  merchantId: string,
): string | null {
  const [type, rest = ''] = request.authorization.split(/ (.*)/s)
  if (type !== 'WECHATPAY2-SHA256-RSA2048') return 'Authorization is of another type'
  const said = Object.fromEntries([...rest.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]))
  if (said['mchid'] !== merchantId) return 'Authorization names another merchant'
  if (said['serial_no'] !== keys.merchant.serial) return 'Authorization names another certificate'
  if (Math.abs(Date.now() / 1000 - Number(said['timestamp'])) > 300) return 'Authorization is too old'
  const lines = [request.method, request.pathAndQuery, said['timestamp'], said['nonce_str'], request.body]
  const text = lines.map((line) => `${line}\n`).join('')
  return isMerchantsSignature(text, said['signature'] ?? '') ? null : 'the signature of Authorization does not fit'
}

/** Whether the merchant's own key signed this text. */
export function isMerchantsSignature(text: string, signature: string): boolean {
  return createVerify('RSA-SHA256').update(text, 'utf8').verify(keys.merchant.certificate, signature, 'base64')
}

import { MalformedEnvelope } from '../../server/domain/errors.ts'
import { openResource } from '../../server/edge/pay-seal.ts'
import { partsOf, type Fields } from '../fields.ts'

/** Signed by WeChat Pay, yet our APIv3 key does not open it: refused, so that it is sent again, and an operator is told. */
export class Undecryptable extends Error {
  readonly code = 'undecryptable'
  constructor(options?: ErrorOptions) {
    super('the resource of a signed notification could not be decrypted', options)
    this.name = 'Undecryptable'
  }
}

/**
 * The resource's plaintext; null when the envelope has none.
 * @throws MalformedEnvelope when it is encrypted in another way
 * @throws Undecryptable when key, tag or associated data do not fit
 */
export function decryptResource(envelope: Fields, apiV3Key: string): string | null {
  const resource = partsOf(envelope, 'resource')
  if (resource === null) return null
  if (rawText(resource, 'algorithm') !== 'AEAD_AES_256_GCM')
    throw new MalformedEnvelope('unknown algorithm of the resource')
  const sealed = {
    ciphertext: rawText(resource, 'ciphertext'),
    nonce: rawText(resource, 'nonce'),
    associatedData: rawText(resource, 'associated_data'),
  }
  try {
    return openResource(sealed, apiV3Key).toString('utf8')
  } catch (cause) {
    throw new Undecryptable({ cause })
  }
}

/** Untrimmed: every byte is authenticated. Missing means empty (wechat-pay.md section 1). */
function rawText(fields: Fields, name: string): string {
  const content = fields.get(name)
  return typeof content === 'string' ? content : ''
}

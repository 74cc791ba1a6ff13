import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import type { AppId } from '../server/domain/ids.ts'
import type { Problems } from './checks.ts'

/** One merchant's account with WeChat Pay. */
export interface PayConfig {
  merchantId: string
  /** The app under which payments are made; its users' openids are the payers'. */
  appId: AppId
  /** 32 bytes of ASCII. */
  apiV3Key: string
  /** WeChat Pay's public key; null for a merchant that has platform certificates only. */
  publicKey: { id: string; pem: string } | null
  /** The merchant's own key, PEM: signs what we ask. */
  privateKey: string
  /** Serial of the merchant's API certificate. */
  serialNo: string
}

const required = ['WXPAY_MCH_ID', 'WXPAY_APP_ID', 'WXPAY_API_V3_KEY', 'WXPAY_PRIVATE_KEY', 'WXPAY_SERIAL_NO']
const publicKeyPair = ['WXPAY_PUBLIC_KEY_ID', 'WXPAY_PUBLIC_KEY']

/** The WXPAY_ group: null when it is left out as a whole. The public key's pair may be absent (old merchants). */
export function payConfig(check: Problems): PayConfig | null {
  if (!check.group(required, publicKeyPair)) return null
  return {
    merchantId: check.required('WXPAY_MCH_ID', /^\d{8,10}$/, 'the merchant number, 8 to 10 digits'),
    appId: check.required('WXPAY_APP_ID', /^[A-Za-z0-9_-]{3,64}$/, 'an appid that is bound to the merchant') as AppId,
    apiV3Key: check.required('WXPAY_API_V3_KEY', /^[\x21-\x7e]{32}$/, '32 characters: the APIv3 key'),
    publicKey: check.group(publicKeyPair) ? publicKey(check) : null,
    privateKey: pem(check, 'WXPAY_PRIVATE_KEY', createPrivateKey, 'an RSA private key in PEM (apiclient_key.pem)'),
    serialNo: check.required(
      'WXPAY_SERIAL_NO',
      /^[0-9A-Fa-f]{16,40}$/,
      'the serial of the API certificate, up to 40 hex digits',
    ),
  }
}

function publicKey(check: Problems): { id: string; pem: string } {
  return {
    id: check.required('WXPAY_PUBLIC_KEY_ID', /^PUB_KEY_ID_\w{1,64}$/, 'PUB_KEY_ID_ and digits'),
    pem: pem(check, 'WXPAY_PUBLIC_KEY', createPublicKey, 'an RSA public key in PEM (pub_key.pem)'),
  }
}

/** A key's text, whose line breaks may be written as \n; it must be an RSA key. */
function pem(check: Problems, name: string, read: (text: string) => KeyObject, wanted: string): string {
  const text = check.required(name, /^-----BEGIN /, wanted).replaceAll('\\n', '\n')
  if (text.startsWith('-----BEGIN ') && !isRsa(read, text)) check.problems.push(`${name} must be ${wanted}`)
  return text
}

function isRsa(read: (text: string) => KeyObject, text: string): boolean {
  try {
    return read(text).asymmetricKeyType === 'rsa'
  } catch {
    return false // what the parser says may quote the key
  }
}

import type { CallbackKeys } from '../config/load.ts'
import { MalformedEnvelope, UntrustedCallback } from '../server/domain/errors.ts'
import { looksLikeJson } from './content.ts'
import { encryptOfUsual } from './encrypt-scan.ts'
import { isFields } from './fields.ts'
import { readJson } from './json.ts'
import { decryptMessage, requireSignature, signatureOf } from './message-crypt.ts'
import type { CallbackQuery } from './query.ts'
import { Unreadable } from './unreadable.ts'
import { scanXml } from './xml-scan.ts'

/**
 * The decrypted bytes of a sealed body. Only `Encrypt` is looked at: everything beside it is not covered by the
 * signature, `ToUserName` and compatible mode's readable copy included.
 * Source: official-account.md section 2, wecom-callback.md sections 3 and 4.
 *
 * @throws UntrustedCallback when the body is not sealed, the signature is wrong or it was sealed for another receiver
 * @throws MalformedEnvelope when the body is neither XML nor JSON, or holds what no callback holds
 */
export function openSealed(body: Uint8Array, query: CallbackQuery, keys: CallbackKeys, receiveId: string): Buffer {
  const encrypt = encryptOf(body)
  if (!encrypt) throw new UntrustedCallback('the body is not encrypted', isPlainSigned(query, keys) ? { fault: 'callback-not-encrypted' } : {})
  requireMessageSignature(query, keys, encrypt)
  return decryptMessage(keys.aesKey, encrypt, receiveId)
}

/** @throws UntrustedCallback when `msg_signature` does not cover this ciphertext */
export function requireMessageSignature(query: CallbackQuery, keys: CallbackKeys, encrypt: string): void {
  requireSignature(query.one('msg_signature'), [keys.token, query.one('timestamp'), query.one('nonce'), encrypt])
}

/** Whether the platform itself sent it, in plain mode: what a stranger sends says nothing of the console. */
function isPlainSigned(query: CallbackQuery, keys: CallbackKeys): boolean {
  const [signature, timestamp, nonce] = ['signature', 'timestamp', 'nonce'].map((name) => query.optional(name))
  return Boolean(signature && timestamp && nonce) && signature === signatureOf([keys.token, timestamp ?? '', nonce ?? ''])
}

/** Checks the three-value `signature`; it covers no body. @throws UntrustedCallback */
export function requirePlainSignature(query: CallbackQuery, keys: CallbackKeys): void {
  requireSignature(query.one('signature'), [keys.token, query.one('timestamp'), query.one('nonce')])
}

/**
 * Answer to a URL check of an Official Account, shop or mini-program: the plain echostr, in every mode.
 * Source: official-account.md section 1. @throws UntrustedCallback
 */
export function answerPlainUrlCheck(query: CallbackQuery, keys: CallbackKeys): Buffer {
  requirePlainSignature(query, keys)
  return Buffer.from(query.one('echostr'))
}

function encryptOf(body: Uint8Array): string | null {
  const usual = encryptOfUsual(body)
  if (usual !== null) return usual
  // Not fatal: a broken byte inside Encrypt is a wrong signature, elsewhere it is nothing that we use.
  const text = new TextDecoder().decode(body)
  try {
    return looksLikeJson(text) ? jsonEncrypt(text) : xmlEncrypt(text)
  } catch (cause) {
    if (cause instanceof Unreadable) throw new MalformedEnvelope(cause.reason, { cause })
    throw cause
  }
}

function xmlEncrypt(text: string): string | null {
  const found = scanXml(text).filter((field) => field.name === 'Encrypt')
  if (found.length > 1) throw new Unreadable('more than one Encrypt')
  return found[0]?.text ?? null
}

function jsonEncrypt(text: string): string | null {
  const content = readJson(text)
  const encrypt = isFields(content) ? content.get('Encrypt') : undefined
  return typeof encrypt === 'string' ? encrypt : null
}

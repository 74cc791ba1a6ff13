import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UntrustedCallback } from '../../server/domain/errors.ts'
import { decryptMessage, requireSignature, signatureOf } from '../../webhooks/message-crypt.ts'
import { vectors, type Vector } from './fixture.ts'
import { encrypt, encryptRaw, sha1OfSorted } from './seal.ts'

const account = vectors('official-account').vectors
const crypto = vectors('callback-crypto')
const all = [...crypto.vectors, ...crypto.derived]
const byId = new Map(all.map((vector) => [vector.id, vector]))
const ofKind = (list: Vector[], ...kinds: string[]) => list.filter((vector) => kinds.includes(vector.kind))
const four = (v: Vector) => [v.token, v.timestamp, v.nonce, v.ciphertext]
const block = (...tail: number[]) => Buffer.concat([randomBytes(64 - tail.length), Buffer.from(tail)])
const key = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'

describe('A1 A2 published signatures', () => {
  test.each(ofKind([...account, ...crypto.vectors], 'oa.signature', 'signature3'))('$id', (v) => {
    expect(signatureOf([v.token, v.timestamp, v.nonce])).toBe(v.signature)
    expect(sha1OfSorted(v.token, v.timestamp, v.nonce)).toBe(v.signature)
  })

  test.each(ofKind(all, 'message', 'echostr', 'signature'))('$id', (v) => {
    expect(signatureOf(four(v))).toBe(v.signature)
    expect(sha1OfSorted(...four(v))).toBe(v.signature)
  })

  test.each(ofKind(account, 'oa.msg_signature'))('$id', (v) => {
    expect(signatureOf([v.token, v.timestamp, v.nonce, v.encrypt])).toBe(v.msgSignature)
  })

  test.each(ofKind(all, 'message', 'echostr'))('any changed byte is refused: $id', (v) => {
    requireSignature(v.signature, four(v))
    for (const index of [0, 1, 2, 3]) {
      const changed = four(v).map((value, at) => (at === index ? `${value.slice(0, -1)}~` : value))
      expect(() => requireSignature(v.signature, changed)).toThrow(UntrustedCallback)
    }
    expect(() => requireSignature(v.signature.toUpperCase(), four(v))).toThrow('wrong signature')
    expect(() => requireSignature('', four(v))).toThrow('wrong signature')
  })
})

describe('A1 A2 published ciphertexts', () => {
  const sealedOnes = ofKind(all, 'message', 'echostr', 'reply')

  test.each(sealedOnes)('opens and is sealed alike: $id', (v) => {
    expect(decryptMessage(v.encodingAESKey, v.ciphertext, v.receiveId).toString()).toBe(v.plaintext)
    expect(encrypt(v.encodingAESKey, v.plaintext, v.receiveId, Buffer.from(v.random))).toBe(v.ciphertext)
  })

  test.each(sealedOnes)('meant for somebody else: $id', (v) => {
    const openFor = (receiver: string) => () => decryptMessage(v.encodingAESKey, v.ciphertext, receiver)
    expect(openFor('wwffffffffffffffff')).toThrow('sealed for another receiver')
    expect(openFor(`${v.receiveId}x`)).toThrow(UntrustedCallback)
  })

  test.each(ofKind(account, 'oa.secure.receive'))('$id', (v) => {
    const cipher = (JSON.parse(v.body) as { Encrypt: string }).Encrypt
    const { timestamp = '', nonce = '', msg_signature: signature = '' } = v.query
    requireSignature(signature, [v.token, timestamp, nonce, cipher])
    expect(decryptMessage(v.encodingAESKey, cipher, v.appid).toString()).toBe(v.expect.plaintext)
  })

  test.each(ofKind(account, 'oa.secure.reply', 'oa.encrypt'))('sealed as published: $id', (v) => {
    expect(encrypt(v.encodingAESKey, v.plaintext, v.appid, Buffer.from(v.random))).toBe(v.expect.encrypt)
    expect(decryptMessage(v.encodingAESKey, v.expect.encrypt, v.appid).toString()).toBe(v.plaintext)
  })

  test.each(crypto.negative)('negative case $id', (v) => {
    const base = byId.get(v.basedOn)
    if (!base) throw new Error(`unknown base ${v.basedOn}`)
    const asSent = v.ciphertext ?? base.ciphertext
    const cipher = v.id === 'neg-echostr-plus-as-space' ? asSent.replaceAll('+', ' ') : asSent
    const receiver = 'expectedReceiveId' in v ? String(v.expectedReceiveId) : base.receiveId
    const open = () => {
      requireSignature(v.signature ?? base.signature, [base.token, base.timestamp, base.nonce, cipher])
      return decryptMessage(base.encodingAESKey, cipher, receiver)
    }
    expect(open).toThrow(UntrustedCallback)
  })
})

describe('A1 A2 whatever is sealed opens; whatever is changed does not', () => {
  test('round trip of any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(new Uint8Array(decryptMessage(key, encrypt(key, bytes, 'wxME'), 'wxME'))).toEqual(bytes)
      }),
    )
  })

  test('a changed ciphertext never opens to another message under its signature', () => {
    const cipher = encrypt(key, 'hello, this is a message of some length', 'wxME')
    const signature = sha1OfSorted('t', '1', '2', cipher)
    fc.assert(
      fc.property(fc.nat(cipher.length - 1), fc.integer({ min: 1, max: 127 }), (at, flip) => {
        const changed = cipher.slice(0, at) + String.fromCharCode(cipher.charCodeAt(at) ^ flip) + cipher.slice(at + 1)
        expect(() => requireSignature(signature, ['t', '1', '2', changed])).toThrow(UntrustedCallback)
      }),
    )
  })

  test('arbitrary text as ciphertext is refused, never a crash', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String({ maxLength: 400 })), (text) => {
        expect(() => decryptMessage(key, text, 'wxME')).toThrow(UntrustedCallback)
      }),
    )
  })

  test.each([
    ['a pad of 0', block(0), 'wrong padding'],
    ['a pad over 32', block(33), 'wrong padding'],
    ['a pad whose bytes differ', block(4, 3, 4, 4), 'wrong padding'],
    ['nothing but padding', Buffer.alloc(32, 32), 'too short'],
    ['a length past the end', Buffer.concat([Buffer.alloc(16), Buffer.alloc(4, 255), Buffer.alloc(12, 12)]), 'length'],
  ])('%s', (_, bytes, reason) => {
    expect(() => decryptMessage(key, encryptRaw(key, bytes), 'wxME')).toThrow(reason)
  })

  test('a ciphertext that is no multiple of the padding block', () => {
    const half = Buffer.concat([Buffer.alloc(16), Buffer.alloc(16, 16), Buffer.alloc(16, 16)])
    expect(() => decryptMessage(key, encryptRaw(key, half), '')).toThrow('not a ciphertext')
  })
})

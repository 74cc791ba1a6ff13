import { createSign, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { MalformedCallback, UntrustedCallback } from '../../server/domain/errors.ts'
import { isSigned, openResource } from '../../server/edge/pay-seal.ts'
import { decryptResource, Undecryptable } from '../../webhooks/wechat-pay/decrypt.ts'
import { noticeDelivery, paymentKey, queriedDelivery } from '../../webhooks/wechat-pay/delivery.ts'
import { parsePay } from '../../webhooks/wechat-pay/parse.ts'
import { verifyNotice } from '../../webhooks/wechat-pay/verify.ts'
import { readContent } from '../../webhooks/content.ts'
import { payKeys } from '../fake-tencent/pay/crypto.ts'
import vectors from '../fixtures/vectors/wechat-pay.json' with { type: 'json' }

interface Vector {
  id: string
  kind: string
  apiV3Key: string
  nonce: string
  associated_data: string
  ciphertext: string
  expect: { plaintext: string }
  message: string
  signature: string
  publicKeyPem?: string
  certificatePem?: string
  platformCertificatePem: string
  headers: Record<string, string>
  body: string
  verifyAt: number
}

const all = vectors.vectors as unknown as readonly Vector[]
const ofKind = (kind: string) =>
  all.filter((vector) => vector.kind === kind).map((vector) => [vector.id, vector] as const)
const spki = (certificate: string) =>
  new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'pem' }).toString()

describe('A4: the published vectors', () => {
  test.each(ofKind('pay.aesgcm.decrypt'))('%s opens, and nothing of it may be changed', (_, vector) => {
    const { ciphertext, nonce, associated_data: associatedData, apiV3Key } = vector
    const sealed = { ciphertext, nonce, associatedData }
    expect(openResource(sealed, apiV3Key).toString()).toBe(vector.expect.plaintext)
    const bytes = Buffer.from(ciphertext, 'base64')
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(() => openResource({ ...sealed, ciphertext: changed.toString('base64') }, apiV3Key)).toThrow(
        /authenticate/,
      )
    }
    expect(() => openResource({ ...sealed, associatedData: `${associatedData}x` }, apiV3Key)).toThrow(/authenticate/)
    expect(() => openResource({ ...sealed, nonce: nonce.replace(/.$/, 'z') }, apiV3Key)).toThrow(/authenticate/)
    expect(() => openResource({ ...sealed, ciphertext: bytes.subarray(0, 12).toString('base64') }, apiV3Key)).toThrow(
      /tag/,
    )
  })

  test.each(ofKind('pay.rsa.verify'))('%s is signed; another message, key or a probe is not', (_, vector) => {
    const key = vector.publicKeyPem ?? spki(vector.certificatePem ?? '')
    const { message, signature } = vector
    const { createVerify } = process.getBuiltinModule('node:crypto')
    const verifies = (text: string) => createVerify('RSA-SHA256').update(text).verify(key, signature, 'base64')
    // The sample signs a bare text, which ours never does: key and algorithm are what it pins down.
    expect(verifies(message)).toBe(true)
    const parts = { timestamp: '1', nonce: 'n', body: Buffer.from(message), signature }
    expect(isSigned(parts, key)).toBe(false)
    const own = createSign('RSA-SHA256').update(`1\nn\n${message}\n`).sign(payKeys.pub.privateKey, 'base64')
    expect(isSigned({ ...parts, signature: own }, payKeys.pub.publicKey)).toBe(true)
    expect(isSigned({ ...parts, signature: own }, key)).toBe(false)
    expect(isSigned({ ...parts, signature: `WECHATPAY/SIGNTEST/${own}` }, payKeys.pub.publicKey)).toBe(false)
  })

  test.each(ofKind('pay.notify.full'))('%s is trusted as it came, and opens', (_, vector) => {
    const header = (headers: Record<string, string>) => (name: string) =>
      Object.entries(headers).find(([one]) => one.toLowerCase() === name)?.[1] ?? ''
    const key = spki(vector.platformCertificatePem)
    const keys = { find: (serial: string) => (serial === vector.headers['Wechatpay-Serial'] ? key : null) }
    const body = Buffer.from(vector.body)
    const at = (seconds: number) => new Date((vector.verifyAt + seconds) * 1000)
    const check =
      (bytes: Uint8Array, now: Date, headers = vector.headers) =>
      () =>
        verifyNotice(header(headers), bytes, keys, now)

    expect(check(body, at(0))).not.toThrow()
    expect(check(body, at(299))).not.toThrow()
    expect(decryptResource(readContent(body), vector.apiV3Key)).toBe(vector.expect.plaintext)
    for (const late of [300, -300, 301]) expect(check(body, at(late))).toThrow(UntrustedCallback)
    expect(check(Buffer.from(JSON.stringify(JSON.parse(vector.body), null, 2)), at(0))).toThrow(UntrustedCallback)
    const named = (change: Record<string, string>) => ({ ...vector.headers, ...change })
    expect(check(body, at(0), named({ 'Wechatpay-Serial': 'D7CE59D1F522D702' }))).toThrow(UntrustedCallback)
    expect(check(body, at(0), named({ 'Wechatpay-Nonce': '' }))).toThrow(UntrustedCallback)
    expect(() => decryptResource(readContent(body), 'testMchAPIv3Key1')).toThrow(Undecryptable)
  })
})

describe('A4: what a notification tells', () => {
  const receivedAt = new Date('2026-01-01T02:00:06Z')
  const fixture = (name: string) =>
    readFileSync(new URL(`../fixtures/wechat-pay/${name}.json`, import.meta.url), 'utf8')
  const told = (eventType: string, plaintext: string) => {
    const envelope = new Map([
      ['id', 'EV-1'],
      ['event_type', eventType],
      ['create_time', '2026-01-01T10:00:06+08:00'],
    ])
    return noticeDelivery({ merchantId: '1900000001', envelope, plaintext, body: Buffer.from(''), receivedAt })
  }
  const payer = { kind: 'openid', appId: 'wx0000000000000001', openId: 'oExampleOpenid' }
  const paidAt = new Date('2026-01-01T02:00:05Z')

  test.each([
    ['transaction-success', [['T20260101000001', '4200000000202601010000000001', 12_900]]],
    ['service-provider', [['T20260101000004', '4200000000202601010000000004', 5000]]],
    [
      'combined',
      [
        ['T20260101000002', '4200000000202601010000000002', 900],
        ['T20260101000003', '4200000000202601010000000003', 100],
      ],
    ],
  ] as const)('%s: who paid what, under which numbers', (name, expected) => {
    const facts = parsePay(told('TRANSACTION.SUCCESS', fixture(name)))
    const events = facts.map((fact) => (fact.about === 'customer' ? fact.event : null))
    const wanted = expected.map(([orderNo, transactionId, amount]) =>
      expect.objectContaining({
        kind: 'paid',
        orderNo,
        transactionId,
        amount,
        who: payer,
        source: 'wechat-pay',
        items: [],
      }),
    )
    expect(events).toEqual(wanted)
    for (const event of events) expect(Math.floor((event?.at.getTime() ?? 0) / 1000)).toBe(paidAt.getTime() / 1000)
  })

  test('B2: notification and answer to our question are one delivery and one event; a refund is one per state', () => {
    const text = fixture('transaction-success')
    const [notified, asked] = [told('TRANSACTION.SUCCESS', text), queriedDelivery('1900000001', text, receivedAt)]
    expect(asked.key).toBe(notified.key)
    expect(parsePay(asked)).toEqual(parsePay(notified))
    expect(notified.key).toBe(paymentKey('4200000000202601010000000001'))
    const [done, failed] = [
      told('REFUND.SUCCESS', fixture('refund-success')),
      told('REFUND.ABNORMAL', fixture('refund-abnormal')),
    ]
    expect(done.key).not.toBe(failed.key)
    expect(parsePay(done)).toMatchObject([
      { about: 'refund', refund: { kind: 'refunded', amount: 12_900, at: new Date('2026-01-02T01:00:00Z') } },
    ])
    expect(parsePay(failed)).toMatchObject([
      { about: 'refund', refund: { kind: 'refund-failed', at: new Date('2026-01-01T02:00:06Z') } },
    ])
    const [payment] = parsePay(notified)
    const [refund] = parsePay(done)
    const paymentEvent = payment?.about === 'customer' ? payment.event.key : ''
    expect(refund?.about === 'refund' && refund.refund.paymentKey).toBe(paymentEvent)
  })

  const success = JSON.parse(fixture('transaction-success')) as Record<string, unknown>
  const wrong: readonly [string, object][] = [
    ['no number of its own', { out_trade_no: undefined }],
    ['a number that is none', { transaction_id: 'x y' }],
    ['no amount', { amount: undefined }],
    ['half a fen', { amount: { total: 1.5 } }],
    ['dollars', { amount: { total: 1, currency: 'USD' } }],
    ['no time', { success_time: '20180225112233' }],
  ]
  test.each(wrong)('B4: %s cannot be read: set aside', (_, change) => {
    expect(() => parsePay(told('TRANSACTION.SUCCESS', JSON.stringify({ ...success, ...change })))).toThrow(
      MalformedCallback,
    )
  })

  test('what is not paid, or names nobody, is of no use', () => {
    const nothing = (change: object) => parsePay(told('TRANSACTION.SUCCESS', JSON.stringify({ ...success, ...change })))
    expect(nothing({ trade_state: 'CLOSED' })).toEqual([{ about: 'nothing', reason: 'TRANSACTION.CLOSED' }])
    expect(nothing({ payer: undefined })).toEqual([{ about: 'nothing', reason: 'TRANSACTION.nobody' }])
    expect(parsePay(told('PAYSCORE.USER_PAID', '{}'))).toEqual([{ about: 'nothing', reason: 'PAYSCORE.USER_PAID' }])
  })
})

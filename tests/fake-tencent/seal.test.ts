import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { encrypt, sign } from './seal.ts'
import { toJson, toXml } from './wire-text.ts'

interface Sample {
  id: string
  kind: string
  token?: string
  encodingAESKey?: string
  receiveId?: string
  timestamp?: string
  nonce?: string
  random?: string
  signature?: string
  ciphertext?: string
  plaintext?: string
}

/** Samples published with Tencent's crypto manual and its SDKs; each names its source in the file. */
const samples = JSON.parse(readFileSync(new URL('samples.json', import.meta.url), 'utf8')) as Sample[]
const sealed = samples.filter((one) => one.encodingAESKey !== undefined)
const signed = samples.filter((one) => one.token !== undefined && one.signature !== undefined)

test.each(sealed)('A1 A2: the stand-in seals the published sample $id to the same bytes', (sample) => {
  const random = Buffer.from(sample.random ?? '')
  const text = encrypt(sample.encodingAESKey ?? '', sample.plaintext ?? '', sample.receiveId ?? '', random)
  expect(text).toBe(sample.ciphertext)
})

test.each(signed)('A1 A2: the stand-in signs the published sample $id to the same signature', (sample) => {
  const parts = [sample.token, sample.timestamp, sample.nonce, sample.ciphertext]
  expect(sign(parts.filter((part) => part !== undefined))).toBe(sample.signature)
})

test('A3: 64-bit ids stay whole in XML and JSON, and CDATA cannot be broken out of', () => {
  const fields = { order_info: { order_id: 3_700_000_000_000_000_001n }, note: 'a]]>b' }
  expect(toJson(fields)).toBe('{"order_info":{"order_id":3700000000000000001},"note":"a]]>b"}')
  expect(toXml(fields)).toBe(
    '<xml><order_info><order_id>3700000000000000001</order_id></order_info><note><![CDATA[a]]]]><![CDATA[>b]]></note></xml>',
  )
})

test('the stand-in shares no code with the product: it imports types alone from outside its folder', () => {
  const folder = new URL('.', import.meta.url)
  const files = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.ts'))
  const foreign = files.flatMap((name) => {
    const lines = readFileSync(new URL(name, folder), 'utf8').split('\n')
    return lines.filter(
      (line) => /from '(\.\.\/)+(server|webhooks|config|sidebar)/.test(line) && !line.startsWith('import type'),
    )
  })
  expect(files.length).toBeGreaterThan(20)
  expect(foreign).toEqual([])
})

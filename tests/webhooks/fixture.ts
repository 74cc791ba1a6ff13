import { readdirSync, readFileSync } from 'node:fs'
import type { ChannelName, Delivery } from '../../server/ports/inbox.ts'

const folder = new URL('../fixtures/', import.meta.url)

/** What the placeholders stand for unless a test says otherwise. */
export const usual = {
  openid: 'oUser',
  corpId: 'ww0123456789abcdef',
  time: '1767225600',
  msgId: '24500000000000001',
  orderId: '3700000000000000001',
}

/** A whole payload, `channel/name.xml`, with its placeholders filled. */
export function fixture(path: string, values: Partial<typeof usual> = {}): string {
  const filled: Record<string, string> = { ...usual, ...values }
  return readFileSync(new URL(path, folder), 'utf8').replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = filled[name]
    if (value === undefined) throw new Error(`${path} has an unknown placeholder ${name}`)
    return value
  })
}

/** Every payload of one folder, without its README. */
export function fixtureNames(channel: string): string[] {
  return readdirSync(new URL(`${channel}/`, folder))
    .filter((name) => !name.endsWith('.md'))
    .map((name) => `${channel}/${name}`)
}

/** A payload as the inbox holds it. */
export function deliveryOf(channel: ChannelName, content: string | Uint8Array, account = 'wxACCOUNT'): Delivery {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  return { channel, account, key: 'k1', bytes, receivedAt: new Date('2026-01-01T00:00:01Z') }
}

export function vectors(name: string): VectorFile {
  return JSON.parse(readFileSync(new URL(`vectors/${name}.json`, folder), 'utf8'))
}

/** The parts of a published vector that these tests use. */
export interface Vector {
  id: string
  kind: string
  product: string
  token: string
  encodingAESKey: string
  receiveId: string
  appid: string
  timestamp: string
  nonce: string
  random: string
  signature: string
  msgSignature: string
  echostr: string
  encrypt: string
  ciphertext: string
  plaintext: string
  body: string
  query: Record<string, string>
  expect: { plaintext: string; appid: string; encrypt: string; msgSignature: string }
  basedOn: string
}

interface VectorFile {
  vectors: Vector[]
  derived: Vector[]
  negative: Vector[]
}

import { readFileSync } from 'node:fs'
import { receiverOf, type Channel } from '../fake-tencent/post.ts'
import { encrypt, newNonce, sign } from '../fake-tencent/seal.ts'
import type { TestBrand } from './open-brand.ts'

const folder = new URL('../fixtures/', import.meta.url)

/** A whole payload with its placeholders filled and, word by word, other ids in the place of the sample's. */
export function payload(path: string, values: Readonly<Record<string, string>>, instead: Readonly<Record<string, string>> = {}): string {
  const text = readFileSync(new URL(path, folder), 'utf8').replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`${path} has a placeholder ${name}`)
    return value
  })
  return Object.entries(instead).reduce((filled, [from, to]) => {
    if (!filled.includes(from)) throw new Error(`${path} does not have ${from}`)
    return filled.replaceAll(from, to)
  }, text)
}

/** Seals a payload as it stands in secure mode, anew each time, and posts it; the HTTP status. */
export async function postPayload(brand: TestBrand, channel: Channel, content: string): Promise<number> {
  const { keys, path, receiveId, toUserName } = receiverOf(brand.tencent.brand, channel)
  const head = { timestamp: String(Math.floor(brand.clock.now().getTime() / 1000)), nonce: newNonce() }
  const cipher = encrypt(keys.aesKey, content, receiveId)
  const query = new URLSearchParams({ ...head, msg_signature: sign([keys.token, head.timestamp, head.nonce, cipher]) })
  if (channel !== 'wecom') {
    query.set('signature', sign([keys.token, head.timestamp, head.nonce]))
    query.set('encrypt_type', 'aes')
  }
  const isJson = content.startsWith('{')
  const body = isJson
    ? JSON.stringify({ ToUserName: toUserName, Encrypt: cipher })
    : `<xml><ToUserName><![CDATA[${toUserName}]]></ToUserName><Encrypt><![CDATA[${cipher}]]></Encrypt></xml>`
  const response = await fetch(`${brand.url}${path}?${query.toString()}`, {
    method: 'POST',
    headers: { 'content-type': isJson ? 'application/json' : 'text/xml', 'user-agent': 'Mozilla/4.0' },
    body,
  })
  return response.status
}

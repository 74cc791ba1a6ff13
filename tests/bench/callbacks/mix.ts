import { closeSync, openSync, writeSync } from 'node:fs'
import { mira } from '../../fake-tencent/brand.ts'
import { receiverOf, type Channel } from '../../fake-tencent/post.ts'
import { encrypt, newNonce, sign } from '../../fake-tencent/seal.ts'
import { fixture } from '../../webhooks/fixture.ts'

/** One account that callbacks are sealed for, as a floor needs it. */
export interface Account {
  path: string
  token: string
  aesKey: string
  receiveId: string
}

const channels: readonly Channel[] = ['official-account', 'wechat-shop', 'wecom']

/** The accounts of the stand-in's brand. */
export const accounts: readonly Account[] = channels.map((channel) => {
  const { path, keys, receiveId } = receiverOf(mira, channel)
  return { path, ...keys, receiveId }
})

/** People who tap; each of the other kinds has a person, an order or a contact of its own. */
const tappers = 10_000
/** 2026-11-25, in seconds; every callback has its own second, so that no two are one. */
const firstSecond = 1_795_600_000

/** The i-th callback's channel and decrypted content: 40 VIEW, 20 text, 15 subscribe, 15 order_pay, 10 contact of 100. */
function contentOf(index: number): { channel: Channel; content: string } {
  const [kind, time] = [index % 20, String(firstSecond + index)]
  const openid = `oBench${String(index % tappers).padStart(22, '0')}`
  if (kind < 8) return { channel: 'official-account', content: fixture('official-account/view.xml', { openid, time }) }
  if (kind < 12) return { channel: 'official-account', content: fixture('official-account/text.xml', { openid, time, msgId: String(24_500_000_000_000_000n + BigInt(index)) }) }
  if (kind < 15) return { channel: 'official-account', content: fixture('official-account/subscribe-scene.xml', { openid: `oNew${String(index).padStart(24, '0')}`, time }) }
  if (kind < 18) return { channel: 'wechat-shop', content: fixture('wechat-shop/order-pay.xml', { time, orderId: String(3_700_000_000_000_000_000n + BigInt(index)) }) }
  const corpId = mira.corpId
  return { channel: 'wecom', content: fixture('wecom/edit-external-contact.xml', { corpId, time }).replace('wmCUSTOMER0001', `wmBENCH${index}`) }
}

/** A whole request as it goes over the wire, sealed as Tencent seals in secure mode. */
function requestOf(index: number): Buffer {
  const { channel, content } = contentOf(index)
  const { path, keys, receiveId, toUserName } = receiverOf(mira, channel)
  const sealed = encrypt(keys.aesKey, content, receiveId)
  const [timestamp, nonce] = [String(firstSecond + index), newNonce()]
  // WeCom's own requests have neither signature nor encrypt_type; the peer insists on them, all others look past them.
  const query = new URLSearchParams({
    signature: sign([keys.token, timestamp, nonce]),
    timestamp,
    nonce,
    encrypt_type: 'aes',
    msg_signature: sign([keys.token, timestamp, nonce, sealed]),
  })
  const body = `<xml><ToUserName><![CDATA[${toUserName}]]></ToUserName><Encrypt><![CDATA[${sealed}]]></Encrypt></xml>`
  const head = [
    `POST ${path}?${query.toString()} HTTP/1.1`,
    'Host: 127.0.0.1',
    'User-Agent: Mozilla/4.0',
    'Accept: */*',
    'Content-Type: text/xml',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
}

/** Writes `count` distinct requests, each after its length; a load process reads them as one piece of memory. */
export function prepareRequests(path: string, count: number): void {
  const file = openSync(path, 'w')
  const batch: Buffer[] = []
  for (let index = 0; index < count; index += 1) {
    const request = requestOf(index)
    const length = Buffer.alloc(4)
    length.writeUInt32LE(request.length)
    batch.push(length, request)
    if (batch.length >= 2_000 || index === count - 1) writeSync(file, Buffer.concat(batch.splice(0)))
  }
  closeSync(file)
}

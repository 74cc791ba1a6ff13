import type { Brand, CallbackMode, Keys } from './brand.ts'
import { encrypt, newNonce, sign } from './seal.ts'
import { toJson, toXml, type Fields } from './wire-text.ts'

export type Channel = 'official-account' | 'wecom' | 'wechat-shop' | 'mini-program'

/** How one callback is delivered. */
export interface Delivering {
  /** How often Tencent sends it (resends are sealed anew over the same content). Default 1; 0 keeps it back. */
  deliveries?: number
  /** Default: JSON for the shop and the mini-program, XML for the others. WeCom has XML only. */
  format?: 'xml' | 'json'
  /** Official Account only; default: the brand's. */
  mode?: CallbackMode
  /** Something that must be refused. */
  forged?: 'signature' | 'flipped-byte' | 'foreign-receiver' | 'unsigned'
}

/** One callback as the demo shows it. */
export interface Posted {
  channel: Channel | 'wechat-pay'
  /** Decrypted content, exactly as sealed. */
  content: string
  /** What it is: `subscribe`, `add_external_contact`, `text` … */
  what: string
  /** 0: no answer within five seconds, or no connection. */
  status: number
  /** What the product answered, at most 200 characters. */
  answer: string
  ms: number
}

interface Receiver {
  path: string
  keys: Keys
  receiveId: string
  toUserName: string
}

/** @param account appid or corpid */
export function receiverOf(brand: Brand, channel: Channel): Receiver {
  const app = { 'official-account': brand.account, 'wechat-shop': brand.shop, 'mini-program': brand.miniProgram }
  if (channel === 'wecom') {
    return {
      path: `/webhooks/wecom/${brand.corpId}`,
      keys: brand.weComKeys,
      receiveId: brand.corpId,
      toUserName: brand.corpId,
    }
  }
  const { appId, keys, ghId } = app[channel]
  return { path: `/webhooks/${channel}/${appId}`, keys, receiveId: appId, toUserName: ghId }
}

interface Envelope {
  query: URLSearchParams
  body: string
  type: string
}

/** Seals one content for one channel as Tencent would (or wrongly, if `forged`). */
export function seal(brand: Brand, channel: Channel, fields: Fields, options: Delivering, atSeconds: number): Envelope {
  const receiver = receiverOf(brand, channel)
  const json = formatOf(channel, options) === 'json'
  const print = json ? toJson : toXml
  const type = json ? 'application/json' : 'text/xml'
  const mode = channel === 'official-account' ? (options.mode ?? brand.account.mode) : 'secure'
  const { token, aesKey } = receiver.keys
  const head = { timestamp: String(atSeconds), nonce: newNonce() }
  const query = new URLSearchParams(head)
  const right = sign([token, head.timestamp, head.nonce])
  const wrong = (text: string) => (options.forged === 'signature' ? [...text].toReversed().join('') : text)

  if (mode === 'plain') {
    if (options.forged !== 'unsigned') query.set('signature', wrong(right))
    return { query, body: print(fields), type }
  }
  const receiveId = options.forged === 'foreign-receiver' ? 'wxsomebodyelse000' : receiver.receiveId
  const honest = encrypt(aesKey, print(fields), receiveId)
  const sealed = options.forged === 'flipped-byte' ? flipped(honest) : honest
  if (options.forged !== 'unsigned')
    query.set('msg_signature', wrong(sign([token, head.timestamp, head.nonce, honest])))
  if (channel !== 'wecom') {
    query.set('signature', right)
    query.set('encrypt_type', 'aes')
    query.set('openid', String(fields['FromUserName']))
  }
  const outer = { ToUserName: receiver.toUserName, ...agentOf(brand, channel), Encrypt: sealed }
  return { query, body: print(mode === 'compatible' ? { ...fields, Encrypt: sealed } : outer), type }
}

function formatOf(channel: Channel, { format }: Delivering): 'xml' | 'json' {
  if (channel === 'wecom') return 'xml'
  return format ?? (channel === 'official-account' ? 'xml' : 'json')
}

function agentOf(brand: Brand, channel: Channel): Fields {
  return channel === 'wecom' ? { AgentID: String(brand.agentId) } : {}
}

/** The same text with one letter changed, and the old signature. */
function flipped(text: string): string {
  const at = 30
  return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)
}

/** Posts one envelope; Tencent waits five seconds. */
export async function post(url: string, { query, body, type }: Envelope): Promise<{ status: number; answer: string }> {
  try {
    const response = await fetch(`${url}?${query.toString()}`, {
      method: 'POST',
      headers: { 'content-type': type, 'user-agent': 'Mozilla/4.0' },
      body,
      signal: AbortSignal.timeout(5_000),
    })
    return { status: response.status, answer: (await response.text()).slice(0, 200) }
  } catch (error) {
    return { status: 0, answer: error instanceof Error ? error.name : 'failed' }
  }
}

/** What a content is, in one word of its own. */
export function whatOf(fields: Fields): string {
  return String(fields['ChangeType'] ?? fields['Event'] ?? fields['MsgType'] ?? '')
}

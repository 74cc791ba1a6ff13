import { keys, type SealedChannel } from './edge.ts'
import { encrypt, sha1OfSorted } from './seal.ts'

const timestamp = '1767225600'
const nonce = '486452656'

export type Format = 'xml' | 'json'
export interface Letter {
  path: string
  body: string
}
export interface Sealing {
  token?: string
  aesKey?: string
  receiver?: string
  format?: Format
  /** Readable fields beside Encrypt, as compatible mode sends them. */
  copy?: string
  /** The ciphertext itself, when a test made its own. */
  cipher?: string
}

/** A POST as Tencent sends it in secure mode, or with `copy` in compatible mode. */
export function sealed(channel: SealedChannel, message: string, how: Sealing = {}): Letter {
  const own = keys[channel]
  const token = how.token ?? own.token
  const cipher = how.cipher ?? encrypt(how.aesKey ?? own.aesKey, message, how.receiver ?? own.account)
  const query = new URLSearchParams({
    ...(channel !== 'wecom' && { ...threeValued(token), openid: 'oUser', encrypt_type: 'aes' }),
    timestamp,
    nonce,
    msg_signature: sha1OfSorted(token, timestamp, nonce, cipher),
  })
  return { path: `${pathOf(channel)}?${query}`, body: envelope(cipher, how.format ?? formatOf(message), how.copy) }
}

/** A POST as Tencent sends it in plain mode: the three-value signature covers no body. */
export function plain(channel: SealedChannel, body: string, token: string = keys[channel].token): Letter {
  const query = new URLSearchParams({ ...threeValued(token), timestamp, nonce, openid: 'oUser' })
  return { path: `${pathOf(channel)}?${query}`, body }
}

/** The URL check of an Official Account, shop or mini-program. */
export function plainUrlCheck(channel: SealedChannel, echostr: string, token: string = keys[channel].token): string {
  const query = new URLSearchParams({ ...threeValued(token), timestamp, nonce, echostr })
  return `${pathOf(channel)}?${query}`
}

/** WeCom's URL check: the echostr is a ciphertext. */
export function weComUrlCheck(echostr: string, how: Sealing = {}): string {
  const token = how.token ?? keys.wecom.token
  const cipher = how.cipher ?? encrypt(keys.wecom.aesKey, echostr, how.receiver ?? keys.wecom.account)
  const query = new URLSearchParams({
    msg_signature: sha1OfSorted(token, timestamp, nonce, cipher),
    timestamp,
    nonce,
    echostr: cipher,
  })
  return `${pathOf('wecom')}?${query}`
}

export function pathOf(channel: SealedChannel): string {
  return `/webhooks/${channel}/${keys[channel].account}`
}

/** The query of a path, decoded. */
export function queryOf(path: string): URLSearchParams {
  return new URLSearchParams(path.split('?')[1])
}

/** The same path with one query value changed or, with null, left out. */
export function withQuery(path: string, name: string, value: string | null): string {
  const query = queryOf(path)
  if (value === null) query.delete(name)
  else query.set(name, value)
  return `${path.split('?')[0]}?${query}`
}

function envelope(cipher: string, format: Format, copy?: string): string {
  if (format === 'json') {
    const fields = JSON.parse(copy ?? '{"ToUserName":"gh_acc"}') as object
    return JSON.stringify({ ...fields, Encrypt: cipher })
  }
  const readable = copy?.replace(/^<xml>|<\/xml>$/g, '') ?? '<ToUserName><![CDATA[gh_acc]]></ToUserName>'
  return `<xml>${readable}<Encrypt><![CDATA[${cipher}]]></Encrypt></xml>`
}

function threeValued(token: string): { signature: string } {
  return { signature: sha1OfSorted(token, timestamp, nonce) }
}

function formatOf(message: string): Format {
  return message.startsWith('{') ? 'json' : 'xml'
}

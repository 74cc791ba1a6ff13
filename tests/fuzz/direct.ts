import { readFileSync } from 'node:fs'
import { loadInbound } from '../../config/inbound-file.ts'
import { parsePath } from '../../config/inbound-path.ts'
import { BadRequest, MalformedEnvelope, UntrustedCallback } from '../../server/domain/errors.ts'
import type { AppId, OpenId } from '../../server/domain/ids.ts'
import { verifyWebhook, webhookSignature } from '../../server/edge/webhook-signature.ts'
import { signerFor } from '../../server/edge/signed.ts'
import type { ChannelName, Delivery } from '../../server/ports/inbox.ts'
import { checkBatch } from '../../webhooks/beacon/check-batch.ts'
import { beaconDelivery } from '../../webhooks/beacon/deliveries.ts'
import type { Channel } from '../../webhooks/channel.ts'
import { deliveryKey } from '../../webhooks/delivery-key.ts'
import { readBytes } from '../../webhooks/inbound/read-bytes.ts'
import { contentJson } from '../../webhooks/inbound/redact.ts'
import { openSources } from '../../webhooks/inbound/sources.ts'
import { jsonOf } from '../../webhooks/json-answers.ts'
import { renderArticle } from '../../webhooks/links/markdown.ts'
import { miniProgramChannel } from '../../webhooks/mini-program/channel.ts'
import { officialAccountChannel } from '../../webhooks/official-account/channel.ts'
import { callbackQuery } from '../../webhooks/query.ts'
import { deliveryReader } from '../../webhooks/read.ts'
import { Unreadable } from '../../webhooks/unreadable.ts'
import { queriedDelivery } from '../../webhooks/wechat-pay/delivery.ts'
import { shopChannel } from '../../webhooks/wechat-shop/channel.ts'
import { weComChannel } from '../../webhooks/wecom/channel.ts'
import { z } from 'zod'
import { inboundEnv } from '../support/connector.ts'
import { callbackConfig, keys, type SealedChannel } from '../webhooks/edge.ts'
import { fixture, fixtureNames } from '../webhooks/fixture.ts'
import { encrypt, encryptRaw, sha1OfSorted } from '../webhooks/seal.ts'
import { Broken, factsOf, requireStorable } from './facts.ts'
import { mutate, mutateText } from './mutate.ts'
import type { Random } from './random.ts'

/** One public edge without its socket: does one hostile thing, and throws `Broken` if we did not stand it. */
export interface DirectEdge {
  name: string
  /** How many of a hundred steps are this edge's. */
  share: number
  /** `taken`: was stored or admitted; `refused`: was told no. */
  step(random: Random): 'taken' | 'refused'
}

const now = new Date('2026-03-02T02:00:00Z')
const identitySecret = 'an identity secret of the fuzzing'
const config = callbackConfig('secure')
const sources = openSources(loadInbound(inboundEnv.INBOUND_FILE, inboundEnv), identitySecret)
const read = deliveryReader(sources)
const timestamp = '1772416800'
const nonce = '486452656'

/** Every payload of a folder, its placeholders filled. */
function corpus(...folders: readonly string[]): readonly Uint8Array[] {
  return folders.flatMap(fixtureNames).map((name) => Buffer.from(filled(name)))
}

function filled(name: string): string {
  if (!name.startsWith('inbound/') && !name.startsWith('own-ears/')) return fixture(name)
  const values: Record<string, string> = { phone: '13800138000', member: 'VIP-1', receipt: 'R-1', order: 'E-1', unionid: 'union_of_lin', openid: 'openid_of_lin', at: String(now.getTime()) }
  const text = readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8')
  return text.replaceAll(/"\{\{at\}\}"/g, values['at'] ?? '').replaceAll(/\{\{(\w+)\}\}/g, (_, key: string) => values[key] ?? (name.includes('erp') ? '2026-03-02T09:00:00+08:00' : '2026-03-02 09:00:00'))
}

function deliveryOf(channel: ChannelName, account: string, bytes: Uint8Array, key = deliveryKey(bytes)): Delivery {
  return { channel, account, key, bytes, receivedAt: now }
}

/** The same whatever we refuse for; anything else that comes out is a crash. */
function opened(channel: Channel, body: Uint8Array, query: string): Uint8Array | null {
  try {
    return channel.open(body, callbackQuery(query))
  } catch (error) {
    if (error instanceof UntrustedCallback || error instanceof MalformedEnvelope) return null
    throw new Broken('opening failed otherwise than by refusing', { cause: error })
  }
}

function queryFor(callbackToken: string, cipher: string): string {
  const of = (...parts: readonly string[]) => sha1OfSorted(callbackToken, timestamp, nonce, ...parts)
  return new URLSearchParams({ timestamp, nonce, signature: of(), encrypt_type: 'aes', msg_signature: of(cipher) }).toString()
}

interface Sealed {
  name: SealedChannel
  channel: Channel
  letters: readonly Uint8Array[]
}

const account = config.officialAccount
const miniProgram = config.miniProgram
const shop = config.shop
if (!account || !miniProgram?.callback || !shop) throw new Error('every group is configured here')
const secureChannels: readonly Sealed[] = [
  { name: 'official-account', channel: officialAccountChannel({ ...account, memberCards: ['card'] }, identitySecret), letters: corpus('official-account', 'hostile') },
  { name: 'wecom', channel: weComChannel(config.weCom), letters: corpus('wecom') },
  { name: 'wechat-shop', channel: shopChannel(shop), letters: corpus('wechat-shop', 'hostile') },
  { name: 'mini-program', channel: miniProgramChannel({ ...miniProgram, callback: miniProgram.callback }), letters: corpus('mini-program') },
]
const plainChannel = officialAccountChannel({ ...account, mode: 'plain' }, identitySecret)

/** Correctly signed and sealed, hostile inside: it is stored, and read or set aside, never anything else. */
function inside({ name, channel, letters }: Sealed): DirectEdge['step'] {
  const { token, aesKey, account: receiver } = keys[name]
  return (random) => {
    const message = mutate(random, random.pick(letters), random.pick(letters))
    const cipher = encrypt(aesKey, message, receiver, random.bytes(16))
    const body = Buffer.from(random.chance(0.5) ? `<xml><Encrypt><![CDATA[${cipher}]]></Encrypt></xml>` : JSON.stringify({ Encrypt: cipher }))
    const bytes = opened(channel, body, queryFor(token, cipher))
    if (bytes === null) throw new Broken('a rightly sealed message was refused')
    channel.replyTo?.(bytes, now)
    channel.answerIsSeen?.(bytes)
    factsOf(read, deliveryOf(channel.name, channel.account, bytes))
    return 'taken'
  }
}

/** Changed after it was signed: refused, or the very message that was signed; nothing in between. */
function envelope({ name, channel, letters }: Sealed): DirectEdge['step'] {
  const { token, aesKey, account: receiver } = keys[name]
  return (random) => {
    const message = random.pick(letters)
    const cipher = encrypt(aesKey, message, receiver, random.bytes(16))
    const body = Buffer.from(`<xml><ToUserName><![CDATA[a]]></ToUserName><Encrypt><![CDATA[${cipher}]]></Encrypt></xml>`)
    const query = queryFor(token, cipher)
    const honest = opened(channel, body, query)
    const got = opened(channel, mutate(random, body), random.chance(0.3) ? mutateText(random, query) : query)
    if (got !== null && !Buffer.from(got).equals(Buffer.from(honest ?? []))) throw new Broken('another message than the signed one was taken')
    return got === null ? 'refused' : 'taken'
  }
}

/** A sealed block of any bytes under a right signature: whatever is wrong inside, the answer is the same refusal. */
function ciphertext({ name, channel }: Sealed): DirectEdge['step'] {
  const { token, aesKey, account: receiver } = keys[name]
  return (random) => {
    const whole = Buffer.concat([random.bytes(16), Buffer.from([0, 0, 0, random.int(64)]), random.bytes(random.int(64)), Buffer.from(receiver)])
    const padded = Buffer.concat([whole, Buffer.alloc(32 - (whole.length % 32), random.int(40))])
    const changed = mutate(random, padded)
    const cipher = encryptRaw(aesKey, Buffer.concat([changed, Buffer.alloc((16 - (changed.length % 16)) % 16)]))
    const got = opened(channel, Buffer.from(JSON.stringify({ Encrypt: cipher })), queryFor(token, cipher))
    return got === null ? 'refused' : 'taken'
  }
}

const accountLetters = corpus('official-account', 'hostile')

function plain(random: Random) {
  const body = mutate(random, random.pick(accountLetters), random.pick(accountLetters))
  const signature = sha1OfSorted(keys['official-account'].token, timestamp, nonce)
  const bytes = opened(plainChannel, body, new URLSearchParams({ timestamp, nonce, signature }).toString())
  if (bytes === null) throw new Broken('a rightly signed message was refused')
  factsOf(read, deliveryOf('official-account', plainChannel.account, bytes))
  return 'taken' as const
}

const batch = Buffer.from(JSON.stringify({
  events: (JSON.parse(filled('own-ears/beacon-mixed.json')) as { event: unknown }[]).map(({ event }) => event),
}))
const mall = Buffer.from(filled('own-ears/beacon-mall.json'))

/** What the beacon says it has accepted can be read later. */
function beacon(random: Random) {
  try {
    const { good, rejected } = checkBatch(jsonOf(mutate(random, batch, mall)), now)
    const reporter = { appId: 'wxmini' as AppId, openId: 'openid_of_lin' as OpenId, now }
    for (const event of good) {
      const facts = factsOf(read, beaconDelivery(reporter, event))
      if (facts === null) throw new Broken('an accepted event could not be read')
    }
    requireStorable(rejected.map(({ problem }) => problem), 'problem')
    return good.length > 0 ? ('taken' as const) : ('refused' as const)
  } catch (error) {
    if (error instanceof BadRequest) return 'refused' as const
    throw error
  }
}

const inboundLetters: Readonly<Record<string, readonly string[]>> = {
  till: ['till-sale', 'till-return', 'till-wrong'],
  erp: ['erp-orders'],
  youzan: ['youzan-paid'],
}
const systems = Object.entries(inboundLetters).map(([name, files]) => ({
  source: sources.get(name),
  letters: files.map((file) => Buffer.from(filled(`inbound/${file}.json`))),
}))
const reports = systems.flatMap(({ letters }) => letters)

/** What an inbound source says it has accepted can be read later, from the bytes that were kept. */
function inbound(random: Random) {
  const { source, letters } = random.pick(systems)
  if (!source) throw new Broken('no source')
  try {
    const content = source.prepare(readBytes(mutate(random, random.pick(letters), random.pick(reports))))
    const mapped = source.map(content, { source: source.name, webhookId: 'msg_1', now })
    for (const event of mapped.events) requireStorable(event, 'event')
    const kept = deliveryOf('inbound', source.name, Buffer.from(contentJson(content)), 'msg_1')
    const facts = mapped.events.length > 0 ? factsOf(read, kept) : null
    if (mapped.events.length > 0 && facts?.length !== mapped.events.length) throw new Broken('what was accepted is not what is read')
    return mapped.events.length > 0 ? ('taken' as const) : ('refused' as const)
  } catch (error) {
    if (error instanceof Unreadable) return 'refused' as const
    throw error
  }
}

const payments = ['transaction-success.json', 'refund-success.json', 'refund-abnormal.json', 'combined.json', 'service-provider.json']
  .map((name) => readFileSync(new URL(`../fixtures/wechat-pay/${name}`, import.meta.url)))

function payment(random: Random) {
  const text = Buffer.from(mutate(random, random.pick(payments), random.pick(payments))).toString()
  return factsOf(read, queriedDelivery('1900000001', text, now)) === null ? ('refused' as const) : ('taken' as const)
}

const signer = signerFor('a session secret of the fuzzing', 'fuzzing', z.object({ who: z.string() }))
const sealedToken = signer.seal({ who: 'lin' }, new Date(now.getTime() + 60_000))

function sealedValue(random: Random) {
  const found = signer.open(mutateText(random, sealedToken), now)
  if (found !== null && found.who !== 'lin') throw new Broken('a token that we did not seal was opened')
  return found === null ? ('refused' as const) : ('taken' as const)
}

const webhookKey = Buffer.alloc(32, 1)

function webhookHead(random: Random) {
  const body = mutate(random, random.pick(reports))
  const seconds = String(now.getTime() / 1000)
  const head = { id: 'msg_1', timestamp: seconds, signature: webhookSignature(webhookKey, 'msg_1', seconds, body) }
  const hostile = Object.fromEntries(Object.entries(head).map(([name, value]) => [name, random.chance(0.3) ? mutateText(random, value) : value])) as typeof head
  const { ok } = verifyWebhook(hostile, body, [webhookKey], now)
  const isSame = hostile.id === head.id && hostile.timestamp === head.timestamp
  if (ok && !isSame) throw new Broken('a head that nobody signed was believed')
  return ok ? ('taken' as const) : ('refused' as const)
}

const article = filled('own-ears/hostile.md')
/** What markdown makes; text is escaped, so every `<` in the result begins a tag that we made. */
const harmless = /^<(?:\/?(?:p|h[1-6]|ul|li|blockquote|pre|code|em|strong|s|table|thead|tbody|tr|th|td)|\/ol|\/a|hr|br|ol(?: start="\d+")?|code class="[^"<>]*"|t[hd] style="text-align:\w+"|a href="(?:https?:|mailto:|tel:|[^":]*["/?#])[^<>]*|img src="(?:https?:|[^":]*["/?#])[^<>]*)>$/i
const handler = /\s(?:on\w+|style|srcdoc|formaction)\s*=/i

/** Operators write articles, and paste. */
function markdown(random: Random) {
  const { html } = renderArticle(mutateText(random, article), 'title')
  for (const [tag] of html.matchAll(/<[^>]*>?/g)) {
    const bare = tag.replaceAll(/"[^"]*"/g, '""')
    if (!harmless.test(tag) || (handler.test(bare) && !/^<t[hd] /.test(tag))) throw new Broken(`an article holds ${tag.slice(0, 80)}`)
  }
  return 'taken' as const
}

function mappingPath(random: Random) {
  const path = parsePath(mutateText(random, random.pick(['buyer.phone', 'lines[0].sku', '$.order.no', '/order/no', 'lines[*].x'])))
  return path === null ? ('refused' as const) : ('taken' as const)
}

/** All of them; the shares add up to a hundred. */
export const directEdges: readonly DirectEdge[] = [
  ...secureChannels.flatMap((sealed) => [
    { name: `${sealed.name}, inside`, share: 9, step: inside(sealed) },
    { name: `${sealed.name}, envelope`, share: 4, step: envelope(sealed) },
    { name: `${sealed.name}, ciphertext`, share: 2, step: ciphertext(sealed) },
  ]),
  { name: 'official-account, plain', share: 7, step: plain },
  { name: 'beacon, events', share: 5, step: beacon },
  { name: 'inbound, body', share: 10, step: inbound },
  { name: 'inbound, head', share: 4, step: webhookHead },
  { name: 'wechat-pay, resource', share: 6, step: payment },
  { name: 'tokens and cookies', share: 4, step: sealedValue },
  { name: 'articles', share: 2, step: markdown },
  { name: 'mapping paths', share: 2, step: mappingPath },
]

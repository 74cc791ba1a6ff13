import { readFileSync } from 'node:fs'
import { readDescription } from '../../server/http/description.ts'
import { userAgents } from '../fake-tencent/browser.ts'
import { sealResource, signedHeaders } from '../fake-tencent/pay/crypto.ts'
import { receiverOf, type Channel } from '../fake-tencent/post.ts'
import { encrypt, sign as sha1 } from '../fake-tencent/seal.ts'
import { message, secrets, sign } from '../support/connector.ts'
import { fixture, fixtureNames } from '../webhooks/fixture.ts'
import { dictionary, mutate, mutateText } from './mutate.ts'
import type { Random } from './random.ts'
import type { Knowledge } from './served.ts'

/** One request as it goes over the wire. */
export interface HostileRequest {
  name: string
  method: string
  path: string
  headers: Record<string, string>
  body?: Uint8Array
  /** Instead of all that: these bytes, on a socket. */
  raw?: Uint8Array
}

type Make = (random: Random) => Omit<HostileRequest, 'name'>

const channels: readonly Channel[] = ['official-account', 'wecom', 'wechat-shop', 'mini-program']
const allOf = (channel: Channel) => fixtureNames(channel).map((file) => fixture(file))
const letters: Readonly<Record<Channel, readonly string[]>> = {
  'official-account': allOf('official-account'),
  wecom: allOf('wecom'),
  'wechat-shop': allOf('wechat-shop'),
  'mini-program': allOf('mini-program'),
}
const payments = ['transaction-success', 'refund-success', 'combined'].map((name) =>
  readFileSync(new URL(`../fixtures/wechat-pay/${name}.json`, import.meta.url), 'utf8'),
)
const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND'] as const

/** Makes the requests; weights by how often an edge stands in the list. */
export function requestMaker(known: Knowledge): (random: Random) => HostileRequest {
  const { brand } = known
  const { brand: company } = brand.tencent
  const seconds = () => String(Math.floor(brand.clock.now().getTime() / 1000))
  const json = { 'content-type': 'application/json' }

  const callback: Make = (random) => {
    const channel = random.pick(channels)
    const { path, keys, receiveId } = receiverOf(company, channel)
    const content = mutateText(random, random.pick(letters[channel]), random.pick(letters[channel]))
    const cipher = encrypt(keys.aesKey, content, receiveId, Buffer.from(random.bytes(16)))
    const head = { timestamp: seconds(), nonce: '486452656' }
    const signature = sha1([keys.token, head.timestamp, head.nonce])
    const query = new URLSearchParams({ ...head, signature, encrypt_type: 'aes', msg_signature: sha1([keys.token, head.timestamp, head.nonce, cipher]) })
    const body = channel === 'wecom' || random.chance(0.5) ? `<xml><Encrypt><![CDATA[${cipher}]]></Encrypt></xml>` : JSON.stringify({ Encrypt: cipher })
    return { method: 'POST', path: `${path}?${query}`, headers: { 'content-type': 'text/xml' }, body: Buffer.from(body) }
  }

  const forgedCallback: Make = (random) => {
    const made = callback(random)
    const path = `${mutateText(random, made.path)}`
    return { ...made, method: random.pick(methods), path, body: mutate(random, made.body ?? new Uint8Array()) }
  }

  const payment: Make = (random) => {
    const isTampered = random.chance(0.2)
    const sealed = sealResource(company.pay.apiV3Key, mutateText(random, random.pick(payments)), 'transaction')
    const resource = isTampered ? { ...sealed, [random.pick(['ciphertext', 'nonce', 'associated_data', 'algorithm'])]: mutateText(random, sealed.ciphertext) } : sealed
    const whole = JSON.stringify({ id: `EV-${random.int(1e9)}`, create_time: '2026-03-02T10:00:00+08:00', event_type: 'TRANSACTION.SUCCESS', resource })
    const body = random.chance(0.3) ? mutateText(random, whole) : whole
    return {
      method: 'POST',
      path: `/webhooks/wechat-pay/${company.pay.merchantId}`,
      headers: { ...json, ...signedHeaders(body, 'pub', Number(seconds())) },
      body: Buffer.from(body),
    }
  }

  const beacon: Make = (random) => {
    const kind = random.pick(['view-item', 'add-to-cart', 'search', 'view-page', 'order'])
    const event = { id: `e${random.int(1e9)}`, at: brand.clock.now().getTime(), kind, item: { id: '10001', title: '羊绒大衣', category: 'coats', price: 1 }, text: '大衣' }
    const token = random.chance(0.1) ? mutateText(random, known.beaconToken) : known.beaconToken
    const path = random.chance(0.1) ? random.pick(['/session', '/phone', '/x', `/${random.pick(dictionary)}`]) : ''
    const body = mutate(random, Buffer.from(path ? JSON.stringify({ code: 'code' }) : JSON.stringify({ events: [event, event] })))
    return { method: 'POST', path: `/beacon/${company.miniProgram.appId}${path}`, headers: { ...json, authorization: `Bearer ${token}` }, body }
  }

  const inbound: Make = (random) => {
    const till = { name: 'till', secret: secrets.INBOUND_TILL_SECRET, files: ['till-sale.json', 'till-return.json', 'till-wrong.json'] }
    const erp = { name: 'erp', secret: secrets.INBOUND_ERP_SECRET, files: ['erp-orders.json'] }
    const { name, secret, files } = random.pick([till, erp])
    const values = { phone: '13800138000', member: 'VIP-1', receipt: `R-${random.int(1e6)}`, order: `E-${random.int(1e6)}`, unionid: 'union_of_lin', time: name === 'erp' ? '2026-03-02T09:00:00+08:00' : '2026-03-02 09:00:00' }
    const body = mutateText(random, message(random.pick(files), values))
    const id = `msg_${random.int(1e9)}`
    const headers = { ...json, 'webhook-id': id, 'webhook-timestamp': seconds(), 'webhook-signature': sign(secret, id, seconds(), body) }
    return { method: 'POST', path: `/webhooks/inbound/${name}`, headers, body: Buffer.from(body) }
  }

  const link: Make = (random) => {
    const slug = random.chance(0.5) ? known.slug : mutateText(random, known.slug)
    const path = random.pick([`/l/${slug}`, `/l/${slug}/identify`, `/l/callback?state=${Buffer.from(random.bytes(12)).toString('hex')}${Buffer.from(slug).toString('hex')}&code=c`, `/l/${slug}?s=${random.pick(dictionary)}&s=b`])
    const headers = { 'user-agent': random.pick([userAgents.weChat, userAgents.desktop]), cookie: random.chance(0.3) ? mutateText(random, known.readerCookie) : known.readerCookie }
    return { method: random.pick(['GET', 'GET', 'GET', 'HEAD', 'POST']), path: mutateText(random, path), headers }
  }

  const reading: Make = (random) => {
    const report = { visit: known.visit, part: random.int(60), seconds: 10, percent: 50 }
    return { method: 'POST', path: `/l/${known.slug}/read`, headers: { 'content-type': 'text/plain' }, body: mutate(random, Buffer.from(JSON.stringify(report))) }
  }

  const payPage: Make = (random) => {
    const id = random.chance(0.5) ? known.paymentId : mutateText(random, known.paymentId)
    const path = random.pick([`/pay/${id}`, `/pay/${id}/state`, `/pay/callback?state=${Buffer.from(random.bytes(24)).toString('hex')}&code=${random.pick(dictionary)}`])
    return { method: 'GET', path: mutateText(random, path), headers: { 'user-agent': userAgents.weChat, cookie: known.readerCookie } }
  }

  const operations = operationsOfApi()
  const bodies = [
    { action: 'following', reason: 'x' }, { what: 'opener', alertKey: known.alertKey, contentId: 'c' }, { kind: 'corp', url: `${brand.env['PUBLIC_URL']}/sidebar/` },
    { title: '大衣', url: 'https://brand.example/', markdown: '# a', cover: '/a.png' }, { amount: 1, description: '定金', alertKey: known.alertKey },
  ]
  const api: Make = (random) => {
    const { method, path } = random.pick(operations)
    const ids: Record<string, string> = { externalUserId: known.externalUserId, key: known.alertKey, joinId: 'j', appId: company.miniProgram.appId }
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(random.chance(0.5) ? (ids[name] ?? 'x') : mutateText(random, ids[name] ?? 'x')))
    const query = random.pick(['', '', `?before=${random.pick(dictionary)}`, '?before=1&before=2', '?filter=all&filter[]=x&__proto__=y', `?return=${random.pick(dictionary)}`, `?code=${random.pick(dictionary)}&state=x`])
    const cookie = random.pick([known.memberCookie, known.operatorCookie, mutateText(random, known.memberCookie), ''])
    const headers = { ...(random.chance(0.9) ? json : { 'content-type': mutateText(random, 'application/json; charset=utf-8') }), cookie, accept: random.pick(['application/json', 'text/html', '*/*']), origin: String(brand.env['PUBLIC_URL']) }
    return { method, path: filled + query, headers, ...(method === 'POST' ? { body: mutate(random, Buffer.from(JSON.stringify(random.pick(bodies)))) } : {}) }
  }

  const file: Make = (random) => ({ method: random.pick(['GET', 'HEAD', 'OPTIONS', 'POST']), path: mutateText(random, random.pick(['/sidebar/', '/sidebar/index.html', '/sidebar/assets/../../package.json', '/sidebar/%2e%2e%2fpackage.json', '/', '/healthz'])), headers: {} })

  const anything: Make = (random) => {
    const head = mutateText(random, `${random.pick(methods)} ${random.pick(['/api/session', '/l/x', '/webhooks/wecom/x', '*', 'http://evil.example/', '//evil.example'])} HTTP/1.1\r\nHost: brand.test\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`)
    return { method: 'raw', path: '', headers: {}, raw: Buffer.from(head) }
  }

  const all: readonly (readonly [string, Make])[] = [
    ...(['callback', 'callback', 'callback', 'callback', 'callback'] as const).map((name) => [name, callback] as const),
    ['forged callback', forgedCallback], ['forged callback', forgedCallback],
    ['payment', payment],
    ['beacon', beacon], ['beacon', beacon], ['beacon', beacon],
    ['inbound', inbound], ['inbound', inbound], ['inbound', inbound],
    ['link', link], ['link', link], ['reading', reading], ['pay page', payPage],
    ['api', api], ['api', api], ['api', api],
    ['file', file], ['anything', anything],
  ]
  return (random) => {
    const [name, make] = random.pick(all)
    return sendable({ name, ...make(random) })
  }
}

/** What the JSON API describes, the live stream left out: it does not end. */
function operationsOfApi(): readonly { method: string; path: string }[] {
  const { paths } = readDescription() as { paths: Readonly<Record<string, object>> }
  const all = Object.entries(paths).flatMap(([path, ways]) => Object.keys(ways).map((method) => ({ method: method.toUpperCase(), path })))
  return all.filter(({ path }) => path.startsWith('/api/') && path !== '/api/live')
}

/** The client refuses to send some characters; they go as percent-encoded bytes, or not at all. */
function sendable(request: HostileRequest): HostileRequest {
  const path = `/${request.path.replace(/^\/?/, '')}`.replaceAll(/[^\u0021-\u007e]/gu, (char) => `%${Buffer.from(char).toString('hex').replaceAll(/(..)(?=.)/g, '$1%')}`).slice(0, 12_000)
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, value.replaceAll(/[^\u0020-\u007e]/g, '').slice(0, 3_000)]))
  const length = request.body === undefined ? {} : { 'content-length': String(request.body.length) }
  return { ...request, path, headers: { ...headers, ...length } }
}

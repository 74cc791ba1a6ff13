import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { userAgents } from '../fake-tencent/browser.ts'
import { openFakeTencent, type FakeTencent } from '../fake-tencent/main.ts'
import { openActorProxy, type Visit } from './actor-proxy.ts'

let tencent: FakeTencent
let product: Server
let productUrl: string
let proxy: { origin: string; close(): Promise<void> }
let visits: Visit[]
let heard: { url: string; userAgent: string; cookie: string }[]
const jar = new Map<string, string>()

/** A product that sends strangers to sign in and knows them afterwards by a cookie. */
beforeEach(async () => {
  jar.clear()
  visits = []
  heard = []
  tencent = await openFakeTencent({ clock: { now: () => new Date('2026-03-02T10:00:00+08:00') } })
  tencent.customer('lin')
  product = createServer((request, response) => {
    const { url = '/', headers } = request
    heard.push({ url, userAgent: headers['user-agent'] ?? '', cookie: headers.cookie ?? '' })
    if (url.startsWith('/back')) {
      response.writeHead(302, { 'set-cookie': 'reader=lin; Path=/; HttpOnly', location: `${productUrl}/l/slug` }).end()
    } else if (headers.cookie?.includes('reader=lin')) {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<head><title>文章</title></head>')
    } else {
      const query = new URLSearchParams({
        appid: tencent.brand.account.appId,
        redirect_uri: `${productUrl}/back`,
        response_type: 'code',
        scope: 'snsapi_base',
        state: 's',
      })
      response
        .writeHead(302, { location: `${tencent.bases.weChatOpen}/connect/oauth2/authorize?${query.toString()}` })
        .end()
    }
  })
  await new Promise<void>((done) => product.listen(0, '127.0.0.1', done))
  productUrl = `http://127.0.0.1:${(product.address() as AddressInfo).port}`
  tencent.connect(productUrl)
  proxy = await openActorProxy({
    port: await freePort(),
    actor: 'customer:lin',
    userAgent: userAgents.weChat,
    productUrl,
    bases: tencent.bases,
    jar,
    onVisit: (visit) => visits.push(visit),
    host: { script: () => 'window.hosted = true', call: (name, params) => ({ name, ...params }) },
  })
})

afterEach(async () => {
  await proxy.close()
  await tencent.close()
  await new Promise((done) => product.close(done))
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

const browse = (path: string) =>
  fetch(proxy.origin + path, { headers: { accept: 'text/html', 'user-agent': 'a newcomer' } })

test('I1: the whole sign-in stays on the actor’s own origin, with the actor’s user agent and identity', async () => {
  const response = await browse('/l/slug')
  expect(response.url).toBe(`${proxy.origin}/l/slug`)
  expect(response.status).toBe(200)
  expect(heard.map((one) => one.userAgent)).toEqual(Array.from({ length: heard.length }, () => userAgents.weChat))
  expect(visits.map(({ trail }) => trail)).toEqual([['/l/slug', 'tencent', '/back', '/l/slug']])
  expect(tencent.problems).toEqual([])
})

test('I1: cookies stay with the actor and never reach the real browser', async () => {
  const first = await browse('/l/slug')
  expect(first.headers.getSetCookie()).toEqual([])
  expect([...jar.values()]).toEqual(['lin'])
  heard.length = 0
  await browse('/l/slug')
  expect(heard).toMatchObject([{ url: '/l/slug', cookie: 'reader=lin' }])
})

test('I1: the host bridge stands before the page’s own scripts, and what the page asks of its host is answered', async () => {
  expect(await (await browse('/l/slug')).text()).toContain('<head><script src="/__host/bridge.js"></script><title>')
  expect(await (await fetch(`${proxy.origin}/__host/bridge.js`)).text()).toBe('window.hosted = true')
  const answer = await fetch(`${proxy.origin}/__host/send`, { method: 'POST', body: '{"message":"你好"}' })
  expect(await answer.json()).toEqual({ name: 'send', message: '你好' })
})

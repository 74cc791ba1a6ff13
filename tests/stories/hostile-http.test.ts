import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listen, usualListenLimits } from '../../server/listen.ts'
import { userAgents } from '../fake-tencent/browser.ts'
import { articleOf } from '../support/article.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'
import { signedIn, type Page } from '../support/page.ts'

let brand: TestBrand
let mei: Page
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00', env: { ALLOWED_ORIGINS: 'https://mall.example' } })
  mei = await signedIn(brand, brand.tencent.staff('mei', { name: '小梅' }))
})
afterAll(() => brand.close())

const ask = (path: string, init: RequestInit = {}) => fetch(brand.url + path, { redirect: 'manual', ...init })

/** What stands in the first line of the answer to these bytes; '' when the connection was just closed. */
function say(text: string, port = brand.server.port): Promise<{ status: string; whole: string }> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => void socket.write(text, 'latin1'))
    let whole = ''
    socket.on('data', (chunk: Buffer) => (whole += chunk.toString('latin1')))
    socket.on('error', () => undefined)
    socket.once('close', () => resolve({ status: whole.slice(9, 12), whole }))
  })
}
const saying = (line: string, ...more: readonly string[]) => say(`${[line, 'Host: brand.test', 'Connection: close', ...more].join('\r\n')}\r\n\r\n`)

describe('paths', () => {
  const outside = [
    '/sidebar/../package.json', '/sidebar/..%2fpackage.json', '/sidebar/%2e%2e/%2e%2e/package.json', '/sidebar/..%5c..%5cpackage.json',
    '/sidebar/%2e%2e%2f%2e%2e%2fetc%2fpasswd', '/sidebar//etc/passwd', '/sidebar/%00', '/sidebar/index.html%00.js', '/sidebar/%c0%ae%c0%ae/', '/sidebar/%',
    '/sidebar/assets/', '/sidebar/.env', `/sidebar/${'a'.repeat(5000)}`, '//etc/passwd', '/..//..//package.json',
  ]
  test.each(outside)('Ops: GET %s leads to no file, and is nobody’s fault but the sender’s', async (path) => {
    const before = brand.log.lines.length
    const { status, whole } = await saying(`GET ${path} HTTP/1.1`)
    expect(['400', '403', '404']).toContain(status)
    expect(whole).not.toMatch(/wecom-lead-alerts|root:/)
    expect(brand.log.lines.slice(before)).toEqual([])
  })

  test('Ops: an address of another host in the first line is only a path of ours', async () => {
    expect((await saying('GET http://evil.example/healthz HTTP/1.1')).status).toMatch(/200|404/)
    expect((await saying('GET http://evil.example/ HTTP/1.1')).whole).not.toMatch(/location: .*evil/i)
    expect((await saying('GET //evil.example/%2f.. HTTP/1.1')).whole).not.toMatch(/location: .*evil/i)
  })
})

describe('methods', () => {
  test.each(['PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND'])('Ops: %s is 405 everywhere, and TRACE echoes nothing', async (method) => {
    for (const path of ['/api/alerts', '/sidebar/', '/l/x', '/beacon/x', '/nothing']) {
      const { status, whole } = await saying(`${method} ${path} HTTP/1.1`, 'Cookie: staff=secret-of-mei', 'Content-Length: 0')
      expect(status).toBe('405')
      expect(whole).not.toContain('secret-of-mei')
    }
  })

  test('Ops: HEAD is GET without a body', async () => {
    const url = new URL(await articleOf(brand, brand.tencent.staff('mei'))).pathname
    for (const path of ['/sidebar/', '/api/session', url, '/healthz']) {
      const [head, get] = [await ask(path, { method: 'HEAD' }), await ask(path)]
      expect([head.status, await head.text()]).toEqual([get.status, ''])
      await get.body?.cancel()
    }
  })

  test('Ops: OPTIONS tells other origins nothing, except the mall’s at the beacon', async () => {
    const preflight = (path: string, origin: string) => ask(path, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } })
    for (const path of ['/api/alerts', '/sidebar/', '/webhooks/wecom/x']) {
      expect((await preflight(path, 'https://mall.example')).headers.has('access-control-allow-origin')).toBe(false)
    }
    const beacon = `/beacon/${brand.tencent.brand.miniProgram.appId}`
    expect((await preflight(beacon, 'https://mall.example')).headers.get('access-control-allow-origin')).toBe('https://mall.example')
    expect((await preflight(beacon, 'https://evil.example')).headers.has('access-control-allow-origin')).toBe(false)
    expect((await preflight(beacon, 'null')).headers.has('access-control-allow-origin')).toBe(false)
  })
})

describe('queries, heads and bodies', () => {
  test.each([
    ['twice the same name', '/api/alerts?filter=open&filter=all', 400],
    ['names that objects inherit', '/api/alerts?__proto__=x&constructor=y&filter=open', 200],
    ['a thousand names', `/api/alerts?${Array.from({ length: 1000 }, (_, index) => `n${index}=1`).join('&')}`, 200],
    ['half a percent sign', '/api/alerts?filter=%', 400],
    ['a null byte', '/api/alerts?filter=open%00', 400],
  ])('F5: %s', async (_, path, status) => {
    expect((await mei.get(path)).status).toBe(status)
  })

  test('Ops: a first line or a head of more than 16 KiB is 431', async () => {
    expect((await saying(`GET /api/session?${'x'.repeat(17_000)} HTTP/1.1`)).status).toBe('431')
    expect((await saying('GET /api/session HTTP/1.1', `Cookie: ${'x'.repeat(17_000)}`)).status).toBe('431')
  })

  test.each([
    ['two lengths', ['Content-Length: 2', 'Content-Length: 3']],
    ['a length and chunks', ['Content-Length: 2', 'Transfer-Encoding: chunked']],
    ['a length that is none', ['Content-Length: -1']],
    ['a folded header', ['X-A: b', ' c: d', '\u0000: e']],
  ])('Ops: a request with %s cannot smuggle another: 400', async (_, headers) => {
    expect((await saying('POST /api/content HTTP/1.1', ...headers)).status).toBe('400')
  })

  test.each([
    ['deep', '['.repeat(50_000)],
    ['with names that objects inherit', '{"__proto__":{"operator":true},"action":"following","constructor":{"prototype":{"operator":true}}}'],
    ['with half a character', '{"action":"\\ud800"}'],
  ])('F5: JSON %s is a 400', async (_, body) => {
    expect((await mei.post('/api/alerts/a/feedback', body)).status).toBe(400)
    expect(Object.hasOwn(Object.prototype, 'operator')).toBe(false)
  })
})

describe('connections', () => {
  const quick = { ...usualListenLimits, headersTimeoutMs: 100, requestTimeoutMs: 200, checkEveryMs: 20, connections: 2 }

  test('Ops: who trickles a head or a body is let go; the third of two connections is closed at once', async () => {
    const server = await listen((req, res) => void req.resume().once('end', () => res.end('ok')), 0, quick)
    const { port } = server.address() as AddressInfo
    expect((await say('GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ', port)).status).toBe('408')
    expect((await say('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab', port)).status).toBe('408')
    const slow = [say('GET / HTTP/1.1\r\n', port), say('GET / HTTP/1.1\r\n', port)]
    expect((await say('GET / HTTP/1.1\r\nHost: a\r\n\r\n', port)).whole).toBe('')
    await Promise.all(slow)
    expect((await say('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', port)).status).toBe('200')
    server.close()
  })
})

describe('what browsers are told', () => {
  test('F1 A5: every page says who may frame it, runs nothing of others, and is not sniffed', async () => {
    const article = new URL(await articleOf(brand, brand.tencent.staff('mei'))).pathname
    const paths = ['/sidebar/', '/sidebar/assets/none.js', article, '/l/nothing', '/pay/nothing', '/me', '/api/session', '/api/nothing', '/nothing', '/healthz']
    const wrong: string[] = []
    for (const path of paths) {
      const { headers } = await ask(path, { headers: { 'user-agent': userAgents.desktop } })
      const policy = headers.get('content-security-policy') ?? ''
      const holds = {
        'a default': /default-src '(?:self|none)'/.test(policy),
        'own scripts only': !/script-src[^;]*(?:unsafe|\*|https?:)/.test(policy),
        'frame-ancestors': policy.includes('frame-ancestors '),
        nosniff: headers.get('x-content-type-options') === 'nosniff',
        'no referrer': headers.get('referrer-policy') === 'no-referrer',
        'unused powers': headers.get('permissions-policy')?.includes('camera=()') ?? false,
        'no boast': !headers.has('x-powered-by'),
      }
      wrong.push(...Object.entries(holds).flatMap(([what, isSo]) => (isSo ? [] : [`${path}: ${what}`])))
    }
    expect(wrong).toEqual([])
  })

  test('F1: WeCom, the brand’s own origins and nobody else may show the sidebar in a frame', async () => {
    const { headers } = await ask('/sidebar/')
    const ancestors = /frame-ancestors ([^;]*)/.exec(headers.get('content-security-policy') ?? '')?.[1]?.split(' ') ?? []
    expect(ancestors).toEqual(expect.arrayContaining(["'self'", 'https://mall.example', 'https://*.weixin.qq.com']))
    expect(ancestors.filter((one) => /^(?:\*|https?:|data:)$/.test(one))).toEqual([])
    expect(headers.has('x-frame-options')).toBe(false)
  })

  test('F5: another site’s page can neither change nor read anything with a member’s cookie; a sign-in may come back from one', async () => {
    const crossSite = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }
    expect(await mei.ask('/api/alerts', { headers: crossSite })).toMatchObject({ status: 403, code: 'wrong-origin' })
    expect(await mei.ask('/api/session', { headers: { ...crossSite, 'sec-fetch-mode': 'navigate' } })).toMatchObject({ status: 200 })
    expect(await mei.ask('/api/alerts', { headers: { 'sec-fetch-site': 'same-origin' } })).toMatchObject({ status: 200 })
  })
})

describe('oracles', () => {
  test('A1: whatever is wrong inside of a sealed callback, the answer is one and the same', async () => {
    const lin = brand.tencent.customer('lin')
    const posted = brand.tencent.posts.length
    for (const forged of ['signature', 'flipped-byte', 'foreign-receiver', 'unsigned'] as const) expect(await lin.follows({ forged })).toEqual([401])
    expect(new Set(brand.tencent.posts.slice(posted).map(({ answer }) => answer))).toEqual(new Set(['']))
  })
})

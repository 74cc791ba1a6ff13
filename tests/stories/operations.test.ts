import { afterEach, expect, test } from 'vitest'
import { coat, inMall } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'
import { signedIn } from '../support/page.ts'

let brand: TestBrand
afterEach(() => brand.close())

test('Ops: healthz answers, readyz says whether an event could be stored', async () => {
  brand = await openBrand()
  const ask = async (path: string) => {
    const response = await fetch(brand.url + path)
    return [response.status, await response.json()]
  }
  expect(await ask('/healthz')).toEqual([200, { status: 'ok' }])
  expect(await ask('/readyz')).toEqual([200, { status: 'ready' }])
})

test('H1: the consoles find their verification files, byte for byte, and nobody finds others', async () => {
  brand = await openBrand({ env: { VERIFY_FILES: 'WW_verify_AbC123.txt,MP_verify_xyz9.txt, Ab12Cd.txt=9f8e=' } })
  const read = async (path: string) => {
    const response = await fetch(brand.url + path)
    return [response.status, response.headers.get('content-type'), await response.text()]
  }
  expect(await read('/WW_verify_AbC123.txt')).toEqual([200, 'text/plain; charset=utf-8', 'AbC123'])
  expect(await read('/sidebar/MP_verify_xyz9.txt')).toEqual([200, 'text/plain; charset=utf-8', 'xyz9'])
  expect(await read('/Ab12Cd.txt')).toEqual([200, 'text/plain; charset=utf-8', '9f8e='])
  expect((await read('/WW_verify_other.txt'))[0]).toBe(404)
})

test('Ops B1: without its store the server is alive but not ready, and the API says unavailable', async () => {
  brand = await openBrand()
  const mei = brand.tencent.staff('mei')
  const page = await signedIn(brand, mei)
  await brand.server.stores.close()
  expect((await page.get('/healthz')).status).toBe(200)
  expect(await page.get('/readyz')).toMatchObject({ status: 503, body: { status: 'not-ready' } })
  expect(await page.get('/api/alerts')).toMatchObject({ status: 503, code: 'unavailable' })
})

test.each(['/sidebar/', '/api/session', '/healthz'])('Ops: %s has the headers that keep other pages out', async (path) => {
  brand = await openBrand({ env: { ALLOWED_ORIGINS: 'https://shop.example' } })
  const { headers } = await fetch(brand.url + path, { redirect: 'manual', headers: { accept: 'application/json' } })
  const policy = headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'self'")
  expect(policy).toContain("script-src 'self'")
  expect(policy).toContain("object-src 'none'")
  expect(policy).toMatch(/frame-ancestors 'self' [^;]*https:\/\/shop\.example/)
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect(headers.get('x-powered-by')).toBe(null)
})

test.each(['signature', 'flipped-byte', 'foreign-receiver', 'unsigned'] as const)(
  'Ops A1 A2: one log line for a callback refused because of %s, with the reason and nothing of its content',
  async (forged) => {
    brand = await openBrand()
    const lin = brand.tencent.customer('lin', { name: '林小姐' })
    const mei = brand.tencent.staff('mei')
    for (const channel of ['official-account', 'wecom'] as const) {
      const before = brand.log.lines.length
      const [status] = channel === 'wecom' ? await mei.adds(lin, { forged }) : await lin.writes('大衣多少钱', { forged })
      expect(status).toBe(401)
      const lines = brand.log.lines.slice(before)
      expect(lines).toHaveLength(1)
      expect(lines[0]).toMatchObject({ level: 40, channel })
      expect(String(lines[0]?.['reason']).length).toBeGreaterThan(3)
      expect(JSON.stringify(lines)).not.toContain('多少钱')
    }
  },
)

test('Ops: after a day of everything the log holds no name, no id of a customer, no secret and no token', async () => {
  brand = await openBrand({ at: '2026-03-02T10:00', env: { OPERATORS: 'mei' } })
  const { tencent } = brand
  const mei = tencent.staff('mei', { name: '小梅' })
  const lin = tencent.customer('lin', { name: '林小姐' })
  const stranger = tencent.customer('stranger', { name: '陌生人' })
  await mei.adds(lin)
  await lin.follows()
  await brand.settle()
  await lin.writes('我的手机 13800138000，大衣多少钱')
  await inMall(brand.clock, lin)('add-to-cart', coat)
  tencent.weather.refuseNext(45009, { api: 'message/send' })
  tencent.weather.dropAnswerOf('message/send')
  await brand.settle()
  await brand.passes(5)
  await mei.taps('没用')
  tencent.weather.expireTokens()
  await brand.settle()
  tencent.weather.refuseNext(48002, { api: 'externalcontact/get' })
  await mei.adds(stranger)
  await brand.settle()
  const page = await signedIn(brand, mei)
  await page.get(`/api/customers/${lin.externalUserId}`)
  await page.get('/api/customers/wmNobodyKnowsThisOne000000000000')
  await lin.reports([{ id: '', at: 0, kind: 'view-item' }], { token: 'not-a-token' })
  await lin.writes('大衣', { forged: 'signature' })
  tencent.weather.goDown()
  await page.get('/api/customers/wmNobodyKnowsThisOne000000000001')
  await brand.passes(1)

  const text = brand.log.text()
  expect(brand.log.lines.length).toBeGreaterThan(5)
  const people = [lin, stranger].flatMap((one) => [one.name, one.externalUserId, one.unionId, ...Object.values(one.openIds)])
  const { brand: keys, world } = tencent
  const secrets = [
    keys.agentSecret, keys.account.secret, keys.shop.secret, keys.miniProgram.secret, keys.weComKeys.token, keys.weComKeys.aesKey,
    keys.account.keys.token, keys.account.keys.aesKey, brand.env['SESSION_SECRET'],
  ]
  const words = ['小梅', '13800138000', '多少钱', ...people, ...secrets, ...Object.keys(world.tokens), ...Object.keys(world.responseCodes)]
  expect(words.filter((word) => word && text.includes(word))).toEqual([])
})

test('I4: a process that is told to stop says so to whoever balances, and serves on until it closes', async () => {
  const own = await openBrand({ at: '2026-03-02T10:00' })
  const mei = own.tencent.staff('mei')
  const lin = own.tencent.customer('lin', { name: '林小姐' })
  await mei.adds(lin)
  await own.settle()
  own.server.drain()
  const ready = await fetch(`${own.url}/readyz`)
  expect([ready.status, ready.headers.get('connection')]).toEqual([503, 'close'])
  expect(await lin.follows()).toEqual([200])
  await own.settle()
  expect(mei.titles).toEqual(['林小姐 刚关注了公众号'])
  await own.close()
})

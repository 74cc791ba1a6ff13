import { afterEach, expect, test } from 'vitest'
import type { SessionView } from '../../server/http/contract.ts'
import { userAgents } from '../fake-tencent/browser.ts'
import { openBrand, type BrandOptions, type TestBrand } from '../support/open-brand.ts'
import { pageOf, signedIn } from '../support/page.ts'

let brand: TestBrand
afterEach(() => brand.close())

async function mei(options: BrandOptions = {}) {
  brand = await openBrand({ at: '2026-03-02T10:00', ...options })
  const member = brand.tencent.staff('Mei', { name: '小梅' })
  await brand.server.useCases.syncContacts()
  return member
}

const at = (path: string) => String(brand.env['PUBLIC_URL']) + path
const signInAt = (returnTo: string) => at(`/api/session?return=${encodeURIComponent(returnTo)}`)
const staffCookies = (headers: Headers) => headers.getSetCookie().filter((line) => /^(?:__Host-)?staff=/.test(line))

/** Walks the redirects up to the way back from WeCom, which is not followed. */
async function wayBack(member: Awaited<ReturnType<typeof mei>>): Promise<string> {
  const start = await member.browser.request(signInAt('/sidebar/'), { headers: { accept: 'text/html' } })
  const grant = await member.browser.request(start.headers.get('location') ?? '')
  return grant.headers.get('location') ?? ''
}

test('F1: in WeCom the sign-in goes there and back silently, to the page that asked', async () => {
  const member = await mei({ env: { OPERATORS: 'mei' } })
  const seen = await member.opens(signInAt('/sidebar/#/customer/wm1'))
  expect(seen.steps).toHaveLength(4)
  expect(seen.steps[1]).toContain('/connect/oauth2/authorize?')
  expect(seen.steps[1]).toContain('scope=snsapi_base')
  expect(seen.steps[3]).toBe(at('/sidebar/#/customer/wm1'))

  const { body } = await pageOf(brand, member.browser).get<SessionView>('/api/session')
  expect(body).toMatchObject({
    now: brand.clock.now().getTime(),
    staff: { id: 'Mei', name: '小梅', operator: true, manager: false },
    weCom: { corpId: brand.tencent.brand.corpId, agentId: brand.tencent.brand.agentId },
    laterMinutes: 120,
    timeZone: 'Asia/Shanghai',
  })
  expect(brand.tencent.problems).toEqual([])
})

test('F1: in a desktop browser the sign-in goes by the QR page', async () => {
  const member = await mei()
  const seen = await member.opens(signInAt('/sidebar/#/inbox'), { userAgent: userAgents.desktop })
  expect(seen.steps[1]).toContain('/wwlogin/sso/login?login_type=CorpApp')
  expect(seen.steps.at(-1)).toBe(at('/sidebar/#/inbox'))
  expect((await pageOf(brand, member.browser).get('/api/session')).status).toBe(200)
  expect(brand.tencent.problems).toEqual([])
})

test.each([
  ['http', false],
  ['https', true],
])('F1: on %s the cookie is HttpOnly; Secure, bound to this host and usable in WeCom’s frame only: %s', async (scheme, secure) => {
  const member = await mei(scheme === 'https' ? { env: { PUBLIC_URL: 'https://brand.test' } } : {})
  const back = await wayBack(member)
  const answer = await member.browser.request(back)
  const [cookie] = staffCookies(answer.headers)
  expect(cookie).toMatch(/; httponly/i)
  expect(cookie).toMatch(secure ? /^__Host-staff=/ : /^staff=/)
  expect(cookie).toMatch(secure ? /; samesite=none/i : /; samesite=lax/i)
  expect(/; partitioned/i.test(cookie ?? '')).toBe(secure)
  expect(cookie).toMatch(/; path=\/;/i)
  expect(cookie).not.toMatch(/; domain=/i)
  expect(/; secure/i.test(cookie ?? '')).toBe(secure)
  expect(answer.headers.has('strict-transport-security')).toBe(secure)
  expect(answer.headers.get('cache-control')).toBe('no-store')
})

test('F1: a state that this browser was not given admits nobody', async () => {
  const member = await mei()
  const wei = brand.tencent.staff('wei')
  const back = await wayBack(wei)

  const forged = await member.browser.request(back)
  expect(forged.status).toBe(302)
  expect(staffCookies(forged.headers)).toEqual([])
  expect((await pageOf(brand, member.browser).get('/api/session')).code).toBe('signed-out')

  await wayBack(member)
  const mixed = await member.browser.request(back)
  expect(staffCookies(mixed.headers)).toEqual([])
  expect(brand.tencent.calls.some(({ api }) => api === 'auth/getuserinfo')).toBe(false)
})

test('F1: the way back works once; a code that was used is not a session', async () => {
  const member = await mei()
  const back = await wayBack(member)
  expect(staffCookies((await member.browser.request(back)).headers)).toHaveLength(1)
  expect(staffCookies((await member.browser.request(back)).headers)).toEqual([])

  member.browser.jar.clear()
  const again = new URL(await wayBack(member))
  again.searchParams.set('code', new URL(back).searchParams.get('code') ?? '')
  const answer = await member.browser.request(again.href)
  expect(answer.status).toBe(302)
  expect(staffCookies(answer.headers)).toEqual([])
})

test('F7: somebody who is no member is told so by the page', async () => {
  await mei()
  const stranger = brand.tencent.customer('stranger')
  const seen = await stranger.opens(signInAt('/sidebar/'), { userAgent: userAgents.weCom })
  expect(seen.steps.at(-1)).toBe(at('/sidebar/'))
  const page = pageOf(brand, stranger.browser)
  expect(await page.get('/api/session')).toMatchObject({ status: 403, code: 'not-a-member' })
  brand.clock.move(61_000)
  expect(await page.get('/api/session')).toMatchObject({ status: 401, code: 'signed-out' })
})

test('F7: a member outside the visible range is told so by the page', async () => {
  const member = await mei()
  brand.tencent.weather.refuseNext(60011, { api: 'auth/getuserinfo' })
  await member.opens(signInAt('/sidebar/'))
  const answer = await pageOf(brand, member.browser).get('/api/session')
  expect(answer).toMatchObject({ status: 403, code: 'outside-visible-range' })
})

test('F7: WeCom silent during the sign-in: signed out, no page of errors', async () => {
  const member = await mei()
  brand.tencent.weather.goDown({ api: 'auth/getuserinfo' })
  const seen = await member.opens(signInAt('/sidebar/'))
  expect(seen.steps.at(-1)).toBe(at('/sidebar/'))
  expect(await pageOf(brand, member.browser).get('/api/session')).toMatchObject({ status: 401, code: 'signed-out' })
})

test.each([
  'https://evil.example/',
  '//evil.example/',
  '/\\evil.example',
  '/sidebar/..//evil.example',
  '/sidebar/\r\nset-cookie: a=b',
  'javascript:alert(1)',
  '/sidebar@evil.example/',
])('F1: the sign-in never leads to somebody else’s site: %j', async (target) => {
  const member = await mei()
  const seen = await member.opens(signInAt(target))
  expect(seen.steps.at(-1)).toBe(at('/sidebar/'))
  const signedInAlready = await member.opens(signInAt(target))
  expect(signedInAlready.steps.at(-1)).toBe(at('/sidebar/'))
})

test('F1: a session ends after twelve hours, and a changed cookie is none', async () => {
  const member = await mei()
  const page = await signedIn(brand, member)
  brand.clock.move(12 * 3600_000 - 1000)
  expect((await page.get('/api/session')).status).toBe(200)
  brand.clock.move(2000)
  expect(await page.get('/api/session')).toMatchObject({ status: 401, code: 'signed-out' })
  expect(await page.get('/api/alerts')).toMatchObject({ status: 401, code: 'signed-out' })

  await signedIn(brand, member)
  const { jar } = member.browser
  const [name, value] = [...jar].find(([key]) => key.endsWith(' staff')) ?? ['', '']
  const [body = '', mac = ''] = value.split('.')
  const forged = Buffer.from(Buffer.from(body, 'base64url').toString().replace('Mei', 'Wei')).toString('base64url')
  for (const wrong of [`${forged}.${mac}`, body, `${body}.`, `${value}x`, 'a.b']) {
    jar.set(name, wrong)
    expect((await page.get('/api/session')).status).toBe(401)
  }
})

test.each([
  ['http', false],
  ['https', true],
])('F7: on %s a cookie that the page can read says which member it is, and comes and goes with the session', async (scheme, secure) => {
  const member = await mei(scheme === 'https' ? { env: { PUBLIC_URL: 'https://brand.test' } } : {})
  const marks = (headers: Headers) => headers.getSetCookie().filter((line) => /^(?:__Host-)?staff-mark=/.test(line))
  const back = await wayBack(member)
  const admitted = await member.browser.request(back)
  const [mark = ''] = marks(admitted.headers)
  const [session = ''] = staffCookies(admitted.headers)
  const but = (line: string) => line.replace(/^[^;]*/, '').replace('; httponly', '')
  expect(but(mark)).toBe(but(session))
  expect(mark).not.toMatch(/httponly|mei/i)
  if (secure) return

  const page = pageOf(brand, member.browser)
  const { body } = await page.get<SessionView>('/api/session')
  expect(mark).toContain(`staff-mark=${body.mark};`)
  const wei = brand.tencent.staff('wei')
  expect((await (await signedIn(brand, wei)).get<SessionView>('/api/session')).body.mark).not.toBe(body.mark)

  const asks = () => member.browser.request(at('/api/session'), { headers: { accept: 'application/json' } })
  expect(marks((await asks()).headers)).toEqual([])
  const { jar } = member.browser
  const name = [...jar.keys()].find((key) => key.endsWith(' staff-mark')) ?? ''
  jar.set(name, 'of-another-member')
  expect(marks((await asks()).headers)).toEqual([expect.stringContaining(`staff-mark=${body.mark};`)])
  brand.clock.move(12 * 3600_000)
  const over = await asks()
  expect(over.status).toBe(401)
  expect(marks(over.headers)).toEqual([expect.stringContaining('staff-mark=;')])
})

test('F1: a sign-in that takes longer than ten minutes starts anew', async () => {
  const member = await mei()
  const back = await wayBack(member)
  brand.clock.move(10 * 60_000 + 1000)
  expect(staffCookies((await member.browser.request(back)).headers)).toEqual([])
})

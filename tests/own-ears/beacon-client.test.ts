import { gzipSync } from 'node:zlib'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { createBeacon } from '../../webhooks/beacon/client/beacon.ts'
import { miniProgramPlatform, type Wx } from '../../webhooks/beacon/client/mini-program.ts'
import type { BeaconOptions, ConsentState } from '../../webhooks/beacon/client/types.ts'
import { weChatCode, webPlatform } from '../../webhooks/beacon/client/web.ts'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import { lookAt } from '../support/look.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'

/** The client reports real time, so the brand's clock stands at it. */
const beijingNow = () => new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 16)
const coat = { id: 'coat-01', title: '双面羊绒大衣', category: 'coats', price: 268_000 }

let brand: TestBrand
let asking: TestBrand
beforeAll(async () => {
  ;[brand, asking] = [await openBrand({ at: beijingNow() }), await openBrand({ at: beijingNow(), env: { CONSENT_FIRST: 'beacon' } })]
})
afterAll(async () => {
  for (const each of [brand, asking]) {
    expect(each.tencent.problems).toEqual([])
    await each.close()
  }
})
beforeEach(() => void vi.useRealTimers())

async function send(url: string, request: RequestInit) {
  const answer = await fetch(url, request)
  const text = await answer.text()
  return { statusCode: answer.status, data: text.startsWith('{') ? (JSON.parse(text) as unknown) : text, header: Object.fromEntries(answer.headers) }
}

/** A mini-program on one phone: requests go over the real network, storage outlives a launch, the network may fail. */
function miniProgramOf(of: TestBrand, customer: CustomerActor) {
  const storage = new Map<string, unknown>()
  const phone = { online: true, losesAnswers: false, sent: [] as string[], waits: [] as number[], works: [] as (() => void)[] }
  const wx: Wx = {
    login: ({ success }) => success({ code: customer.wxLoginCode() }),
    request({ url, method, data, header, success, fail }) {
      if (!phone.online) return fail(new Error('request:fail'))
      phone.sent.push(`${url.slice(of.url.length)} ${JSON.stringify(data)}`)
      void send(url, { method, headers: header, body: JSON.stringify(data) }).then((answer) => (phone.losesAnswers ? fail(new Error('request:fail timeout')) : success(answer)), fail)
    },
    getStorageSync: (key) => structuredClone(storage.get(key)) ?? '',
    setStorageSync: (key, value) => void storage.set(key, structuredClone(value)),
  }
  function launch(more: Partial<BeaconOptions> = {}) {
    phone.works = []
    const options = { server: of.url, appId: of.tencent.brand.miniProgram.appId, ...more }
    return createBeacon(options, { ...miniProgramPlatform(wx), later: (work, ms) => void (phone.waits.push(ms), phone.works.push(work)) })
  }
  return { phone, storage, wx, launch, queued: () => (storage.get(`beacon:${of.tencent.brand.miniProgram.appId}:queue`) ?? []) as unknown[] }
}

async function friends(of: TestBrand, name: string) {
  const mei = of.tencent.staff(`mei-of-${name}`, { name: '小梅' })
  const customer = of.tencent.customer(name, { name: '林小姐' })
  await mei.adds(customer)
  await of.settle()
  return { mei, customer, kinds: async () => (await lookAt(of, customer).timeline()).map(({ kind }) => kind) }
}

test('A7: the client is at most 3 KB gzipped, as a module and as a script', () => {
  for (const file of ['beacon.js', 'beacon.mjs']) {
    const bytes = gzipSync(readFileSync(new URL(`../../dist/beacon/${file}`, import.meta.url)), { level: 9 }).length
    expect(bytes).toBeLessThanOrEqual(3 * 1024)
  }
})

test('A7: 林小姐 puts a coat in the basket in the mini-program, and 小梅\'s phone rings', async () => {
  const { mei, customer, kinds } = await friends(brand, 'lin')
  const { launch, phone, queued } = miniProgramOf(brand, customer)
  const beacon = launch()
  beacon.page({ onShow(this: { route: string }) {} }).onShow.call({ route: 'pages/home/home' })
  beacon.track('view-item', { item: coat })
  beacon.track('add-to-cart', { item: coat })
  await beacon.flush()
  beacon.track('search', { text: '围巾' })
  await beacon.flush()
  await brand.settle()
  expect(await kinds()).toEqual(expect.arrayContaining(['view-page', 'view-item', 'add-to-cart', 'search']))
  expect(mei.phone.at(-1)?.title).toContain('林小姐')
  expect(queued()).toEqual([])
  expect(phone.sent.filter((each) => each.includes('/session'))).toHaveLength(1)
})

test('A7: what is done offline outlives the mini-program, is sent at its next launch, and a lost answer doubles nothing', async () => {
  const { customer, kinds } = await friends(brand, 'zhou')
  const { launch, phone, queued } = miniProgramOf(brand, customer)
  phone.online = false
  const before = launch()
  before.track('add-to-cart', { item: coat })
  await before.flush()
  expect(queued()).toHaveLength(1)

  phone.online = true
  const after = launch()
  await after.flush()
  expect(queued()).toEqual([])
  after.track('favourite-item', { item: coat })
  phone.losesAnswers = true
  await after.flush()
  expect(queued()).toHaveLength(1)
  phone.losesAnswers = false
  await launch().flush()
  await brand.settle()
  expect((await kinds()).filter((kind) => kind === 'add-to-cart' || kind === 'favourite-item').toSorted()).toEqual(['add-to-cart', 'favourite-item'])
})

test('A7: after each failure it waits longer, up to five minutes, and as long as the server asks', async () => {
  const { customer } = await friends(brand, 'wang')
  const { launch, phone, wx } = miniProgramOf(brand, customer)
  phone.online = false
  const beacon = launch()
  await beacon.flush()
  beacon.track('view-item', { item: coat })
  for (let tries = 0; tries < 9; tries += 1) {
    phone.works.pop()?.()
    await beacon.flush()
  }
  expect(phone.waits.slice(0, 4)).toEqual([2_000, 4_000, 8_000, 16_000])
  expect(Math.max(...phone.waits)).toBe(300_000)

  const busy = launch()
  wx.request = ({ success }) => success({ statusCode: 429, data: {}, header: { 'Retry-After': '120' } })
  phone.works = []
  await busy.flush()
  phone.works.pop()?.()
  await busy.flush()
  expect(phone.waits.at(-1)).toBeGreaterThanOrEqual(120_000)
})

test('A7: what the server will never take is dropped and told to the developer, the rest arrives', async () => {
  const { customer, kinds } = await friends(brand, 'qian')
  const problems: string[] = []
  const { launch, queued } = miniProgramOf(brand, customer)
  const beacon = launch({ onProblem: (problem) => problems.push(problem) })
  beacon.track('view-item', { item: { id: '', price: 1.5 } })
  beacon.track('claim-coupon', { text: '满千减百' })
  await beacon.flush()
  await brand.settle()
  expect(problems).toEqual([expect.stringMatching(/item\.id.*item\.price/)])
  expect(queued()).toEqual([])
  expect(await kinds()).toContain('claim-coupon')
})

test('A7 C5: where the brand asks first nothing is kept or sent before the customer agrees; no empties and silences it for good', async () => {
  const { customer, kinds } = await friends(asking, 'lin-asked')
  const told: ConsentState[] = []
  const { launch, phone, queued } = miniProgramOf(asking, customer)
  const beacon = launch({ onConsent: (state) => told.push(state) })
  beacon.track('view-item', { item: coat })
  await beacon.flush()
  expect(told).toEqual([{ version: expect.any(String), consent: 'needed' }])
  beacon.track('favourite-item', { item: coat })
  expect(queued()).toEqual([])

  beacon.consent(true)
  await beacon.flush()
  beacon.track('add-to-cart', { item: coat })
  await beacon.flush()
  await asking.settle()
  expect((await kinds()).filter((kind) => /item|cart/.test(kind))).toEqual(['add-to-cart'])

  beacon.track('remove-from-cart', { item: coat })
  beacon.consent(false)
  await beacon.flush()
  expect(queued()).toEqual([])
  expect(told.at(-1)?.consent).toBe('refused')
  phone.sent.length = 0
  const next = launch()
  next.track('add-to-cart', { item: coat })
  await next.flush()
  expect(phone.sent).toEqual([])
  await asking.settle()
  expect((await kinds()).filter((kind) => /item|cart/.test(kind))).toEqual(['add-to-cart'])
})

test('C5: a no that is said while events are on their way is told right after them', async () => {
  const { customer, kinds } = await friends(brand, 'says-no-meanwhile')
  const { launch, phone } = miniProgramOf(brand, customer)
  const beacon = launch()
  await beacon.flush()
  beacon.track('view-item', { item: coat })
  const sending = beacon.flush()
  await vi.waitFor(() => expect(phone.sent.at(-1)).toContain('view-item'), { timeout: 30_000, interval: 1 })
  beacon.consent(false)
  await sending
  await vi.waitFor(() => expect(phone.sent.at(-1)).toContain('"answer":"withdraw"'), 30_000)
  await brand.settle()
  await vi.waitFor(async () => expect((await brand.server.stores.notices.of((await lookAt(brand, customer).persons()).flatMap(({ identities }) => identities.map(({ key }) => key)))).map(({ deed }) => deed)).toContain('withdrawn'), 30_000)
  expect(await kinds()).not.toContain('add-to-cart')
})

test('A7: whatever breaks around it, nothing of it throws into the host', async () => {
  const broken = (): never => {
    throw new Error('broken')
  }
  const wx = { login: broken, request: broken, getStorageSync: broken, setStorageSync: broken, onAppHide: broken, onAppRoute: broken } as unknown as Wx
  const options = { server: 'http://127.0.0.1:1', appId: 'wx1', onConsent: broken, onProblem: broken, login: broken }
  const beacon = createBeacon(options, { ...miniProgramPlatform(wx), later: broken })
  beacon.track('view-item', { item: coat })
  beacon.consent(true)
  beacon.consent(false)
  await expect(beacon.flush()).resolves.toBeUndefined()
})

test('A7: what cannot be sent is left out and holds nothing up; what the mall changes afterwards is told as it was', async () => {
  const sent: { item: { title: string } }[] = []
  const post = async (url: string, body: unknown) => {
    if (url.endsWith('/session')) return { status: 200, body: { token: 't', expiresAt: Date.now() + 3_600_000 }, retryAfter: null }
    sent.push(...(body as { events: typeof sent }).events)
    return { status: 200, body: {}, retryAfter: null }
  }
  const deaf = () => undefined
  const beacon = createBeacon({ server: 'https://crm.example', appId: 'wx1' }, { login: async () => 'code', read: () => null, write: deaf, post, onPage: deaf, onMoment: deaf, later: deaf })
  const own: { id: string; title: string; self?: unknown } = { id: 'coat-01', title: '大衣' }
  beacon.track('view-item', { item: own })
  own.title = '裙子'
  own.self = own
  beacon.track('view-item', { item: own })
  await Promise.all([beacon.flush(), beacon.flush()])
  await beacon.flush()
  expect(sent.map(({ item }) => item.title)).toEqual(['大衣'])
})

test('A7: only what a browser keeps alive after the page is asked to be', async () => {
  const kept: unknown[] = []
  vi.stubGlobal('fetch', async (_url: string, { keepalive }: RequestInit) => (kept.push(keepalive), new Response('{}')))
  const { post } = webPlatform()
  for (const count of [1, 50_000]) await post('https://crm.example/beacon/wx1', { text: '衣'.repeat(count) }, null)
  vi.unstubAllGlobals()
  expect(kept).toEqual([true, false])
})

/** A page in WeChat at this address, as far as signing in sees it; `went` is where it was sent. */
function pageInWeChat(address: string, storage = new Map<string, string>()) {
  const page = { href: address, went: [] as string[] }
  const location = {
    get href() {
      return page.href
    },
    get hash() {
      return new URL(page.href).hash
    },
    replace(to: string) {
      page.went.push(to)
      if (to.startsWith('#')) page.href = new URL(to, page.href).href
    },
  }
  vi.stubGlobal('location', location)
  vi.stubGlobal('history', { state: null, replaceState: (_state: unknown, _title: string, url: URL) => void (page.href = url.href) })
  vi.stubGlobal('navigator', { userAgent: 'MicroMessenger/8.0.50' })
  vi.stubGlobal('sessionStorage', { getItem: (key: string) => storage.get(key) ?? null, setItem: (key: string, value: string) => void storage.set(key, value) })
  return { page, storage }
}

test.each([
  ['#/item/1001?from=home', '', 'https://mall.example/?shop=1#/item/1001?from=home'],
  ['#/item/1001', '#wechat_redirect', 'https://mall.example/?shop=1#/item/1001'],
  ['', '#wechat_redirect', 'https://mall.example/?shop=1'],
  ['', '', 'https://mall.example/?shop=1'],
])('A8: the way through the sign-in page loses no part of the address: %s, come back with "%s"', async (hash, left, address) => {
  const { page, storage } = pageInWeChat(`https://mall.example/?shop=1${hash}`)
  expect(await weChatCode({ appId: 'wxmall' })).toBeNull()
  const back = new URL(new URL(page.went[0] ?? '').searchParams.get('redirect_uri') ?? '')
  for (const [name, value] of [['code', 'c1'], ['state', 'beacon']] as const) back.searchParams.set(name, value)
  const returned = pageInWeChat(`${back.href}${left}`, storage)
  expect(await weChatCode({ appId: 'wxmall' })).toBe('c1')
  expect(returned.page.href).toBe(address)
  expect(returned.page.went).toEqual(hash === '' ? [] : [hash])
  vi.unstubAllGlobals()
})

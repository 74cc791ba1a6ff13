import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStates } from '../../server/domain/alert.ts'
import type { IdentityKey } from '../../server/domain/ids.ts'
import { userAgents } from '../fake-tencent/browser.ts'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import type { StaffActor } from '../fake-tencent/staff.ts'
import { articleOf } from '../support/article.ts'
import { everythingStored } from '../support/everything-stored.ts'
import { lookAt } from '../support/look.ts'
import { coat, inMall, scarf } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'

let brand: TestBrand
let mei: StaffActor
let lin: CustomerActor
let article: string
const me = () => `${brand.env['PUBLIC_URL']}/me`

beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00', env: { BRAND_NAME: 'MIRA' } })
  mei = brand.tencent.staff('mei', { name: '小梅' })
  lin = brand.tencent.customer('lin', { name: '林小姐' })
  article = await articleOf(brand, mei)
  await mei.adds(lin)
  await lin.follows()
  await brand.passes(1)
  await lin.opens(article)
  await inMall(brand.clock, lin)('add-to-cart', coat)
  await brand.settle()
})
afterAll(async () => {
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

/** The page as the customer's WeChat shows it. */
const pageOf = async (customer: CustomerActor) => (await customer.opens(me())).html

/** Fills in the form that leads to `action` (the one of `source`, if said) and sends it. */
async function sends(customer: CustomerActor, html: string, action: string, source = ''): Promise<{ status: number; location: string }> {
  const forms = [...html.matchAll(/<form method="post" action="([^"]+)">(.*?)<\/form>/gs)].filter(([, to]) => to === action)
  const fields = forms.find(([, , inside]) => inside?.includes(source))?.[2] ?? ''
  const named = [...fields.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [String(name), String(value)])
  const response = await customer.browser.request(`${brand.env['PUBLIC_URL']}${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(named).toString(),
  })
  return { status: response.status, location: String(response.headers.get('location')) }
}

const kindsOf = async (customer: CustomerActor) => (await lookAt(brand, customer).timeline()).map(({ kind }) => kind)

test('C4: 林小姐 sees in plain words what was noted, who serves her since when, what she was told, and how long it stays', async () => {
  const html = await pageOf(lin)
  expect(html).toContain('正在记录')
  expect(html).toContain('<b>小梅</b><small>从 2026年3月2日 起</small>')
  expect(html).toContain('添加了导购的企业微信')
  expect(html).toContain('加入购物袋「羊绒大衣」')
  expect(html).toContain('读《秋冬大衣怎么选》')
  expect(html).not.toMatch(/同事|你的/)
  expect(html).toMatch(/<b>导购发的文章<\/b><small>2026年3月2日 10:01 看到告知（2026-11-25 版）/)
  expect(html).toContain('<dd>90 天</dd>')
  expect(html).toContain('<dd>3 年</dd>')
  expect(html).toContain('删除我的资料')
})

test('C4: a line on the reader page leads there', async () => {
  expect((await lin.opens(article)).html).toContain('<a href="/me">查看、暂停或删除我的记录</a>')
})

test('C4: 暂停记录 stops everything at once, from either side; 恢复 lets it begin again', async () => {
  const before = await kindsOf(lin)
  const openAlerts = async () => (await lookAt(brand, lin).alerts()).filter(({ state }) => openStates.includes(state))
  expect(await openAlerts()).not.toEqual([])
  const recording = await pageOf(lin)
  expect(recording).toContain('由记录得出、还没处理的提醒会一起收回，以后恢复记录也不会回来；她自己和您约好的不变')
  expect(await sends(lin, recording, '/me/pause')).toEqual({ status: 303, location: '/me?done=paused' })
  const paused = await pageOf(lin)
  expect(paused).toContain('已暂停')
  expect(paused).toContain('提醒已经收回，恢复记录以后也不会回来')
  brand.clock.move(60_000)
  await lin.opens(article)
  await lin.taps('预约到店')
  await brand.settle()
  expect(await kindsOf(lin)).toEqual(before)

  brand.clock.move(60_000)
  expect((await sends(lin, paused, '/me/resume')).location).toBe('/me?done=resumed')
  expect(await pageOf(lin)).toContain('正在记录')
  brand.clock.move(60_000)
  await lin.taps('预约到店')
  await brand.settle()
  expect(await kindsOf(lin)).toEqual([...before, 'tapped-menu'])
  // As the page said: what was taken back does not return.
  expect(await openAlerts()).toEqual([])
})

test('C5: each source says what it tells, also where no showing of it is noted, in the brand’s name', async () => {
  const html = await pageOf(lin)
  expect(html).toContain('MIRA 为了给您服务记下的内容')
  expect(html).toMatch(/<b>公众号<\/b><small>没有记到您看过这里的告知，点开就能看<\/small>.*?<summary>看告知<\/summary><p>欢迎关注MIRA。/s)
  expect(html).toContain(`<a href="${me()}">${me()}</a></p>`)
  expect(html).toContain('<small>¥2,999 · 小程序商城</small>')
  expect(html).not.toMatch(/上报|追踪|Cookie/)
})

test('C4: nobody sees another’s page, or acts on it', async () => {
  const zhou = brand.tencent.customer('zhou')
  const zhous = await pageOf(zhou)
  expect(zhous).not.toContain('羊绒大衣')
  const lins = await pageOf(lin)
  expect((await sends(zhou, lins, '/me/pause')).location).toBe('/me')
  expect((await sends(lin, zhous, '/me/pause')).location).toBe('/me')
  const stranger = brand.tencent.customer('stranger')
  expect((await sends(stranger, lins, '/me/erase')).location).toBe('null')
  const bare = await lin.browser.request(`${me()}/pause`, { method: 'POST', body: '' })
  expect([bare.status, bare.headers.get('location')]).toEqual([200, null])
  expect(await bare.text()).toContain('刚才什么都没有改变')
  expect(await pageOf(lin)).toContain('正在记录')
  expect(await pageOf(zhou)).toContain('正在记录')
})

test('C4: a page left open too long says that nothing was done, and leads to a fresh one by a tap', async () => {
  const html = await pageOf(lin)
  brand.clock.move(11 * 60_000)
  const [, fields = ''] = /action="\/me\/pause">(.*?)<\/form>/s.exec(html) ?? []
  const late = await lin.browser.request(`${me()}/pause`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams([['proof', /name="proof" value="([^"]*)"/.exec(fields)?.[1] ?? '']]).toString(),
  })
  expect([late.status, late.headers.get('location')]).toEqual([200, null])
  const said = await late.text()
  expect(said).toContain('刚才什么都没有改变')
  expect(said).toContain('href="/me"')
  expect(await pageOf(lin)).toContain('正在记录')
})

test('C4: the page is framed by nobody, kept by no cache, and its forms lead nowhere else', async () => {
  const seen = await lin.browser.request(me(), { headers: { accept: 'text/html' } })
  const policy = String(seen.headers.get('content-security-policy'))
  expect(policy).toContain("form-action 'self'")
  expect(policy).toMatch(/frame-ancestors 'self' *(;|$)/)
  expect(seen.headers.get('cache-control')).toBe('no-store')
  const cookie = seen.headers.getSetCookie().join()
  expect(cookie).not.toContain('SameSite=None')
})

test('C4: who was never noted sees that, and is not made known by looking', async () => {
  const wu = brand.tencent.customer('wu')
  const html = await pageOf(wu)
  expect(html).toContain('我们没有记下您做过的事。')
  expect(html).toContain('现在没有导购在企业微信里为您服务。')
  expect(await lookAt(brand, wu).persons()).toEqual([])
  expect(await everythingStored(String(brand.env['MONGODB_URI']))).not.toContain(wu.openIds.account)
})

test('C4: outside WeChat, with a made-up identity, or with a code that is refused, one sentence says what to do', async () => {
  const he = brand.tencent.customer('he')
  expect((await he.opens(me(), { userAgent: userAgents.desktop })).html).toContain('要在微信里打开这个页面')
  he.snapshot = true
  expect((await he.opens(me())).html).toContain('微信没有告诉我们您是谁')
  const back = await he.browser.request(`${me()}/callback?code=made-up&state=${'a'.repeat(30)}`)
  expect(await back.text()).toContain('微信没有告诉我们您是谁')
})

test('C5: 不再记录 at one source stops that source at once and no other; the choice stands with version and time', async () => {
  const qin = brand.tencent.customer('qin', { name: '秦女士' })
  await qin.follows()
  await qin.opens(article)
  await inMall(brand.clock, qin)('view-item', coat)
  await brand.settle()
  brand.clock.move(60_000)
  expect((await sends(qin, await pageOf(qin), '/me/consent', 'value="beacon"')).location).toBe('/me?done=withdrawn')
  expect(await pageOf(qin)).toMatch(/商城（小程序、网页）<\/b><small>2026年3月2日 10:\d\d 要求不再记录（2026-11-25 版）/)
  expect(await inMall(brand.clock, qin)('view-item', scarf)).toMatchObject({ status: 403, body: { error: { code: 'consent-refused' } } })
  await qin.opens(article)
  await brand.settle()
  expect((await kindsOf(qin)).filter((kind) => kind !== 'followed-account')).toEqual(['opened-content', 'view-item', 'opened-content'])
})

test('C4: 删除我的资料 asks once more, says what stays, and is done for the whole human', async () => {
  const chen = brand.tencent.customer('chen')
  await chen.follows()
  await inMall(brand.clock, chen)('view-item', scarf)
  await brand.settle()
  expect(await pageOf(chen)).toContain('<a class="button danger" href="/me/erase">')
  const asked = (await chen.opens(`${me()}/erase`)).html
  expect(asked).toContain('法律要求至少保存 3 年')
  expect(asked).toContain('不删了，返回')
  expect((await sends(chen, asked, '/me/erase')).location).toBe('/me?done=erasing')
  const key = `openid:${brand.tencent.brand.account.appId}:${chen.openIds.account}` as IdentityKey
  const requests = await brand.server.useCases.eraseCustomer.requestsOf(key)
  expect(requests.map(({ reason, scope, by }) => [reason, scope, by])).toEqual([['request', 'person', 'customer']])
  expect(await pageOf(chen)).toMatch(/正在删除|已删除/)
  await brand.settle()
})

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pictureShape } from '../../server/domain/picture.ts'
import type { ContentListView } from '../../server/http/contract.ts'
import { qrPicture } from '../fake-tencent/qr-picture.ts'
import type { StaffActor } from '../fake-tencent/staff.ts'
import { openArticleSite, type ArticleSite } from '../support/article-site.ts'
import { articleOf } from '../support/article.ts'
import { lookAt } from '../support/look.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'
import { signedIn } from '../support/page.ts'
import { commandOf } from '../support/product-command.ts'

let brand: TestBrand
let site: ArticleSite
let mei: StaffActor
let folder: string

beforeAll(async () => {
  ;[brand, site, folder] = await Promise.all([openBrand({ at: '2026-03-02T10:00' }), openArticleSite(), mkdtemp(join(tmpdir(), 'library-'))])
  mei = brand.tencent.staff('Mei', { name: '小梅' })
  await signedIn(brand, mei)
  await brand.settle()
})
afterAll(async () => {
  expect(brand.tencent.problems).toEqual([])
  await Promise.all([brand.close(), site.close(), rm(folder, { recursive: true })])
})

/** `npm run content -- …` beside the running server. */
function content(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const command = [...commandOf('content'), ...args]
  const env = { PATH: process.env['PATH'] ?? '', ...brand.env }
  return new Promise((resolve) => {
    execFile(process.execPath, command, { env }, (error, out, err) => resolve({ code: error === null ? 0 : Number(error.code), out, err }))
  })
}

const waysMade = () => brand.tencent.calls.filter(({ api }) => api === 'externalcontact/add_contact_way')
const pictureIn = (html: string) => /\/pictures\/[\w-]+\.png/.exec(html)?.[0] ?? ''
/** Asks an address of the product as any browser does. */
const ask = (path: string) => brand.tencent.customer('passer-by').browser.request(new URL(path, brand.env['PUBLIC_URL']).href)

test('A5: pictures beside an article come along, keep their places, and are asked for once', async () => {
  await mkdir(join(folder, 'photos'))
  await writeFile(join(folder, 'photos/coat 1.png'), qrPicture('coat'))
  await writeFile(join(folder, 'cover.png'), qrPicture('cover', 10))
  const markdown = ['# 大衣', '先看面料。', '![大衣](<photos/coat 1.png> "羊绒大衣，驼色")', '![远处](https://img.example.com/a.jpg)', '```', '![不是图](x.png)', '```']
  await writeFile(join(folder, 'coats.md'), markdown.join('\n\n'))
  const { code, out, err } = await content('add', '--title', '大衣', '--markdown', join(folder, 'coats.md'), '--cover', join(folder, 'cover.png'), '--description', '三分钟选对')
  expect({ code, err }).toEqual({ code: 0, err: '' })

  const { urls } = JSON.parse(out) as { urls: Record<string, string> }
  const { html } = await brand.tencent.customer('lin').opens(urls['Mei'] ?? '')
  expect(html).toMatch(/<img src="\/pictures\/[0-9a-f]{32}-\d+x\d+\.png" alt="大衣" width="\d+" height="\d+" loading="lazy" decoding="async">/)
  expect(html).toContain('<span class="caption">羊绒大衣，驼色</span>')
  expect(html).toContain('class="unsized"')
  expect(html).toContain('![不是图](x.png)')
  expect(html).toContain('<meta property="og:description" content="三分钟选对">')
  expect(html).toMatch(/og:image" content="http:\/\/127[^"]+\/pictures\/[^"]+\.png"/)

  const picture = await ask(pictureIn(html))
  expect(picture.status).toBe(200)
  expect(Object.fromEntries(['content-type', 'cache-control', 'x-content-type-options'].map((name) => [name, picture.headers.get(name)]))).toEqual({
    'content-type': 'image/png',
    'cache-control': 'public, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
  })
  expect((await ask('/pictures/none.png')).status).toBe(404)
  expect((await ask(`/pictures/${'0'.repeat(32)}-1x1.png`)).status).toBe(404)
  const list = await (await signedIn(brand, mei)).get<ContentListView>('/api/content')
  expect(list.body.items.find(({ title }) => title === '大衣')).toMatchObject({ cover: expect.stringMatching(/^http:.*\/pictures\//), poster: `${urls['Mei']}/poster` })
})

test('A5 A12: her copy ends with her own code, made once; who adds her by it says so', async () => {
  const article = await articleOf(brand, mei)
  const slug = article.split('/').at(-1) ?? ''
  const before = waysMade().length
  const [an, bo] = [brand.tencent.customer('an'), brand.tencent.customer('bo', { name: '波' })]
  const first = await an.opens(article)
  const second = await bo.opens(article)
  expect(first.html).toContain('长按识别，<wbr>加我企业微信')
  expect(first.html).toContain('<p class="who">小梅</p>')
  expect(pictureIn(second.html)).toBe(pictureIn(first.html))
  expect(pictureShape(new Uint8Array(await (await ask(pictureIn(first.html))).arrayBuffer()))).toMatchObject({ type: 'image/png' })
  expect(waysMade().slice(before).map(({ body }) => body)).toEqual([
    { type: 1, scene: 2, remark: '文章：秋冬大衣怎么选', skip_verify: true, state: `a-${slug}`, user: ['Mei'] },
  ])

  await mei.adds(bo, { state: `a-${slug}`, addWay: 1 })
  await brand.settle()
  const page = await signedIn(brand, mei)
  const { body } = await page.get<{ timeline: { text: string; note: string }[] }>(`/api/customers/${bo.externalUserId}`)
  expect(body.timeline).toEqual(expect.arrayContaining([expect.objectContaining({ text: '添加了你的企业微信', note: '扫了《秋冬大衣怎么选》末尾的二维码 · 企业微信' })]))
})

test.each([
  [48002, 'the app has no right to this API'],
  [84074, 'the member may not contact customers'],
])('A5: refused with %i the article stays whole, the log says why, and an hour later it is tried again', async (errcode, why) => {
  const article = await articleOf(brand, mei, `被拒 ${errcode}`)
  const reader = brand.tencent.customer(`refused-${errcode}`)
  brand.tencent.weather.refuseNext(errcode, { api: 'externalcontact/add_contact_way' })
  const asked = waysMade().length
  for (let time = 0; time < 2; time += 1) {
    const { status, html } = await reader.opens(article)
    expect(status).toBe(200)
    expect(html).toContain('先看面料')
    expect(html).not.toContain('class="contact"')
  }
  expect(waysMade()).toHaveLength(asked + 1)
  expect(brand.log.lines).toEqual(expect.arrayContaining([expect.objectContaining({ msg: 'page without a contact code', errcode, why: expect.stringContaining(why) })]))
  await brand.passes(61)
  expect((await reader.opens(article)).html).toContain('class="contact"')
})

test('A5: a picture of the code that cannot be fetched is fetched later; the code is not made twice', async () => {
  const article = await articleOf(brand, mei, '图片不来')
  brand.tencent.weather.failNext(500, { api: 'qr' })
  const reader = brand.tencent.customer('patient')
  const before = waysMade().length
  expect((await reader.opens(article)).html).not.toContain('class="contact"')
  await brand.passes(2)
  expect((await reader.opens(article)).html).toContain('class="contact"')
  expect(waysMade()).toHaveLength(before + 1)
})

test('A5 H7: who has left the company has no code at her copies any more', async () => {
  const wei = brand.tencent.staff('wei', { name: '小魏' })
  const article = await articleOf(brand, wei, '小魏的文章')
  const reader = brand.tencent.customer('of-wei')
  expect((await reader.opens(article)).html).toContain('class="contact"')
  await wei.leavesCompany()
  await brand.settle()
  await brand.passes(1)
  const { status, html } = await reader.opens(article)
  expect(status).toBe(200)
  expect(html).not.toContain('class="contact"')
})

test('A5: WeCom silent: the article does not wait for it', async () => {
  const article = await articleOf(brand, mei, '等不来')
  brand.tencent.weather.goSilent({ api: 'externalcontact/add_contact_way' })
  const began = performance.now()
  const { status, html } = await brand.tencent.customer('hurried').opens(article)
  expect(performance.now() - began).toBeLessThan(4_000)
  expect(status).toBe(200)
  expect(html).not.toContain('class="contact"')
  brand.tencent.weather.comeBack()
})

test('A5: a poster is a picture with her code, the same for everybody, another one when what it shows is another', async () => {
  const article = await articleOf(brand, mei, '海报的文章')
  const first = await ask(`${article}/poster`)
  const address = first.headers.get('location') ?? ''
  expect(first.status).toBe(302)
  expect(address).toMatch(/^\/l\/\w+\/poster\/[0-9a-f]{32}\.png$/)
  const poster = await ask(address)
  expect([poster.status, poster.headers.get('content-type'), poster.headers.get('cache-control')]).toEqual([200, 'image/png', 'public, max-age=31536000, immutable'])
  const bytes = new Uint8Array(await poster.arrayBuffer())
  expect(pictureShape(bytes)).toMatchObject({ type: 'image/png', width: 750 })
  expect(waysMade().at(-1)?.body).toMatchObject({ state: `p-${article.split('/').at(-1)}` })
  expect(new Uint8Array(await (await ask(address)).arrayBuffer())).toEqual(bytes)

  await mei.takesName('梅姐')
  await brand.settle()
  await brand.passes(1)
  const renamed = (await ask(address)).headers.get('location') ?? ''
  expect(renamed).toMatch(/\.png$/)
  expect(renamed).not.toBe(address)
  expect((await ask('/l/nothing-there/poster')).status).toBe(404)
  const [newest] = await brand.server.stores.contentLibrary.list(1)
  const nobodys = await brand.server.stores.contentLibrary.linkFor(newest?.id ?? '', null)
  expect((await ask(`/l/${nobodys.slug}/poster`)).status).toBe(404)
})

test('A5: without a code a poster leads to the article; several at once are painted, and a reader is served meanwhile', async () => {
  const article = await articleOf(brand, mei, '没有码的海报')
  brand.tencent.weather.refuseNext(60011, { api: 'externalcontact/add_contact_way' })
  const address = (await ask(`${article}/poster`)).headers.get('location') ?? ''
  const [one, two, page] = await Promise.all([ask(address), ask(address), ask(article)])
  expect([one.status, two.status, page.status < 400]).toEqual([200, 200, true])
  expect(pictureShape(new Uint8Array(await one.arrayBuffer()))?.width).toBe(750)
})

test('A5: an article of an Official Account is imported with its pictures, and says what it left out', async () => {
  const { code, out, err } = await content('import', '--url', `${site.url}/account-article.html`, '--allow-private')
  expect(code).toBe(0)
  const added = JSON.parse(out) as { urls: Record<string, string>; title: string; pictures: number; leftOut: number }
  expect(added).toMatchObject({ title: '秋冬大衣怎么选 & 怎么养', pictures: 3 })
  expect(err).toContain('视频 videos × 1')
  expect(err).toContain('第 3 张图片没有取到 picture 3 is missing: answered 404')
  expect(site.asked).not.toContain('/count.gif')
  const { html } = await brand.tencent.customer('reads-import').opens(added.urls['Mei'] ?? '')
  const article = /<article>([\s\S]*)<\/article>/.exec(html)?.[1] ?? ''
  expect(article).toContain('<h2>面料</h2>')
  expect(article).toContain('<td>165|168</td>')
  expect(article.match(/<img/g)).toHaveLength(2)
  expect(article).not.toMatch(/<script|onclick|javascript:|127\.0\.0\.1|display:none|看不见/)
  expect(html).toContain('三分钟，选到一件穿十年的大衣')
})

test('A5 D1: how deep she read is told by the heading, however late the news comes', async () => {
  const { urls } = await brand.server.useCases.addContent({ title: '读到哪里', url: null, markdown: '## 面料\n\n字\n\n## 尺码\n\n字', cover: null })
  const customer = brand.tencent.customer('deep', { name: '深' })
  await mei.adds(customer)
  await customer.follows()
  await brand.settle()
  const { html } = await customer.opens(urls['Mei'] ?? '')
  const { read } = JSON.parse(/id="reading">(.*?)<\/script>/.exec(html)?.[1] ?? '{}') as { read: { to: string; visit: string } }
  const arrivedAt = brand.clock.now()
  await brand.passes(60)
  const report = { visit: read.visit, part: 0, seconds: 180, percent: 70, section: 1, after: 200 }
  const tell = (body: object) => customer.browser.request(new URL(read.to, brand.env['PUBLIC_URL']).href, { method: 'POST', body: JSON.stringify(body) })
  const answers = [await tell(report), await tell(report), await tell({ ...report, part: 1, seconds: 4, section: 9 }), await tell({ ...report, part: 2, section: -1 })]
  expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 400])
  await brand.settle()
  const told = (await lookAt(brand, customer).timeline()).filter(({ kind }) => kind === 'read-content')
  expect(told).toHaveLength(2)
  expect(told[0]).toMatchObject({ section: '尺码', seconds: 180, at: new Date(arrivedAt.getTime() + 200_000) })
  const { body } = await (await signedIn(brand, mei)).get<{ timeline: { text: string; note: string }[] }>(`/api/customers/${customer.externalUserId}`)
  expect(body.timeline).toEqual(expect.arrayContaining([expect.objectContaining({ text: '读《读到哪里》，3 分 4 秒，看到「尺码」', note: '你的追踪链接 · 微信授权认出 · 读到 70%' })]))
})

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { userAgents } from '../fake-tencent/browser.ts'
import { actorHeader } from '../fake-tencent/pages.ts'
import { lookAt } from '../support/look.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'
import { openBrowser, story } from './open-browser.ts'

const types: Readonly<Record<string, string>> = { html: 'text/html', css: 'text/css', js: 'text/javascript' }
const beijingNow = () => new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 16)

/** The example mall as a brand would put it on a web server of its own; only its settings are the test's. */
async function openMall() {
  const settings = { text: '' }
  const server = createServer((req, res) => {
    const name = new URL(req.url ?? '/', 'http://mall').pathname.slice(1) || 'index.html'
    const file = new URL(`../../webhooks/beacon/examples/h5-mall/${name}`, import.meta.url)
    const read = name === 'settings.js' ? Promise.resolve(settings.text) : readFile(file)
    read.then(
      (body) => res.writeHead(200, { 'content-type': types[name.split('.').pop() ?? ''] ?? 'text/plain' }).end(body),
      () => res.writeHead(404).end(),
    )
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { origin: `http://127.0.0.1:${port}`, settings, close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))) }
}

let mall: Awaited<ReturnType<typeof openMall>>
let brand: TestBrand
let browser: Browser
let phone: BrowserContext
let page: Page
const errors: string[] = []

beforeAll(async () => {
  ;[mall, browser] = [await openMall(), await openBrowser()]
  brand = await openBrand({ at: beijingNow(), env: { ALLOWED_ORIGINS: mall.origin } })
  brand.tencent.trusts(mall.origin)
  const settings = { server: brand.url, appId: brand.tencent.brand.account.appId, weChatOpen: brand.tencent.bases.weChatOpen }
  mall.settings.text = `window.mall = ${JSON.stringify(settings)}`
  const viewport = { width: 390, height: 844 }
  phone = await browser.newContext({ viewport, userAgent: userAgents.weChat })
  // WeChat knows its user; of our browser only its own pages are told.
  const signIn = `${brand.tencent.bases.weChatOpen}/**`
  await phone.route(signIn, (route) => route.continue({ headers: { ...route.request().headers(), [actorHeader]: 'customer:lin' } }))
  page = await phone.newPage()
  page.on('pageerror', (error) => errors.push(error.message))
}, 60_000)
afterAll(async () => {
  await browser?.close()
  expect(brand.tencent.problems).toEqual([])
  await brand?.close()
  await mall?.close()
})

const queued = () => page.evaluate(() => Object.entries(localStorage).find(([key]) => key.endsWith(':queue'))?.[1] ?? '[]').then((text) => JSON.parse(text) as { kind: string }[])
const inBasket = () => page.getByRole('button', { name: '加入购物袋' }).first().click()

story(
  'A7: 林小姐 opens the H5 mall in WeChat, puts a coat into the bag, and 小梅\'s phone rings; what she does offline arrives when she is back',
  async () => {
    const mei = brand.tencent.staff('mei', { name: '小梅' })
    const lin = brand.tencent.customer('lin', { name: '林小姐' })
    await lin.follows()
    await mei.adds(lin)
    await brand.settle()
    const kinds = async () => {
      await brand.settle()
      return (await lookAt(brand, lin).timeline()).map(({ kind }) => kind)
    }

    await page.goto(mall.origin)
    await page.waitForURL((url) => url.origin === mall.origin && !url.searchParams.has('code'))
    await inBasket()
    await expect.poll(queued, { timeout: 30_000 }).toEqual([])
    expect(await kinds()).toEqual(expect.arrayContaining(['view-page', 'add-to-cart']))
    expect(mei.phone.at(-1)?.title).toContain('林小姐')

    await phone.setOffline(true)
    await page.getByText('双面羊绒大衣').click()
    await page.getByRole('button', { name: '购物袋', exact: false }).first().click()
    await expect.poll(async () => (await queued()).map(({ kind }) => kind)).toEqual(['view-item', 'view-page', 'checkout'])
    await page.close()
    await phone.setOffline(false)
    page = await phone.newPage()
    page.on('pageerror', (error) => errors.push(error.message))
    await page.goto(mall.origin)
    await expect.poll(queued, { timeout: 30_000 }).toEqual([])
    expect((await kinds()).filter((kind) => kind === 'checkout')).toHaveLength(1)

    await page.getByText('不要记录').click()
    await expect.poll(() => page.getByText('已停止记录').count()).toBe(1)
    await inBasket()
    expect(await queued()).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    expect(errors).toEqual([])
  },
  60_000,
)

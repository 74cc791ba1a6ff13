import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest'
import { builtPages } from './built-pages.ts'
import { openBrowser, story } from './open-browser.ts'
import { openSidebar, sees, taps, type OpenPage } from './open-sidebar.ts'
import { openSidebarServer, type SidebarServer } from './sidebar-server.ts'

const minuteMs = 60_000
const lin = 'wmLIN0001'
let browser: Browser
let server: SidebarServer
let open: OpenPage

async function opens(width: number): Promise<OpenPage> {
  server.desk.session.payments = true
  open = await openSidebar(browser, { origin: server.origin, width })
  return open
}
async function asks(page: Page, amount: string, words: string): Promise<void> {
  await taps(page, '收款')
  await page.getByLabel('金额').fill(amount)
  await page.getByLabel('说明').fill(words)
  await taps(page, '生成收款')
}

beforeAll(async () => {
  ;[browser, server] = await Promise.all([openBrowser(), builtPages().then(openSidebarServer)])
}, 2 * minuteMs)
afterEach(async () => {
  await open.leave()
  await server.reset()
})
afterAll(async () => {
  await server?.close()
  await browser?.close()
})

describe.each([390, 360])('at %d px', { timeout: minuteMs }, (width) => {
  story('A4 F3: a payment link goes into the chat by one tap, and turns to paid by itself', async () => {
    const { page, calls } = await opens(width)
    const [alert] = server.desk.customer.alerts
    await asks(page, '2,680', '羊绒大衣 驼色 M')
    expect(await sees(page, '¥2,680')).toBe(true)
    await expect.poll(() => server.desk.posts).toEqual([
      {
        path: `/api/customers/${lin}/payments`,
        body: { amount: 268_000, description: '羊绒大衣 驼色 M', alertKey: alert?.key },
      },
    ])
    await taps(page, '发送付款链接')
    const sent = (await calls()).filter((call) => call.name === 'sendChatMessage').map((call) => call.params)
    const content = expect.stringMatching(/^羊绒大衣 驼色 M ¥2,680，点这里付款：https:\/\/.*\/pay\/[0-9a-f]{32}$/)
    expect(sent).toMatchObject([{ msgtype: 'text', text: { content } }])

    await taps(page, '收款')
    expect(await sees(page, '等 TA 付款，22:37 前有效')).toBe(true)
    Object.assign(server.desk.payments.payments[0] ?? {}, { state: 'paid', url: null, paidAt: server.desk.session.now })
    server.desk.push({ kind: 'customer', subject: lin, customer: lin, at: server.desk.session.now })
    expect(await sees(page, '已付款 20:37')).toBe(true)
  })

  story('A4: a customer unknown to the account gets a code to scan on this screen', async () => {
    const { page } = await opens(width)
    server.desk.payBy = 'code'
    await asks(page, '99.5', '定金')
    const code = page.getByRole('img', { name: '定金 ¥99.50 的收款码' })
    await code.waitFor()
    const box = await code.boundingBox()
    expect(box?.width).toBeGreaterThan(200)
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(width)
    expect(await code.locator('path').getAttribute('d')).toMatch(/^M\d+ \d+h1v1h-1z/)
    expect(await sees(page, '请 TA 用微信扫一扫')).toBe(true)
  })

  story('A4 F7: what is missing, and what was not taken, is said in place', async () => {
    const { page } = await opens(width)
    await asks(page, 'abc', '')
    expect(await sees(page, '请写一个金额，比如 2680 或 99.50')).toBe(true)
    expect(await sees(page, '写一句是什么，TA 付款时会看到')).toBe(true)
    expect(server.desk.posts).toEqual([])
    server.desk.refuse.set(`/api/customers/${lin}/payments`, { status: 503, code: 'unavailable' })
    await page.getByLabel('金额').fill('1')
    await page.getByLabel('说明').fill('定金')
    await taps(page, '生成收款')
    expect(await sees(page, '服务暂时连不上，这笔收款没有生成，请稍后再试。')).toBe(true)
  })
})

story('A4: without a merchant there is no such button', async () => {
  open = await openSidebar(browser, { origin: server.origin, width: 390 })
  await sees(open.page, '加购了羊绒大衣，还没下单')
  expect(await open.page.getByRole('button', { name: '收款' }).count()).toBe(0)
})

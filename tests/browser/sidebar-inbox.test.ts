import type { Browser, CDPSession, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest'
import { builtPages } from './built-pages.ts'
import { openBrowser, story } from './open-browser.ts'
import { openSidebar, pageNow, sees, taps, timeStops, type OpenOptions, type OpenPage } from './open-sidebar.ts'
import { alertFixture } from './sidebar-fixtures.ts'
import { openSidebarServer, type SidebarServer } from './sidebar-server.ts'

const minuteMs = 60_000
let browser: Browser
let server: SidebarServer
let open: OpenPage

async function opens(options: Partial<OpenOptions> = {}): Promise<OpenPage> {
  open = await openSidebar(browser, { origin: server.origin, host: { entry: 'normal' }, ...options })
  return open
}
/** A thumb moves sideways over the row of one customer. */
async function swipes(page: Page, name: string, by: number): Promise<void> {
  const box = await page.getByText(name, { exact: true }).boundingBox()
  if (!box) throw new Error(`${name} is not on the page`)
  const touch: CDPSession = await page.context().newCDPSession(page)
  const [x, y] = [190, box.y + box.height / 2]
  await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x, y }] })
  for (const part of [0.25, 0.5, 0.75, 1]) {
    await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [{ x: x + by * part, y }] })
  }
  await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
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
  story('F6: from the workbench: who to call now, who later, and the day so far', async () => {
    const { page } = await opens({ width })
    await sees(page, '今天回应了 12 位，多半在 9 分钟内。')
    expect(await page.getByRole('heading').allTextContents()).toEqual(['待跟进 6', '现在最该联系', '可以晚一点'])
    expect(await page.getByRole('button', { name: /^去和.+聊天$/ }).count()).toBe(3)
  })

  story('F6: 去聊天 opens the chat with that customer', async () => {
    const { page, calls } = await opens({ width })
    await taps(page, '去和周先生聊天')
    await expect.poll(async () => (await calls()).at(-1)?.params.externalUserIds).toBe('wmZHOU')
  })

  story.each([
    { way: 'right', by: 160, action: 'following' },
    { way: 'left', by: -160, action: 'later' },
  ])('F6: a swipe to the $way is $action, and can be taken back', async ({ by, action }) => {
    const { page } = await opens({ width })
    await sees(page, '周先生')
    await swipes(page, '周先生', by)
    await page.getByText('周先生', { exact: true }).waitFor({ state: 'detached' })
    await expect.poll(() => server.desk.posts.map((post) => post.body)).toEqual([{ action }])
    await taps(page, '撤销')
    expect(await sees(page, '周先生')).toBe(true)
    await expect.poll(() => server.desk.posts.map((post) => post.body)).toEqual([{ action }, { action: 'undo' }])
  })

  story('F6: what a swipe does, a keyboard can do', async () => {
    const { page } = await opens({ width })
    await sees(page, '周先生')
    await page.getByRole('listitem').filter({ hasText: '周先生' }).getByRole('button', { name: '稍后' }).press('Enter')
    await page.getByText('周先生', { exact: true }).waitFor({ state: 'detached' })
    await expect.poll(() => server.desk.posts.map((post) => post.body)).toEqual([{ action: 'later' }])
  })

  story('F6: a filter asks the server, and an empty one says so', async () => {
    const { page } = await opens({ width })
    await sees(page, '周先生')
    server.desk.inbox.alerts = []
    const asked = page.waitForRequest('**/api/alerts?filter=following')
    await taps(page, '跟进中 3')
    await asked
    expect(await sees(page, '还没有跟进中的客户。')).toBe(true)
  })

  story('F6: to the customer and back, to the same place in the list', async () => {
    server.desk.inbox.alerts = many(60)
    const { page } = await opens({ width })
    await sees(page, '客户 1')
    await page.evaluate('scrollTo(0, 2000)')
    await page.getByRole('link', { name: '客户 25' }).click()
    await sees(page, '加购了羊绒大衣，还没下单')
    await taps(page, '返回')
    await sees(page, '客户 25')
    await expect.poll(() => page.evaluate('scrollY')).toBe(2000)
  })

  story('F6: 200 alerts, few of them on the page at a time', async () => {
    server.desk.inbox.alerts = many(200)
    const { page } = await opens({ width })
    await sees(page, '客户 1')
    expect(await page.getByRole('listitem').count()).toBeLessThan(100)
    for (let step = 0; step < 10; step++) {
      await page.mouse.wheel(0, 4_000)
      await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
    }
    expect(await sees(page, '客户 200')).toBe(true)
    expect(await page.getByRole('listitem').count()).toBeLessThan(120)
  })

  story('F5: a new alert stands in the open inbox within a second', async () => {
    const { page } = await opens({ width, clock: true })
    await sees(page, '周先生')
    const stoodAt = await timeStops(page)
    const alert = await alertFixture('alert-price')
    server.desk.inbox.alerts.unshift({ ...alert, customer: { ...alert.customer, name: '新来的客户' } })
    server.desk.push({ kind: 'alert', subject: alert.key, customer: alert.customer.id, at: alert.at })
    await page.getByText('新来的客户', { exact: true }).waitFor()
    expect((await pageNow(page)) - stoodAt).toBeLessThan(1_000)
    expect(await page.getByRole('link', { name: '新来的客户' }).count()).toBe(1)
  })
})

describe('E6: 本店', { timeout: minuteMs }, () => {
  story('a manager switches to what colleagues have: whose it is, and nothing to swipe or to answer', async () => {
    server.desk.session.staff.manager = true
    const { page } = await opens({ width: 320, touch: false })
    await sees(page, '我的')
    await taps(page, '本店')
    expect(await sees(page, '小周')).toBe(true)
    expect(await page.getByRole('link').count()).toBe(2)
    expect(await page.getByRole('button', { name: '跟进中', exact: true }).count()).toBe(0)
    expect(await page.getByText('去聊天').count()).toBe(0)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320)
    await taps(page, '我的')
    await page.getByText('小周', { exact: true }).first().waitFor({ state: 'detached' })
  })

  story('a salesperson has no such switch', async () => {
    const { page } = await opens()
    await sees(page, '周先生')
    expect(await page.getByRole('button', { name: '本店' }).count()).toBe(0)
  })
})

function many(count: number): SidebarServer['desk']['inbox']['alerts'] {
  const [alert] = server.desk.inbox.alerts
  return Array.from({ length: count }, (_, index) => ({
    ...alert!,
    key: `k${index}`,
    customer: { id: `wm${index}`, name: `客户 ${index + 1}`, avatar: null },
  }))
}

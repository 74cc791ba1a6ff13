import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest'
import { builtPages } from './built-pages.ts'
import { openBrowser, story } from './open-browser.ts'
import { openSidebar, sees, type OpenOptions, type OpenPage } from './open-sidebar.ts'
import { alertFixtures } from './sidebar-fixtures.ts'
import { openSidebarServer, type SidebarServer } from './sidebar-server.ts'

const minuteMs = 60_000
const thumbPx = 44
const enough = 4.5
let browser: Browser
let server: SidebarServer
let open: OpenPage

async function opens(options: Partial<OpenOptions>): Promise<Page> {
  open = await openSidebar(browser, { origin: server.origin, ...options })
  return open.page
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

/** Buttons and links smaller than a thumb, by their words. */
const smallTargets = (least: number): string[] =>
  [...document.querySelectorAll<HTMLElement>('button, a, textarea')]
    .filter((one) => one.checkVisibility({ opacityProperty: true }))
    .filter((one) => one.offsetHeight < least - 0.5 || one.offsetWidth < least - 0.5)
    .map((one) => `${one.textContent?.trim()} ${one.offsetWidth}×${one.offsetHeight}`)

/** Text that is too pale for its ground, by its words. */
const paleTexts = (least: number): string[] => {
  const parse = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number)
  const light = (colour: number[]) => {
    const [r = 0, g = 0, b = 0] = colour.slice(0, 3).map((part) => {
      const share = part / 255
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const ground = (element: Element | null): number[] => {
    if (!element) return [255, 255, 255]
    const colour = parse(getComputedStyle(element).backgroundColor)
    return colour.length === 4 && colour[3] === 0 ? ground(element.parentElement) : colour
  }
  const pale: string[] = []
  for (const element of document.querySelectorAll<HTMLElement>('#app *')) {
    const words = [...element.childNodes].filter((node) => node.nodeType === 3 && node.textContent?.trim())
    if (words.length === 0 || !element.checkVisibility({ opacityProperty: true }) || element.closest('.avatar')) continue
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(ground(element))]
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    if (contrast < least) pale.push(`${element.textContent?.trim()} ${contrast.toFixed(2)}`)
  }
  return pale
}

interface Look {
  name: string
  /** Words that show that the page is ready. */
  ready: string
  options: Partial<OpenOptions>
  prepare?: () => void | Promise<void>
  /** Places to go from there, each looked at too: what is tapped, and words that show it is there. */
  walk?: readonly (readonly [tap: string, ready: string])[]
}

const longName = '欧阳娜娜小朋友的妈妈在静安嘉里中心等你呀'
const longTitle = '加购了羊绒大衣，还没下单，'.repeat(5).slice(0, 60)

const looks: Look[] = [
  { name: 'beside a chat', ready: '发送这句', options: {} },
  {
    name: 'three alerts, customer not linked',
    ready: '发小程序卡片',
    options: {},
    async prepare() {
      server.desk.customer.alerts.push(...(await alertFixtures('alerts-more')))
      server.desk.customer.linked = false
    },
  },
  {
    name: 'nothing new',
    ready: '近期没有新动态',
    options: {},
    prepare() {
      server.desk.customer.alerts = []
      server.desk.customer.timeline = []
    },
  },
  {
    name: 'a name of 20 characters, a title of 60, a missing picture',
    ready: longTitle,
    options: {},
    prepare() {
      Object.assign(server.desk.customer.customer, { name: longName, avatar: '/missing.png' })
      server.desk.customer.alerts.forEach((alert) => (alert.title = longTitle))
    },
  },
  { name: 'inbox', ready: '待跟进 6', options: { host: { entry: 'normal' } } },
  {
    name: 'inbox of long names and emoji',
    ready: longName,
    options: { host: { entry: 'normal' } },
    prepare() {
      for (const [index, alert] of server.desk.inbox.alerts.entries()) {
        alert.customer.name = index % 2 ? '👩‍👧‍👦🌸Lin✨' : longName
        alert.title = longTitle
      }
    },
  },
  {
    name: 'inbox, all answered',
    ready: '都回应完了，有新动态会马上出现在这里。',
    options: { host: { entry: 'normal' } },
    prepare() {
      server.desk.inbox.alerts = []
    },
  },
  {
    name: 'articles in the menu, for operators',
    ready: 'To add articles: npm run content, see the README.',
    options: { host: { entry: 'chat_attachment' } },
    prepare() {
      server.desk.session.staff.operator = true
    },
  },
  {
    name: 'portrait, tags, orders, notes, writing one down',
    ready: '发送这句',
    options: {},
    prepare() {
      server.desk.customer.reminders = server.desk.notes.reminders
      server.desk.portrait.tags.push({ id: 'etLONG', name: longTitle, groupName: '风格' })
    },
    walk: [
      ['画像', '大衣、围巾'],
      ['加标签', '甜美'],
      ['关闭', '大衣、围巾'],
      ['订单', '退款中'],
      ['记录', '定个提醒'],
      ['记一笔', '下次提醒'],
    ],
  },
  {
    name: 'inbox with reminders',
    ready: '约好的提醒',
    options: { host: { entry: 'normal' } },
    prepare() {
      const customer = { id: 'wmLIN0001', name: longName, avatar: null }
      server.desk.inbox.alerts = server.desk.inbox.alerts.slice(0, 1)
      server.desk.inbox.reminders = server.desk.notes.reminders.map((reminder) => ({ ...reminder, customer }))
    },
  },
  {
    name: 'a group',
    ready: '你的客户 2 位，1 位值得联系，另有 3 位不在你这里。',
    options: { host: { entry: 'group_chat_tools', chatId: 'wrGROUP1' } },
    prepare() {
      for (const customer of server.desk.groupChat.customers) customer.name = longName
    },
  },
  {
    name: 'a customer of others, for an operator',
    ready: '企业微信客户 = 微信开放平台的身份',
    options: {},
    prepare() {
      server.desk.session.staff.operator = true
      server.desk.refuse.set('/api/customers/wmLIN0001$', { status: 403, code: 'not-my-customer', details: { customer: longName, owner: '小周', ownerId: 'zhou' } })
    },
  },
  { name: 'numbers for operators', ready: '各篇相加：同一个人读两篇算两次。', options: { hash: '#/operator' } },
  { name: 'no customer here', ready: '这个聊天里没有客户。', options: { host: { entry: 'group_chat_tools' } } },
]

/** Taps a tab or a button, and waits until what it opens has come to rest. */
async function goesTo(page: Page, [name, ready]: readonly [string, string]): Promise<void> {
  await page.locator('button:visible', { hasText: name }).or(page.getByRole('button', { name, exact: true })).last().click()
  await page.getByText(ready).locator('visible=true').last().waitFor()
  await page.waitForFunction('document.getAnimations().length === 0')
}

const widths = [360, 390, 420, 320] as const

/** Nothing beside the edge, nothing too small for a thumb, nothing too pale, by day and by night. */
async function fits(page: Page, width: number, where: unknown): Promise<void> {
  expect([where, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([where, width])
  expect([where, await page.evaluate(smallTargets, thumbPx)]).toEqual([where, []])
}

async function canBeRead(page: Page, where: unknown): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.waitForFunction('document.getAnimations().length === 0')
    expect([where, colorScheme, await page.evaluate(paleTexts, enough)]).toEqual([where, colorScheme, []])
  }
}

describe('F1 at 320 to 420 px, light and dark: nothing is cut off, too small or too pale', { timeout: minuteMs }, () => {
  story.each(looks)('$name', async ({ ready, options, prepare, walk = [] }) => {
    await prepare?.()
    const page = await opens({ ...options, width: 420 })
    await sees(page, ready)
    for (const width of widths) {
      await page.setViewportSize({ width, height: 844 })
      await fits(page, width, width)
      const largest = await page.addStyleTag({ content: 'html { font-size: 23px }' }) // WeCom's largest font
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
      await largest.evaluate((style) => (style as HTMLElement).remove())
    }
    await canBeRead(page, ready)
    // The narrowest tells for all.
    for (const step of walk) {
      await goesTo(page, step)
      await fits(page, 320, step)
      await canBeRead(page, step)
    }
  })
})

describe('F1 while loading', { timeout: minuteMs }, () => {
  story('the skeleton has the layout of the page, and says what it waits for', async () => {
    server.desk.hold = true
    const page = await opens({ hash: '#/customer/wmLIN0001' })
    await page.getByLabel('正在读取客户动态').waitFor()
    expect(await page.locator('[aria-busy=true]').count()).toBe(1)
  })
})

import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest'
import { wordsOf } from '../../server/domain/diagnosis-faults.ts'
import type { ErrorCode } from '../../server/http/contract.ts'
import { builtPages } from './built-pages.ts'
import { openBrowser, story } from './open-browser.ts'
import { clipboard, openSidebar, sees, taps, type OpenOptions, type OpenPage } from './open-sidebar.ts'
import { openSidebarServer, type SidebarServer } from './sidebar-server.ts'

const minuteMs = 60_000
let browser: Browser
let server: SidebarServer
let open: OpenPage

async function opens(options: Partial<OpenOptions> = {}): Promise<OpenPage> {
  open = await openSidebar(browser, { origin: server.origin, ...options })
  return open
}

function refuses(path: string, status: number, code: ErrorCode, details: Record<string, string> = {}): void {
  server.desk.refuse.set(path, { status, code, details })
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

// The narrower of two common phones; how pages fit others is told in sidebar-looks.test.ts.
describe.each([360])('F7 at %d px: what is wrong, and what to do', { timeout: minuteMs }, (width) => {
  story('opened outside WeCom', async () => {
    const { page } = await opens({ width, inWeCom: false, userAgent: 'Mozilla/5.0 Chrome/120.0' })
    expect(await sees(page, '请在企业微信里打开这个页面。')).toBe(true)
    await taps(page, '复制链接')
    await sees(page, '已复制')
    expect(await clipboard(page)).toBe(`${server.origin}/sidebar/`)
  })

  story('WeCom too old', async () => {
    const { page } = await opens({ width, userAgent: 'Mozilla/5.0 wxwork/3.0.23 MicroMessenger/7.0.1' })
    expect(await sees(page, '你的企业微信版本有点旧，升级后就能用侧边栏。')).toBe(true)
    await taps(page, '怎么升级')
    expect(await sees(page, '电脑：左下角菜单 → 检查更新')).toBe(true)
  })

  story('sign-in expired: once by itself, then by hand, never round and round', async () => {
    refuses('/api/', 401, 'signed-out')
    const { page } = await opens({ width, hash: '?from=card#/inbox' })
    expect(await sees(page, '点这里重新登录。')).toBe(true)
    await expect.poll(() => server.desk.signIns).toEqual(['/sidebar/?from=card#/inbox'])
    server.desk.refuse.clear()
    await taps(page, '重新登录')
    expect(await sees(page, '待跟进 6')).toBe(true)
    await expect.poll(() => server.desk.signIns).toHaveLength(2)
  })

  story('sign-in expired while the page is open: says so on the way', async () => {
    const { page } = await opens({ width })
    await sees(page, '发送这句')
    await page.route('**/api/session?return=*', (route) => route.abort('aborted')) // stopped on the way
    refuses('/api/', 401, 'signed-out')
    server.desk.push({ kind: 'customer', subject: 'wmLIN0001', customer: 'wmLIN0001', at: server.desk.session.now })
    expect(await sees(page, '登录过期了，正在重新登录…')).toBe(true)
    expect(await sees(page, '加购了羊绒大衣，还没下单')).toBe(true)
  })

  story("outside the app's visible range", async () => {
    refuses('/api/session', 403, 'outside-visible-range')
    const { page } = await opens({ width })
    const sentence = '你还没有使用权限，请管理员在「应用可见范围」里加上你。'
    expect(await sees(page, sentence)).toBe(true)
    await taps(page, '复制这句话给管理员')
    await sees(page, '已复制')
    expect(await clipboard(page)).toBe(sentence)
  })

  story('the app lacks the customer-contact right', async () => {
    refuses('/api/customers', 502, 'no-contact-right')
    const { page } = await opens({ width })
    const sentence = '应用还没有「客户联系」权限，请管理员在后台开通。'
    expect(await sees(page, sentence)).toBe(true)
    await taps(page, '复制')
    await sees(page, '已复制')
    expect(await clipboard(page)).toBe(sentence)
  })

  story('H2: WeCom refuses because of a setting: what the server says of it, ready to be passed on', async () => {
    const { what, fix } = wordsOf({ fault: 'ip-not-trusted', about: null })
    const message = `${what.zh}。${fix.zh}。`
    server.desk.refuse.set('/api/customers', { status: 502, code: 'not-set-up', message })
    const { page } = await opens({ width })
    expect(await sees(page, message)).toBe(true)
    await taps(page, '复制给管理员')
    await sees(page, '已复制')
    expect(await clipboard(page)).toBe(message)
  })

  story('not my customer: who follows TA, and one tap to that colleague', async () => {
    refuses('/api/customers', 403, 'not-my-customer', { customer: '林小姐', owner: '陈静', ownerId: 'chenjing' })
    const { page, calls } = await opens({ width })
    expect(await sees(page, '林小姐的跟进人是 陈静，你看不到 TA 的动态。')).toBe(true)
    await taps(page, '联系陈静')
    await expect.poll(async () => (await calls()).at(-1)?.params.userIds).toBe('chenjing')
  })

  story('not my customer, and who follows TA is not mine to know', async () => {
    refuses('/api/customers', 403, 'not-my-customer')
    const { page } = await opens({ width })
    expect(await sees(page, '这位客户由别的同事跟进，你看不到 TA 的动态。')).toBe(true)
    expect(await page.getByRole('button').count()).toBe(0)
  })

  story('C4: the customer had everything erased: one sentence, and nothing stays on the device', async () => {
    refuses('/api/customers', 403, 'erased')
    const { page } = await opens({ width })
    expect(await sees(page, '这位客户要求删除记录，这里已经没有 TA 的任何内容。')).toBe(true)
    await taps(page, '看我的待跟进')
    expect(await sees(page, '待跟进 6')).toBe(true)
  })

  story.each([
    { chat: 'a group', host: { entry: 'group_chat_tools' } },
    { chat: 'a colleague', host: { userId: null } },
  ])('not a customer chat: $chat', async ({ host }) => {
    const { page } = await opens({ width, host })
    expect(await sees(page, '这个聊天里没有客户。')).toBe(true)
    await taps(page, '看我的待跟进')
    expect(await sees(page, '待跟进 6')).toBe(true)
  })

  story('C3 customer not linked yet: a mini-program card goes into the chat at one tap', async () => {
    server.desk.customer.linked = false
    const { page, calls } = await opens({ width })
    await page.getByText('还没关联公众号：发一张小程序卡片', { exact: false }).first().waitFor()
    await taps(page, '发小程序卡片')
    expect(await sees(page, '已发送')).toBe(true)
    const sent = (await calls()).find(({ name }) => name === 'sendChatMessage')?.params
    expect(sent).toMatchObject({ msgtype: 'miniprogram', miniprogram: { appid: 'wx0123456789abcdef', page: 'pages/home/home.html', title: '进店看看' } })
  })

  story('C3 the way is not known for now: a card of an article to send', async () => {
    server.desk.customer.linked = false
    server.desk.refuse.set('/api/customers/wmLIN0001/link-way', { status: 503, code: 'unavailable' })
    const { page } = await opens({ width })
    const sentence =
      '还没认出 TA 在公众号和商城里的身份：发一篇你的文章，TA 关注公众号或点「用微信身份阅读」后就能连上；发小程序卡片更快，打开就连上。'
    expect(await sees(page, sentence)).toBe(true)
    await taps(page, '发卡片')
    expect(await sees(page, '秋冬大衣怎么选')).toBe(true)
  })

  story('the JS-SDK never answers: content first', async () => {
    const { page, calls } = await opens({ width, hash: '#/customer/wmLIN0001', host: { silent: true }, clock: true })
    expect(await sees(page, '加购了羊绒大衣，还没下单')).toBe(true)
    await expect.poll(async () => (await calls()).length).toBe(1)
    await page.clock.fastForward(8_100)
    const sentence = page.getByText('企业微信没有响应，内容先给你看，发送按钮稍后再试。', { exact: true })
    await sentence.waitFor()
    await open.hostBecomes({ silent: false })
    await taps(page, '重试')
    await sentence.waitFor({ state: 'detached' })
    expect(await sees(page, '发送这句')).toBe(true)
  })

  story('send refused: the sentence is on the clipboard', async () => {
    const { page, calls } = await opens({ width, host: { fail: { sendChatMessage: 'fail no permission' } } })
    await taps(page, '发送这句')
    expect(await sees(page, '这条没发出去：应用还没有在聊天里发消息的权限。已复制，可以直接粘贴到聊天。')).toBe(true)
    expect(await clipboard(page)).toBe(server.desk.customer.alerts[0]?.openers[0])
    expect(server.desk.posts).toEqual([])
    await taps(page, '打开聊天')
    await expect.poll(async () => (await calls()).at(-1)?.params.externalUserIds).toBe('wmLIN0001')
  })

  story('offline: what was last seen, and of when it is', async () => {
    const { page, context } = await opens({ width })
    await sees(page, '发送这句')
    await context.setOffline(true)
    expect(await sees(page, '网络断开了，显示的是 20:37 的内容。')).toBe(true)
    expect(await sees(page, '加购了羊绒大衣，还没下单')).toBe(true)
    await context.setOffline(false)
    await page.getByText('网络断开了', { exact: false }).waitFor({ state: 'detached' })
  })

  story('server down: what she did is kept over a restart of the page, and submitted', async () => {
    const { page } = await opens({ width })
    await sees(page, '发送这句')
    server.desk.down = true
    await taps(page, '跟进中')
    expect(await sees(page, '服务暂时连不上，你的操作已记下，恢复后自动提交。')).toBe(true)
    expect(server.desk.posts).toEqual([])
    server.desk.down = false
    await page.reload()
    await expect.poll(() => server.desk.posts.map((post) => post.body)).toEqual([{ action: 'following' }])
    await page.getByText('服务暂时连不上', { exact: false }).waitFor({ state: 'detached' })
  })
})

describe('F7: what the device remembers', { timeout: minuteMs }, () => {
  const lin = 'wmLIN0001'
  const before = '加购了羊绒大衣，还没下单'
  const now = '问了羊绒大衣的价格'

  /** 小梅 has seen 林小姐 here before; the next answers to what is `held` wait for `answer`. */
  async function comesBack(options: Partial<OpenOptions> = {}, held = /\/api\/customers\//) {
    server.desk.customer.now = Date.now() // by the device's clock not 72 hours old
    const { page, context } = await opens({ hash: `#/customer/${lin}`, host: { entry: 'normal' }, ...options })
    await sees(page, before)
    await expect.poll(() => page.evaluate('localStorage.getItem("sidebar:view:wmLIN0001") !== null')).toBe(true)
    let answer = () => {}
    const answered = new Promise<void>((resolve) => (answer = resolve))
    await context.route(held, async (route) => {
      await answered
      await route.continue()
    })
    server.desk.customer.alerts = server.desk.customer.alerts.map((alert) => ({ ...alert, key: 'newer', title: now }))
    return { page, context, answer }
  }
  const kept = (page: Page) => page.evaluate<string>('JSON.stringify(localStorage)')

  story('is there before any answer, says so when the answer takes its time, and gives way to it', async () => {
    const { page, answer } = await comesBack({}, /\/api\//)
    await page.reload()
    expect(await sees(page, before)).toBe(true)
    expect(await page.getByText('上次看到的内容，正在更新…').count()).toBe(1)
    answer()
    expect(await sees(page, now)).toBe(true)
    expect(await page.getByText(before, { exact: true }).count()).toBe(0)
    expect(await page.getByText('上次看到的内容，正在更新…').count()).toBe(0)
  })

  story.each([
    { code: 'not-my-customer', status: 403, of: '/api/customers', says: '这位客户由别的同事跟进，你看不到 TA 的动态。' },
    { code: 'erased', status: 403, of: '/api/customers', says: '这位客户要求删除记录，这里已经没有 TA 的任何内容。' },
    { code: 'signed-out', status: 401, of: '/api/', says: '点这里重新登录。' },
    { code: 'signed-out', status: 401, of: '/api/session', says: '点这里重新登录。' },
  ] as const)('goes at once when the server says $code of $of', async ({ code, status, of, says }) => {
    const { page, answer } = await comesBack({}, of === '/api/session' ? /\/api\/session/ : /\/api\//)
    refuses(of, status, code)
    if (of === '/api/session') await page.route('**/api/customers/**', () => {}) // no answer
    await page.evaluate('sessionStorage.setItem("sidebar:signed-in-at", Date.now())') // not round and round
    await page.reload()
    await sees(page, before)
    answer()
    expect(await sees(page, says)).toBe(true)
    expect(await page.getByText(before, { exact: true }).count()).toBe(0)
    const stays = await kept(page)
    expect(code === 'signed-out' ? stays.includes('sidebar:mark') : stays.includes(before)).toBe(false)
  })

  story.each([
    { who: 'another member is signed in', marks: [{ name: 'staff-mark', value: 'b2YtYW5vdGhlcg' }] },
    { who: 'nobody is signed in', marks: [] },
  ])('is not shown when $who', async ({ marks }) => {
    const { page, context, answer } = await comesBack()
    await context.clearCookies()
    await context.addCookies(marks.map((mark) => ({ ...mark, url: server.origin })))
    await context.route('**/api/session', () => {}) // no answer tells yet who it is
    await page.reload()
    await page.getByLabel('正在读取客户动态').waitFor()
    expect(await page.getByText(before).count()).toBe(0)
    answer()
    expect(await sees(page, now)).toBe(true)
    expect(await kept(page)).not.toContain(now)
  })

  story("is not shown beside another customer's chat", async () => {
    const { page } = await comesBack({ hash: '', host: {} })
    await open.hostBecomes({ userId: 'wmZHOU' })
    const asked = page.waitForRequest('**/api/customers/wmZHOU')
    await page.reload()
    await asked
    await page.getByLabel('正在读取客户动态').waitFor()
    expect(await page.getByText(before).count()).toBe(0)
  })

  story('what is asked before the app is there is asked once', async () => {
    const { page, calls } = await opens({ hash: `#/customer/${lin}` })
    await sees(page, '发送这句')
    const asked = await page.evaluate<string[]>(
      "performance.getEntriesByType('resource').filter(({ initiatorType }) => initiatorType === 'fetch').map(({ name }) => new URL(name).pathname)",
    )
    const first = ['/api/session', '/api/jssdk/signature', `/api/customers/${lin}`]
    expect(asked.filter((path) => first.includes(path)).toSorted()).toEqual(first.toSorted())
    expect((await calls()).map(({ name }) => name)).toEqual(['agentConfig', 'getContext', 'getCurExternalContact'])
  })
})

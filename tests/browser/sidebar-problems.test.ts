import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest'
import { wordsOf } from '../../server/domain/diagnosis-faults.ts'
import type { ErrorCode } from '../../server/http/contract.ts'
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
  browser = await openBrowser()
  server = await openSidebarServer()
}, 2 * minuteMs)
afterEach(async () => {
  await open.context.close()
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
    expect(server.desk.signIns).toEqual(['/sidebar/?from=card#/inbox'])
    server.desk.refuse.clear()
    await taps(page, '重新登录')
    expect(await sees(page, '待跟进 6')).toBe(true)
    expect(server.desk.signIns).toHaveLength(2)
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
    const { page } = await opens({ width, hash: '#/customer/wmLIN0001', host: { silent: true } })
    expect(await sees(page, '加购了羊绒大衣，还没下单')).toBe(true)
    const sentence = page.getByText('企业微信没有响应，内容先给你看，发送按钮稍后再试。', { exact: true })
    await sentence.waitFor({ timeout: 15_000 })
    await page.context().addInitScript('window.__host.silent = false')
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

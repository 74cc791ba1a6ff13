import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest'
import { builtPages } from './built-pages.ts'
import { openBrowser, story } from './open-browser.ts'
import { clipboard, openSidebar, pageNow, sees, taps, timeStops, type OpenOptions, type OpenPage } from './open-sidebar.ts'
import { alertFixture, alertFixtures } from './sidebar-fixtures.ts'
import { openSidebarServer, type SidebarServer } from './sidebar-server.ts'

const minuteMs = 60_000
const lin = 'wmLIN0001'
let browser: Browser
let server: SidebarServer
let open: OpenPage

async function opens(options: Partial<OpenOptions> = {}): Promise<OpenPage> {
  open = await openSidebar(browser, { origin: server.origin, ...options })
  return open
}
async function sentMessages(): Promise<unknown[]> {
  return (await open.calls()).filter((call) => call.name === 'sendChatMessage').map((call) => call.params)
}
/** Something new about 林小姐 reaches the server, which tells the open pages. */
async function alertComesIn(): Promise<string> {
  const alert = await alertFixture('alert-price')
  server.desk.customer.alerts = [alert, ...server.desk.customer.alerts]
  server.desk.push({ kind: 'alert', subject: alert.key, customer: lin, at: alert.at })
  return alert.title
}
function topOf(page: Page, name: string): Promise<number | undefined> {
  return page.getByRole('button', { name, exact: true }).first().boundingBox().then((box) => box?.y)
}
function bodies(): unknown[] {
  return server.desk.posts.map((post) => post.body)
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
describe.each([360])('at %d px', { timeout: minuteMs }, (width) => {
  story('F1: beside a chat the customer is recognised, and why now stands first', async () => {
    const { page, calls } = await opens({ width })
    await sees(page, '加购了羊绒大衣，还没下单')
    await page.getByRole('heading', { name: '分享' }).waitFor()
    expect(await page.getByRole('heading').allTextContents()).toEqual([
      '林小姐',
      '加购了羊绒大衣，还没下单',
      '分享 Shares',
      '今天',
      '昨天',
      '3月2日',
    ])
    expect(await sees(page, '3月2日 门店扫码添加 · 你负责')).toBe(true)
    expect((await calls()).map((call) => call.name)).toEqual(['agentConfig', 'getContext', 'getCurExternalContact'])
  })

  story('F3: one tap puts the sentence into the chat, and the server is told', async () => {
    const { page } = await opens({ width })
    const [alert] = server.desk.customer.alerts
    await taps(page, '发送这句')
    expect(await sees(page, '已发送 20:37')).toBe(true)
    expect(await sees(page, '跟进中')).toBe(true)
    expect(await sentMessages()).toMatchObject([{ msgtype: 'text', text: { content: alert?.openers[0] } }])
    await expect.poll(() => server.desk.posts).toEqual([
      { path: `/api/customers/${lin}/sent`, body: { what: 'opener', alertKey: alert?.key } },
    ])
  })

  story('F3: another sentence, changed in place, goes out as she wrote it', async () => {
    const { page } = await opens({ width })
    await taps(page, '换一句')
    await sees(page, server.desk.customer.alerts[0]?.openers[1] ?? '')
    await taps(page, '改一改')
    await page.getByRole('textbox').fill('林小姐，周六下午我在店里，给您留了一件。')
    await taps(page, '发送这句')
    await sees(page, '已发送 20:37')
    expect(await sentMessages()).toMatchObject([{ text: { content: '林小姐，周六下午我在店里，给您留了一件。' } }])
  })

  story('F3: from the card WeCom does not allow sending: copied, and the chat opens', async () => {
    const { page, calls } = await opens({ width, hash: `#/customer/${lin}`, host: { entry: 'normal' } })
    const sentence = server.desk.customer.alerts[0]?.openers[0]
    await taps(page, '复制并去聊天')
    await expect.poll(async () => (await calls()).at(-1)?.name).toBe('openEnterpriseChat')
    expect((await calls()).at(-1)?.params.externalUserIds).toBe(lin)
    expect(await clipboard(page)).toBe(sentence)
    await expect.poll(bodies).toMatchObject([{ what: 'copied' }])
    expect(await sentMessages()).toEqual([])
  })

  story("F3: beside another customer's chat nothing of 林小姐's can be sent", async () => {
    const { page } = await opens({ width, hash: `#/customer/${lin}`, host: { userId: 'wmZHOU' } })
    expect(await sees(page, '复制并去聊天')).toBe(true)
    expect(await page.getByRole('button', { name: '发送这句' }).count()).toBe(0)
  })

  story('F3: her own tracked copy of an article goes out as a card', async () => {
    const { page } = await opens({ width })
    await taps(page, '文章')
    await taps(page, '发送《秋冬大衣怎么选》')
    await sees(page, '已发送')
    const link = server.desk.content.items[0]?.url
    expect(await sentMessages()).toMatchObject([{ msgtype: 'news', news: { link, title: '秋冬大衣怎么选' } }])
    const [message] = (await sentMessages()) as { news: { imgUrl: string } }[]
    const picture = await page.request.get(message?.news.imgUrl ?? '')
    expect(picture.headers()['content-type']).toBe('image/png')
    await expect.poll(bodies).toEqual([{ what: 'article', contentId: 'coats' }])
  })

  story('E2: 跟进中 in one tap, taken back within five seconds', async () => {
    const { page } = await opens({ width })
    await sees(page, '稍后 2 小时')
    await taps(page, '跟进中')
    await taps(page, '撤销')
    expect(await sees(page, '稍后 2 小时')).toBe(true)
    await expect.poll(bodies).toEqual([{ action: 'following' }, { action: 'undo' }])
  })

  story('E2: after five seconds there is no way back, and 稍后 has left the page', async () => {
    const { page } = await opens({ width, clock: true })
    await sees(page, '稍后 2 小时')
    await taps(page, '稍后 2 小时')
    await sees(page, '2 小时后再提醒你')
    await page.clock.fastForward(5_100)
    await page.getByRole('button', { name: '撤销' }).waitFor({ state: 'detached' })
    expect(await sees(page, '现在没有急事，可以聊聊这个')).toBe(true)
  })

  story('E2: 没用 is noted at once; why is asked in place and may be left out', async () => {
    const { page } = await opens({ width })
    await taps(page, '没用')
    await expect.poll(bodies).toEqual([{ action: 'not-useful' }])
    await taps(page, '已经买过了')
    await expect.poll(bodies).toEqual([{ action: 'not-useful' }, { action: 'not-useful', reason: '已经买过了' }])
    expect(await sees(page, '现在没有急事，可以聊聊这个')).toBe(true)
  })

  story('F5: an alert appears within a second, and nothing moves under her thumb', async () => {
    const { page } = await opens({ width, clock: true })
    await sees(page, '发送这句')
    const before = [await topOf(page, '发送这句'), await topOf(page, '没用'), await topOf(page, '文章')]
    const stoodAt = await timeStops(page)
    const title = await alertComesIn()
    expect(await sees(page, title)).toBe(true)
    expect((await pageNow(page)) - stoodAt).toBeLessThan(1_000)
    expect([await topOf(page, '发送这句'), await topOf(page, '没用'), await topOf(page, '文章')]).toEqual(before)
    expect(await sees(page, '加购了羊绒大衣，还没下单')).toBe(true)
  })

  story('F5: what can wait makes room for what cannot', async () => {
    for (const alert of server.desk.customer.alerts) alert.urgency = 'later'
    const { page } = await opens({ width, clock: true })
    await sees(page, '发送这句')
    const stoodAt = await timeStops(page)
    const title = await alertComesIn()
    await page.getByRole('heading', { name: title }).waitFor()
    expect((await pageNow(page)) - stoodAt).toBeLessThan(1_000)
    expect(await sees(page, '现在联系的理由')).toBe(true)
  })

  story('F5: with nothing open the alert takes the first place at once', async () => {
    server.desk.customer.alerts = []
    const { page } = await opens({ width, clock: true })
    await sees(page, '现在没有急事，可以聊聊这个')
    const stoodAt = await timeStops(page)
    const title = await alertComesIn()
    await page.getByRole('heading', { name: title }).waitFor()
    expect((await pageNow(page)) - stoodAt).toBeLessThan(1_000)
    expect(await page.getByText('刚刚', { exact: true }).count()).toBe(1)
  })

  story('F5: a burst of changes is read twice, not forty times, and its end is not missed', async () => {
    const { page } = await opens({ width })
    await sees(page, '发送这句')
    let reads = 0
    page.on('request', (request) => (reads += request.url().includes('/api/customers/') ? 1 : 0))
    const [alert] = server.desk.customer.alerts
    for (let change = 0; change < 40; change++) {
      server.desk.push({ kind: 'alert-changed', subject: alert!.key, customer: lin, at: server.desk.session.now })
    }
    server.desk.customer.customer.name = '林小姐改名了'
    expect(await sees(page, '林小姐改名了')).toBe(true)
    expect(reads).toBeLessThan(5)
  })

  story('F5: reading further down, she is told and stays where she is', async () => {
    server.desk.customer.alerts = []
    const [entry] = server.desk.customer.timeline
    server.desk.customer.timeline = Array.from({ length: 60 }, (_, index) => ({ ...entry!, key: `e${index}`, text: `第 ${index} 件` }))
    const { page } = await opens({ width })
    await sees(page, '动态')
    await page.evaluate('scrollTo(0, 1500)')
    const reading = page.getByText('第 30 件', { exact: true })
    const before = (await reading.boundingBox())?.y
    const title = await alertComesIn()
    expect(await sees(page, `新提醒：${title}`)).toBe(true)
    expect((await reading.boundingBox())?.y).toBeCloseTo(before ?? 0, 0)
  })

  story('D1: 5,000 entries are fetched page by page and stay few on the page', async () => {
    const { page } = await opens({ width })
    await sees(page, '动态')
    const entries = Array.from({ length: 5_000 }, (_, index) => ({
      ...server.desk.customer.timeline[0]!,
      key: `e${index}`,
      at: server.desk.session.now - index * minuteMs,
    }))
    server.desk.customer.timeline = entries
    server.desk.push({ kind: 'customer', subject: lin, customer: lin, at: server.desk.session.now })
    await page.waitForFunction('document.body.scrollHeight > 200000')
    await page.evaluate('scrollTo(0, document.body.scrollHeight / 2)')
    await expect.poll(() => page.getByRole('listitem').count()).toBeGreaterThan(20)
    await expect.poll(() => page.getByRole('listitem').count()).toBeLessThan(200)
  })

  story('E2: several alerts: the others wait below, and 话术 offers all sentences', async () => {
    server.desk.customer.alerts.push(...(await alertFixtures('alerts-more')))
    const { page } = await opens({ width })
    await page.getByRole('button', { name: '本周第 2 次分享' }).click()
    expect(await page.getByRole('heading', { level: 2 }).first().textContent()).toBe('本周第 2 次分享《秋冬大衣怎么选》')
    await taps(page, '话术')
    const openers = server.desk.customer.alerts.flatMap((alert) => alert.openers)
    await expect.poll(() => page.getByRole('dialog').getByRole('listitem').count()).toBe(openers.length)
  })
})

describe('E2 F3: several alerts', { timeout: minuteMs }, () => {
  const second = '本周第 2 次分享《秋冬大衣怎么选》'

  story('what was sent says so for a moment before the next alert takes its place, or until she taps on it', async () => {
    server.desk.customer.alerts.push(...(await alertFixtures('alerts-more')))
    const { page } = await opens({ clock: true })
    const heading = () => page.getByRole('heading', { level: 2 }).first().textContent()
    await sees(page, '发送这句')
    await taps(page, '发送这句')
    expect(await sees(page, '已发送 20:37')).toBe(true)
    await expect.poll(() => server.desk.posts.length).toBe(1)
    await page.clock.fastForward(1_500)
    expect(await heading()).toBe('加购了羊绒大衣，还没下单')
    expect(await sees(page, '跟进中')).toBe(true)
    await page.clock.fastForward(1_000)
    await expect.poll(heading).not.toBe('加购了羊绒大衣，还没下单')
    expect(await sees(page, '发送这句')).toBe(true)
  })

  story('a tap on a card opens that very alert, in the page that is open too', async () => {
    server.desk.customer.alerts.push(...(await alertFixtures('alerts-more')))
    const { key } = server.desk.customer.alerts.find(({ title }) => title === second) ?? { key: '' }
    const { page } = await opens({ hash: `#/customer/${lin}?alert=${encodeURIComponent(key)}`, host: { entry: 'normal' } })
    await page.getByRole('heading', { name: second }).waitFor()
    const [first] = server.desk.customer.alerts
    await page.evaluate(`location.hash = '#/customer/${lin}?alert=' + encodeURIComponent(${JSON.stringify(first?.key)})`)
    await page.getByRole('heading', { name: first?.title ?? '' }).waitFor()
  })

  story('one that was put off waits in the list, with the time at which it comes back', async () => {
    const [more] = await alertFixtures('alerts-more')
    if (!more) throw new Error('no fixture')
    server.desk.customer.alerts.push({ ...more, state: 'snoozed', dueAt: server.desk.session.now + 2 * 3600_000 })
    const { page } = await opens({ width: 320 })
    expect(await sees(page, '稍后提醒 22:37')).toBe(true)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320)
  })

  story('E6: a manager who looks on sees why now and what happened, and nothing to do about it', async () => {
    server.desk.customer.readOnly = true
    const { page } = await opens({ hash: `#/customer/${lin}`, host: { entry: 'normal' } })
    await sees(page, '加购了羊绒大衣，还没下单')
    expect(await page.getByText('本店同事的客户，只能看，不能发送或处理。').count()).toBe(1)
    const words = ['发送这句', '复制并去聊天', '跟进中', '没用', '话术', '文章', '收款']
    expect(await Promise.all(words.map((name) => page.getByRole('button', { name, exact: true }).count()))).toEqual(words.map(() => 0))
  })
})

describe('C1: why identities count as one person', { timeout: minuteMs }, () => {
  story('operators see each join with its evidence, take one back after a second tap, and let it stand again', async () => {
    server.desk.session.staff.operator = true
    const { page } = await opens({ width: 320 })
    await page.getByText('身份与依据').click()
    expect(await sees(page, '小程序里的身份 = 微信开放平台的身份')).toBe(true)
    expect(await sees(page, '登录小程序时微信给出 · 3月2日 20:51')).toBe(true)
    expect(await sees(page, '另一位客人也验证了 TA 的会员号，两人没有合并')).toBe(true)
    await taps(page, '撤销')
    await taps(page, '取消')
    expect(server.desk.posts).toEqual([])
    await taps(page, '撤销')
    await taps(page, '确定撤销')
    expect(await sees(page, '已撤销 20:37')).toBe(true)
    await taps(page, '恢复')
    await taps(page, '确定恢复')
    await expect.poll(() => server.desk.posts.map(({ path }) => path)).toEqual(['/api/links/j1/undo', '/api/links/j1/redo'])
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320)
  })

  story('an operator finds them also where the customer is a colleague’s', async () => {
    server.desk.session.staff.operator = true
    server.desk.refuse.set(`/api/customers/${lin}$`, { status: 403, code: 'not-my-customer' })
    const { page } = await opens()
    // They are what the operator came for: open, above the line that says why there is no more.
    expect(await sees(page, '企业微信客户 = 微信开放平台的身份')).toBe(true)
    const [identities, why] = await Promise.all([page.getByText('身份与依据'), page.getByText('你看不到 TA 的动态。')].map((one) => one.boundingBox()))
    expect(identities?.y).toBeLessThan(why?.y ?? 0)
    expect(await page.getByRole('alert').count()).toBe(0)
  })

  story('a salesperson sees nothing of it', async () => {
    const { page } = await opens()
    await sees(page, '发送这句')
    expect(await page.getByText('身份与依据').count()).toBe(0)
  })
})

describe('the tabs below why now', { timeout: minuteMs }, () => {
  const tab = (page: Page, name: string) => page.getByRole('tab', { name, exact: true }).click()
  const api = `/api/customers/${lin}`

  story('F2: the portrait with the origin of each field; a tag goes and comes back, another is added', async () => {
    const { page } = await opens()
    await tab(page, '画像')
    expect(await sees(page, '未知')).toBe(true)
    expect(await page.getByText('自己说的：「我平时穿M码」').isVisible()).toBe(true)
    await taps(page, '去掉标签 金卡')
    await taps(page, '撤销')
    await taps(page, '加标签')
    await taps(page, '甜美')
    await taps(page, '保存')
    await page.getByRole('button', { name: '去掉标签 甜美' }).waitFor()
    await expect.poll(() => server.desk.posts).toEqual([
      { path: `${api}/tags`, body: { remove: ['etGOLD'] } },
      { path: `${api}/tags`, body: { add: ['etGOLD'] } },
      { path: `${api}/tags`, body: { add: ['etSWEET'], remove: [] } },
    ])
  })

  story('F2: a tag that WeCom refuses stays as it was, and says so', async () => {
    const { page } = await opens()
    await tab(page, '画像')
    await page.getByRole('button', { name: '去掉标签 金卡' }).waitFor()
    server.desk.refuse.set(`${api}/tags`, { status: 503, code: 'unavailable' })
    await taps(page, '去掉标签 金卡')
    expect(await sees(page, '服务暂时连不上，标签没有改，请稍后再试。')).toBe(true)
    expect(await page.getByRole('button', { name: '去掉标签 金卡' }).isVisible()).toBe(true)
  })

  story('F2, F4: written down with a reminder in four taps; nothing is lost when the server is away', async () => {
    const { page } = await opens()
    await taps(page, '记一笔')
    await taps(page, '保存')
    expect(await sees(page, '写一句再保存。')).toBe(true)
    await page.getByRole('textbox', { name: '内容' }).fill('试了驼色，周六再来')
    await taps(page, '到店')
    await taps(page, '明天上午')
    expect(await sees(page, '明天 10:00 发一张卡片到你的手机')).toBe(true)
    server.desk.refuse.set(`${api}/notes`, { status: 503, code: 'unavailable' })
    await taps(page, '保存')
    expect(await sees(page, '服务暂时连不上，还没有记下，请稍后再试。')).toBe(true)
    server.desk.refuse.clear()
    await taps(page, '保存')
    expect(await sees(page, '明天 10:00 提醒你：试了驼色，周六再来')).toBe(true)
    const note = { kind: 'visit', text: '试了驼色，周六再来', remindAt: Date.parse('2026-03-06T10:00+08:00') }
    await expect.poll(() => server.desk.posts).toMatchObject([{ path: `${api}/notes`, body: note }])
  })

  story('F2: her own note goes after a second tap; a colleague’s is only read', async () => {
    const { page } = await opens()
    await tab(page, '记录')
    await sees(page, '问了会员日折扣，说 3 月初再看。')
    expect(await page.getByRole('button', { name: '删', exact: true }).count()).toBe(1)
    await taps(page, '完成')
    await taps(page, '删')
    await taps(page, '删掉')
    await page.getByText('试了驼色 M 码').waitFor({ state: 'hidden' })
    await expect.poll(() => server.desk.posts.map(({ path }) => path)).toEqual(['/api/reminders/note-lin-0000000001', '/api/notes/note-lin-0000000001/delete'])
  })

  story('F2: orders with what became of each; a tab that cannot be read says why', async () => {
    server.desk.refuse.set(`${api}/portrait`, { status: 503, code: 'unavailable' })
    const { page } = await opens()
    await tab(page, '订单')
    expect(await sees(page, '退款中')).toBe(true)
    expect(await sees(page, '18:37 申请退款 ¥2,999')).toBe(true)
    await tab(page, '画像')
    await sees(page, '服务暂时连不上，这里还没读到。')
    server.desk.refuse.clear()
    await taps(page, '重试')
    await sees(page, '大衣、围巾')
  })

  story('E6: a manager reads all of it and changes nothing', async () => {
    server.desk.customer.readOnly = true
    server.desk.portrait.readOnly = true
    server.desk.notes = { ...server.desk.notes, readOnly: true, notes: server.desk.notes.notes.map((note) => ({ ...note, by: '小梅', changeable: false })) }
    const { page } = await opens()
    await tab(page, '画像')
    await sees(page, '金卡')
    await tab(page, '记录')
    await sees(page, '问了会员日折扣，说 3 月初再看。')
    for (const name of ['加标签', '记一笔', '定个提醒', '删', '完成']) expect(await page.getByRole('button', { name, exact: true }).count()).toBe(0)
  })
})

describe('F6: what stands where, by the entry', { timeout: minuteMs }, () => {
  story('group_chat_tools: her customers of the group, those to call first; an article goes into the group', async () => {
    const { page, calls } = await opens({ host: { entry: 'group_chat_tools', chatId: 'wrGROUP1' } })
    expect(await sees(page, '你的客户 2 位，1 位值得联系，另有 3 位不在你这里。')).toBe(true)
    expect(await page.locator('b').allTextContents()).toEqual(['林小姐', '吴女士'])
    await taps(page, '文章')
    await taps(page, '发送《秋冬大衣怎么选》')
    await sees(page, '已发送')
    expect(await sentMessages()).toMatchObject([{ msgtype: 'news' }])
    expect((await calls()).filter(({ name }) => name === 'getCurExternalChat')).toHaveLength(1)
    await page.keyboard.press('Escape')
    await page.getByText('加购了羊绒大衣，还没下单').click()
    await sees(page, '现在联系的理由')
  })

  story('chat_attachment: a sentence or an article is in the chat with one tap', async () => {
    server.desk.content.sentences = ['晚上好，最近想添点什么？']
    const { page } = await opens({ host: { entry: 'chat_attachment' } })
    await taps(page, '发送：晚上好，最近想添点什么？')
    await sees(page, '已发送')
    await taps(page, '发送《秋冬大衣怎么选》')
    await page.waitForFunction("window.__host.calls.filter(({ name }) => name === 'sendChatMessage').length === 2")
    expect(await sentMessages()).toMatchObject([{ msgtype: 'text', text: { content: '晚上好，最近想添点什么？' } }, { msgtype: 'news' }])
    expect(server.desk.posts).toEqual([])
  })

  story('contact_profile: the customer of the profile; two taps to a sent sentence: copied into her chat', async () => {
    const opener = server.desk.customer.alerts[0]?.openers[0]
    const { page, calls } = await opens({ host: { entry: 'contact_profile' } })
    await taps(page, '复制并去聊天')
    await sees(page, '已复制')
    expect(await clipboard(page)).toBe(opener)
    expect((await calls()).map(({ name }) => name)).toContain('openEnterpriseChat')
    expect(await sentMessages()).toEqual([])
  })
})

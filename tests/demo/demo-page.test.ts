import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, expect } from 'vitest'
import { openBrowser, story } from '../browser/open-browser.ts'
import { openDemo, type Demo } from './demo.ts'
import { sevenFreePorts } from './free-ports.ts'
import { openPageServer } from './page-server.ts'
import { startProduct } from './product.ts'

/** A busy machine may be slow; what never comes still fails its story. */
const patienceMs = 30_000
const storyMs = 120_000
let dir: string
let url: string
let demo: Demo
let browser: Browser
let closePage: () => Promise<void>

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'demo-page-'))
  const port = await sevenFreePorts()
  url = `http://127.0.0.1:${port}`
  const folder = join(dir, 'page')
  const configFile = fileURLToPath(new URL('page/vite.config.ts', import.meta.url))
  await build({ configFile, logLevel: 'error', build: { outDir: folder, emptyOutDir: true } })
  const opening = { changed: () => {} }
  demo = await openDemo({ dir: join(dir, 'data'), port, startProduct, changed: () => opening.changed() })
  const page = await openPageServer({
    port,
    folder,
    state: () => demo.state(),
    raw: (id) => demo.raw(id),
    act: (act) => demo.act(act),
    startOver: async () => {},
  })
  opening.changed = () => page.changed()
  closePage = () => page.close()
  browser = await openBrowser()
}, storyMs)

afterAll(async () => {
  await browser?.close()
  await closePage?.()
  await demo?.close()
  await rm(dir, { recursive: true, force: true })
})

async function open(width: number, height: number): Promise<Page> {
  const page = await browser.newPage({ viewport: { width, height }, reducedMotion: 'reduce' })
  await page.goto(url)
  await page.getByRole('button', { name: '播放故事' }).waitFor()
  return page
}

const sizes = (page: Page) =>
  page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight])

story(
  'I1: the page fits 1440 × 900, and the story’s first alert comes within 15 s, on the phone and in the real sidebar',
  async () => {
    const page = await open(1440, 900)
    expect(await sizes(page)).toEqual([1440, 900])
    const sidebar = page.frameLocator('iframe[data-host]')
    await sidebar.getByText('近期没有新动态').waitFor()
    await page.getByRole('button', { name: '播放故事' }).click()
    await page.locator('.ring').getByText('林小姐 刚关注了公众号').waitFor({ timeout: patienceMs })
    await sidebar.getByText('刚关注了公众号').first().waitFor({ timeout: patienceMs })
    expect(await page.getByRole('listitem').filter({ hasText: '关注公众号' }).getByText('Follows').count()).toBe(1)
    await page.getByRole('button', { name: '停在这里' }).click()
    await page.getByText('停在这里').waitFor()
    await page.locator('.steps').getByText('提醒已送达 小梅').waitFor()
    await page.locator('.ring').getByRole('button', { name: '跟进中' }).click()
    await page.locator('.ring').waitFor({ state: 'detached', timeout: patienceMs })
    expect(demo.state().mei.cards[0]?.replacedBy).toBe('跟进中')
    await page.close()
  },
  storyMs,
)

story(
  'F3: one tap in the sidebar sends the sentence, and the customer reads it in her chat',
  async () => {
    const page = await open(1440, 900)
    await demo.act({ act: 'put-in', productId: 'coat-camel' })
    const sidebar = page.frameLocator('iframe[data-host]')
    await sidebar.getByRole('button', { name: '发送这句' }).click({ timeout: patienceMs })
    await expect.poll(() => demo.state().mei.chats[0]?.lines.at(-1)?.by, { timeout: patienceMs }).toBe('mei')
    const sent = demo.state().mei.chats[0]?.lines.at(-1)?.text ?? ''
    await page.locator('.phone').getByRole('button', { name: /小梅/ }).click()
    await page.locator('.phone').getByText(sent).waitFor()
    await page.close()
  },
  storyMs,
)

story(
  'I1: a step opens to what really travelled',
  async () => {
    const page = await open(1440, 900)
    await page.locator('.steps article', { hasText: '公众号回调' }).first().click()
    await page.locator('.raw').getByText('<![CDATA[subscribe]]>').waitFor()
    expect(await page.locator('.raw pre').count()).toBe(2)
    await page.close()
  },
  storyMs,
)

story(
  'C4 C1 C3 F6: on her phone she pauses what is noted, and the sidebar says so; the operator sees her figures, and why identities are one person; beside a group stand its customers',
  async () => {
    const page = await open(1440, 900)
    await page.frameLocator('iframe[data-host]').getByText('扫码添加').waitFor()
    await page.locator('.short').getByRole('button', { name: '我的' }).click()
    await page.locator('.phone').getByRole('button', { name: '我的记录' }).click()
    const record = page.frameLocator('.phone iframe')
    const sidebar = page.frameLocator('iframe[data-host]')
    await record.getByRole('button', { name: '暂停记录' }).click()
    await sidebar.getByText('客户已暂停记录').waitFor({ timeout: patienceMs })
    await record.getByRole('button', { name: '恢复记录' }).click()
    await sidebar.getByText('客户已暂停记录').waitFor({ state: 'detached', timeout: patienceMs })
    await page.getByRole('button', { name: '运营', exact: true }).click()
    // Her figures, counted now: the first night has not been yet.
    await sidebar.getByText('运营数据').first().waitFor()
    await sidebar.getByText('统计于').waitFor()
    await page.getByRole('button', { name: '林小姐的身份与依据' }).click()
    await sidebar.getByText('微信开放平台').first().waitFor()
    await page.getByRole('button', { name: '静安店会员群' }).click()
    await sidebar.getByText(/你的客户 2 位.*另有 1 位不在你这里/).waitFor()
    await demo.act({ act: 'open-chat', chat: 'lin' })
    await page.close()
  },
  storyMs,
)

story.each([
  [390, 844],
  [360, 740],
])(
  'I1: at %i × %i the three views are tabs',
  async (width, height) => {
    const page = await open(width, height)
    expect(await sizes(page)).toEqual([width, height])
    await page.getByRole('button', { name: '发生了什么' }).click()
    await page.getByText('提醒已送达 小梅').first().waitFor()
    await page.getByRole('button', { name: '导购的企业微信' }).click()
    await page.getByRole('button', { name: '侧边栏' }).click()
    await page.frameLocator('iframe[data-host]').getByText('林小姐').first().waitFor()
    await page.close()
  },
  storyMs,
)

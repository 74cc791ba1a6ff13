import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { ticket } from './sidebar-server.ts'

/** A busy machine may be slow; a sentence that never comes still fails its story. */
const patienceMs = 15_000

/** WeCom's client for Windows, as it names itself. */
export const weComAgent =
  'Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/107.0.5304.110 Safari/537.36 wxwork/4.1.38 (MicroMessenger/6.2) WindowsWechat'

/** What the stand-in for WeCom's client does; see wecom-host.js. */
export interface HostOptions {
  entry?: string
  userId?: string | null
  /** The group of group_chat_tools; null: WeCom names none. */
  chatId?: string | null
  ticket?: string | null
  silent?: boolean
  fail?: Record<string, string>
}

export interface OpenOptions {
  origin: string
  hash?: string
  host?: HostOptions
  width?: number
  height?: number
  dark?: boolean
  /** False: a computer with a mouse. */
  touch?: boolean
  userAgent?: string
  /** Whether there is a WeCom client around the page at all. */
  inWeCom?: boolean
}

export interface OpenPage {
  page: Page
  context: BrowserContext
  /** Everything that the page asked of WeCom, in order. */
  calls(): Promise<{ name: string; params: Record<string, unknown> }[]>
}

/** The salesperson opens the sidebar on a phone of the given width. */
export async function openSidebar(browser: Browser, options: OpenOptions): Promise<OpenPage> {
  const { origin, hash = '', host = {}, width = 390, height = 844, dark = false, touch = true, inWeCom = true } = options
  const context = await browser.newContext({
    userAgent: options.userAgent ?? weComAgent,
    viewport: { width, height },
    deviceScaleFactor: 2,
    colorScheme: dark ? 'dark' : 'light',
    hasTouch: touch,
    locale: 'zh-CN',
    // Far from the store on purpose: the pages tell the store's time, whatever the device thinks.
    timezoneId: 'Europe/Berlin',
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  if (inWeCom) {
    await context.addInitScript(`window.__host = ${JSON.stringify({ ticket, ...host })}`)
    await context.addInitScript({ path: fileURLToPath(new URL('./wecom-host.js', import.meta.url)) })
  }
  const page = await context.newPage()
  await page.goto(`${origin}/sidebar/${hash}`)
  return { page, context, calls: () => page.evaluate('window.__host.calls') }
}

/** Waits until the sentence is on the page, in full; a sentence that never comes fails the story. */
export async function sees(page: Page, text: string): Promise<boolean> {
  await page.getByText(text, { exact: true }).first().waitFor({ state: 'visible', timeout: patienceMs })
  return true
}

/** Taps a button, link or chip by the words on it. */
export async function taps(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).first().click({ timeout: patienceMs })
}

/** What the page put on the clipboard. */
export function clipboard(page: Page): Promise<string> {
  return page.evaluate('navigator.clipboard.readText()')
}

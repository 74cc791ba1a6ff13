import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core'
import { blankPath, ticket } from './sidebar-server.ts'

/** A busy machine may be slow; a sentence that never comes still fails its story. */
const patienceMs = 30_000

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
  /** The story moves the page's clock. */
  clock?: boolean
}

export interface OpenPage {
  page: Page
  context: BrowserContext
  /** Everything that the page asked of WeCom, in order. */
  calls(): Promise<{ name: string; params: Record<string, unknown> }[]>
  /** From the next load of the page on WeCom's client does this. */
  hostBecomes(host: HostOptions): Promise<void>
  /** The story is over: the next one of this kind finds the page as if nobody had used it. */
  leave(): Promise<void>
}

/** A page that stories use one after another: opening a new one takes longer than most of them. */
interface Kept {
  page: Page
  context: BrowserContext
  devtools: CDPSession
}

const keptPages = new WeakMap<Browser, Map<string, Kept>>()
const hostScript = readFileSync(fileURLToPath(new URL('./wecom-host.js', import.meta.url)), 'utf8')

/** The salesperson opens the sidebar on a phone of the given width, which has never been used before. */
export async function openSidebar(browser: Browser, options: OpenOptions): Promise<OpenPage> {
  const { origin, hash = '', host = {}, width = 390, height = 844, dark = false, inWeCom = true, clock = false } = options
  const { key, page, context, devtools } = await take(browser, options)
  const scripts: string[] = []
  async function everyTime(source: string): Promise<void> {
    const { identifier } = await devtools.send('Page.addScriptToEvaluateOnNewDocument', { source })
    scripts.push(identifier)
  }
  await page.setViewportSize({ width, height })
  await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce' })
  if (inWeCom) await everyTime(`window.__host = ${JSON.stringify({ ticket, ...host })}\n${hostScript}`)
  if (clock) await page.clock.install()
  await page.goto(`${origin}/sidebar/${hash}`)
  return {
    page,
    context,
    calls: () => page.evaluate('window.__host.calls'),
    hostBecomes: (next) => everyTime(`Object.assign(window.__host, ${JSON.stringify(next)})`),
    async leave() {
      if (clock) return context.close() // its clock cannot be given back
      for (const identifier of scripts) await devtools.send('Page.removeScriptToEvaluateOnNewDocument', { identifier })
      page.removeAllListeners('request')
      await page.unrouteAll({ behavior: 'ignoreErrors' })
      await context.unrouteAll({ behavior: 'ignoreErrors' })
      await context.setOffline(false)
      await page.goto(origin + blankPath)
      await page.evaluate('localStorage.clear(), sessionStorage.clear()')
      await context.clearCookies()
      keptPages.get(browser)?.set(key, { page, context, devtools })
    },
  }
}

/** A page of this kind that nobody uses, or a new one. */
async function take(browser: Browser, { userAgent = weComAgent, touch = true }: OpenOptions): Promise<Kept & { key: string }> {
  const key = JSON.stringify([userAgent, touch])
  const all = keptPages.get(browser) ?? new Map<string, Kept>()
  keptPages.set(browser, all)
  const kept = all.get(key)
  all.delete(key)
  if (kept) return { key, ...kept }
  const context = await browser.newContext({
    userAgent,
    deviceScaleFactor: 1,
    hasTouch: touch,
    locale: 'zh-CN',
    // Far from the store on purpose: the pages tell the store's time, whatever the device thinks.
    timezoneId: 'Europe/Berlin',
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  context.setDefaultTimeout(patienceMs)
  const page = await context.newPage()
  const devtools = await context.newCDPSession(page)
  await devtools.send('Page.enable')
  return { key, page, context, devtools }
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

/** From now on no time passes for the page (opened with `clock`): what it shows next, it shows without waiting. Unix ms. */
export async function timeStops(page: Page): Promise<number> {
  await page.clock.pauseAt((await pageNow(page)) + 1_000)
  return pageNow(page)
}

/** What the page takes for now, Unix ms. */
export function pageNow(page: Page): Promise<number> {
  return page.evaluate('Date.now()')
}

/** What the page put on the clipboard. */
export function clipboard(page: Page): Promise<string> {
  return page.evaluate('navigator.clipboard.readText()')
}

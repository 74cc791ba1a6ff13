import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { chromium, type Browser } from 'playwright-core'
import { timesOf, type Times } from './percentiles.ts'
import type { Bench, Figure, Options, Report } from './report.ts'
import { openPages, type Pages } from './sidebar/pages.ts'

const built = fileURLToPath(new URL('../../dist/sidebar', import.meta.url))
const chromiumPath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const hopMs = 300
const places = [
  ['beside a chat', '#/'],
  ['from a card', '#/customer/wmLIN0001'],
] as const

/** What a salesperson waits for: how much is loaded, and when the customer's alert can be read. */
export const sidebar: Bench = {
  name: 'sidebar',
  about: 'bundle size and first useful paint in Chromium, 300 ms per question to WeCom [--loads 12]',
  async run(options: Options): Promise<Report> {
    const loads = options.number('loads', 12)
    const figures: Figure[] = [{ name: 'first view, gzipped', value: firstViewKb(), unit: 'KB', goal: { atMost: 120 } }]
    const pages = await openPages()
    const browser = await chromium.launch({ executablePath: chromiumPath, headless: true, args: ['--no-sandbox', '--disable-gpu'] })
    try {
      figures.push(await floorOf(browser, pages, loads))
      for (const [name, hash] of places) figures.push(...(await measure(browser, pages, { name, hash, loads })))
    } finally {
      await browser.close()
      await pages.close()
    }
    const notes = [
      `${loads} loads each; useful: the sentence of the most important alert is on the page`,
      `WeCom's bridge is a stand-in that answers each question after ${hopMs} ms; server and browser share the machine`,
      'cold: nothing is on the device; warm: files and the last answer are; from the third time on the browser also keeps compiled code',
      'the floor is what this browser on this machine takes for any page at all',
    ]
    return { bench: 'sidebar', figures, notes }
  },
}

async function measure(browser: Browser, pages: Pages, { name, hash, loads }: { name: string; hash: string; loads: number }): Promise<Figure[]> {
  const cold: number[] = []
  const warm: number[] = []
  const again: number[] = []
  for (let load = 0; load < loads; load += 1) {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, userAgent: pages.userAgent, locale: 'zh-CN' })
    await context.addInitScript(`window.__host = ${JSON.stringify({ ticket: pages.ticket, hopMs })}`)
    await context.addInitScript({ path: pages.hostScript })
    const address = `${pages.origin}/sidebar/${hash}`
    cold.push(await usefulPaint(context, pages, address))
    warm.push(await usefulPaint(context, pages, address))
    again.push(await usefulPaint(context, pages, address))
    await context.close()
  }
  return [
    ...figureOf(`${name}, cold`, timesOf(cold), 800),
    ...figureOf(`${name}, warm`, timesOf(warm), 200),
    ...figureOf(`${name}, warm, the third time`, timesOf(again), 200),
  ]
}

/** A page that is nothing but the sentence: what the browser itself takes here. */
async function floorOf(browser: Browser, pages: Pages, loads: number): Promise<Figure> {
  const times: number[] = []
  for (let load = 0; load < loads; load += 1) {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'zh-CN' })
    times.push(await usefulPaint(context, pages, pages.bareUrl))
    await context.close()
  }
  return { name: 'floor, a page of the sentence alone: p75', value: timesOf(times).p75, unit: 'ms' }
}

function figureOf(name: string, times: Times, atMost: number): Figure[] {
  return [{ name: `first useful paint ${name}: p75`, value: times.p75, unit: 'ms', goal: { atMost } }]
}

/** From the navigation to the frame that shows the sentence, by the page's own clock. */
async function usefulPaint(context: Awaited<ReturnType<Browser['newContext']>>, pages: Pages, address: string): Promise<number> {
  const page = await context.newPage()
  await page.goto(address, { waitUntil: 'commit' })
  // As text: what this process is compiled with leaves names in functions that a page does not know.
  const at = await page.evaluate<number>(`new Promise((resolve) => {
    function look() {
      if (document.body?.textContent?.includes(${JSON.stringify(pages.sentence)})) requestAnimationFrame(() => setTimeout(() => resolve(performance.now())))
      else requestAnimationFrame(look)
    }
    look()
  })`)
  await page.close()
  return at
}

/** What index.html names, and what that imports at once: loaded before anything is shown. */
function firstViewKb(): number {
  const html = readFileSync(join(built, 'index.html'), 'utf8')
  const named = [...html.matchAll(/(?:src|href)="\/sidebar\/(assets\/[^"]+)"/g)].map(([, name]) => name ?? '')
  const all = readdirSync(join(built, 'assets')).map((name) => `assets/${name}`)
  const files = [...new Set(named)].filter((name) => all.includes(name))
  const bytes = [Buffer.from(html), ...files.map((name) => readFileSync(join(built, name)))].map((file) => gzipSync(file).length)
  return bytes.reduce((sum, size) => sum + size, 0) / 1024
}

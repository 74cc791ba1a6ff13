import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath } from './support/chromium.ts'
import { agents, fixture, openEars, type Ears } from './support/ears.ts'
import { phoneOf } from './support/phone.ts'

/** Missing under CI is a failure, elsewhere these stories are left out. */
const browserTests = chromiumPath || process.env['CI'] ? describe : describe.skip

/** A busy machine may be slow; what never comes still fails its story. */
const patience = { timeout: 30_000 }

browserTests('A5 the reader page in a real browser', () => {
  let ears: Ears
  let browser: Browser
  let page: Page
  const problems: string[] = []

  beforeAll(async () => {
    ears = await openEars()
    await ears.publish({ id: 'coat', title: '羊绒大衣怎么养，才能穿十年', markdown: fixture('article.md') })
    await ears.publish({ id: 'hostile', title: '<b>"标题"</b>', markdown: fixture('hostile.md') })
    const phone = phoneOf(ears, { openId: 'o-lin' })
    await phone.opens('/l/coat-mei')
    browser = await chromium.launch({ executablePath: chromiumPath ?? 'chromium', args: ['--no-sandbox'] })
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, userAgent: agents.weChatOnIPhone })
    const value = phone.cookies.get('wl_visitor')?.value ?? ''
    await context.addCookies([{ name: 'wl_visitor', value, domain: '127.0.0.1', path: '/l' }])
    await context.route('https://img.example.com/**', (route) => route.fulfill({ contentType: 'image/png', body: '' }))
    page = await context.newPage()
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('dialog', (dialog) => (problems.push(dialog.message()), dialog.dismiss()))
  })
  afterAll(async () => {
    await browser?.close()
    await ears?.close()
  })

  test('puts the reader’s own share token into the address, without a further arrival', async () => {
    const before = ears.events().length
    await page.goto(`${ears.origin}/l/coat-mei`)
    expect(new URL(page.url()).search).toBe('?s=token1')
    expect(ears.events()).toHaveLength(before + 1)
  })

  test('tells the time spent and how far, when it is left', async () => {
    const openedAt = performance.now()
    await page.goto(`${ears.origin}/l/coat-mei`)
    const toTheEnd = () => page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight))
    await toTheEnd()
    await page.waitForFunction(() => [...document.images].every((image) => image.complete))
    await toTheEnd()
    await page.waitForFunction((from) => performance.now() > from + 2_200, await page.evaluate(() => performance.now()))
    await page.goto('about:blank')
    // The page before may have had a second to tell as well.
    const whole = () => ears.events().find((event) => event.kind === 'read-content' && event.percent === 100)
    await expect.poll(whole, patience).toMatchObject({ contentId: 'coat', seconds: expect.toSatisfy((s) => s >= 1 && s <= Math.ceil((performance.now() - openedAt) / 1000)) })
  })

  test('fits 320 px, and runs nothing that an article brings along', async () => {
    await page.setViewportSize({ width: 320, height: 640 })
    for (const slug of ['coat-mei', 'hostile-mei']) {
      await page.goto(`${ears.origin}/l/${slug}`)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320)
    }
    expect(await page.textContent('h1')).toBe('<b>"标题"</b>')
    // Its picture never comes; its place was kept all the same.
    await page.goto(`${ears.origin}/l/coat-mei`)
    expect(await page.$eval('article img', ({ clientWidth, clientHeight }) => clientWidth / clientHeight)).toBeCloseTo(1.5, 1)
    expect(problems).toEqual([])
  })

  test('A5 B2 what a killed page could not tell is told by the next one, with its section, and once', async () => {
    const context = page.context()
    const killed = await context.newPage()
    await killed.clock.install()
    await killed.goto(`${ears.origin}/l/coat-mei`)
    const arrivedAt = ears.clock.now().getTime()
    ears.later(3_600)
    await killed.clock.runFor(12_000)
    const unsent = (on: Page) => on.evaluate(() => localStorage.getItem('wl_unsent'))
    const left = String(await unsent(killed))
    expect(JSON.parse(left)).toMatchObject([{ body: { part: 0, seconds: 10 } }])
    await killed.goto('chrome://crash').catch(() => undefined)

    await page.goto(`${ears.origin}/l/coat-mei`)
    // The other page may have had a second of its own to tell.
    const reads = () => ears.events().filter((event) => event.kind === 'read-content' && event.seconds === 10)
    await expect.poll(() => reads().length, patience).toBe(1)
    expect(reads()).toMatchObject([{ section: '起球了怎么办' }])
    expect(Math.abs((reads()[0]?.at.getTime() ?? 0) - arrivedAt)).toBeLessThan(60_000)
    await expect.poll(() => unsent(page), patience).toBeNull()
    await page.evaluate((text) => localStorage.setItem('wl_unsent', text), left)
    await page.goto(`${ears.origin}/l/coat-mei`)
    await expect.poll(() => unsent(page), patience).toBeNull()
    expect(reads()).toHaveLength(1)
    await killed.close()
  })

  test('every target of a finger is at least 44 px high', async () => {
    await page.goto(`${ears.origin}/l/coat-mei`)
    const heights = await page.$$eval('footer a', (links) => links.map((link) => link.getBoundingClientRect().height))
    expect(heights.every((height) => height >= 44)).toBe(true)
    expect(heights).toHaveLength(2)
  })
})

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import type { PaymentView } from '../../server/http/contract.ts'
import { openActorProxy } from '../demo/actor-proxy.ts'
import { sevenFreePorts } from '../demo/free-ports.ts'
import { weChatHost } from '../demo/host.ts'
import { userAgents } from '../fake-tencent/browser.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'
import { signedIn } from '../support/page.ts'
import { openBrowser, story } from './open-browser.ts'

const minuteMs = 60_000
let browser: Browser
let brand: TestBrand
let phone: { origin: string; close(): Promise<void> }
let payment: PaymentView
let page: Page

beforeAll(async () => {
  browser = await openBrowser()
  brand = await openBrand({ at: '2026-03-02T10:00' })
  await brand.server.useCases.refreshPlatformKeys()
  const mei = brand.tencent.staff('mei', { name: '小梅' })
  const lin = brand.tencent.customer('lin', { name: '林小姐' })
  await mei.adds(lin)
  await lin.follows()
  await brand.settle()
  const sidebar = await signedIn(brand, mei)
  const path = `/api/customers/${lin.externalUserId}/payments`
  const asked = { amount: 268_000, description: '羊绒大衣 <驼色> M' }
  payment = (await sidebar.post<PaymentView>(path, asked)).body
  await brand.another({ loops: true })
  phone = await openActorProxy({
    port: await sevenFreePorts(),
    actor: 'customer:lin',
    userAgent: userAgents.weChat,
    productUrl: brand.url,
    bases: brand.tencent.bases,
    jar: lin.browser.jar,
    host: weChatHost({ lin, feed: { add: () => undefined }, changed: () => undefined }),
    onVisit: () => undefined,
  })
}, minuteMs)
afterAll(async () => {
  await phone?.close()
  await brand?.close()
  await browser?.close()
})

story(
  'A4: 林小姐 opens the link in WeChat, taps once, and is told when the payment is confirmed',
  async () => {
    page = await browser.newPage({ viewport: { width: 360, height: 720 }, userAgent: userAgents.weChat })
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(error.message))
    // The browser asks for an icon that is not there.
    page.on('console', (line) => line.type() === 'error' && !line.text().includes('404') && errors.push(line.text()))
    await page.goto(phone.origin + new URL(payment.url ?? '').pathname)
    expect(await page.locator('.what').textContent()).toBe('羊绒大衣 <驼色> M')
    expect(await page.locator('.amount').textContent()).toBe('¥2,680')
    const button = page.getByRole('button', { name: '微信支付' })
    expect((await button.boundingBox())?.height).toBeGreaterThanOrEqual(44)
    await button.click()
    await page.getByText('付款成功，谢谢您。').waitFor()
    expect(await button.isDisabled()).toBe(true)
    await page.reload()
    await page.getByText('已经付款').waitFor()
    expect(errors).toEqual([])
    expect(brand.tencent.problems).toEqual([])
    await page.close()
  },
  minuteMs,
)

import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { RunningServer } from '../../server/server.ts'
import { lookAt } from '../support/look.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'

let brand: TestBrand
let other: RunningServer
let people = 0
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00' })
  other = await brand.another()
})
afterEach(() => {
  vi.restoreAllMocks()
  expect(brand.tencent.problems).toEqual([])
})
afterAll(() => brand.close())

/** 小梅 and 林小姐, who is about to follow. */
async function meiAndLin() {
  people += 1
  const mei = brand.tencent.staff(`mei${people}`, { name: '小梅' })
  const lin = brand.tencent.customer(`lin${people}`, { name: '林小姐' })
  await mei.adds(lin)
  await brand.settle()
  brand.clock.move(60_000)
  return { mei, lin, look: lookAt(brand, lin) }
}

/** The other process finds the lease over, takes the work and does all of it. */
async function otherTakesOver(): Promise<void> {
  brand.clock.move(10_000)
  await other.useCases.worker.drain()
  await other.useCases.worker.drain()
}

/** The first process stands still at its next call of that method, before it or after it, while the other one works. */
function freezesAt(method: 'freeze' | 'saveAttempt', when: 'before' | 'after'): void {
  const { messages } = brand.server.stores
  const real = messages[method].bind(messages) as (...input: unknown[]) => Promise<unknown>
  vi.spyOn(messages, method as 'freeze').mockImplementationOnce((async (...input: unknown[]) => {
    const before = when === 'after' ? await real(...input) : null
    await otherTakesOver()
    return when === 'after' ? before : real(...input)
  }) as typeof messages.freeze)
}

test.each([
  ['before it freezes its message', 'freeze', 'before'],
  ['after it has frozen it', 'freeze', 'after'],
  ['before it claims the attempt', 'saveAttempt', 'before'],
  ['between its claim and the sending', 'saveAttempt', 'after'],
] as const)('I3 E3: a process that stands still %s, and wakes when another has rung, does not ring again', async (_, method, when) => {
  const { mei, lin, look } = await meiAndLin()
  freezesAt(method, when)
  await lin.follows()
  await brand.settle()
  for (let minute = 0; minute < 5; minute += 1) {
    await brand.passes(1)
    await other.useCases.worker.drain()
  }
  expect(mei.titles).toEqual(['林小姐 刚关注了公众号'])
  const [alert] = await look.alerts()
  expect(alert?.state).toBe('sent')
  const message = await brand.server.stores.messages.get(alert?.messageId ?? '')
  expect(message).toMatchObject({ state: 'sent', note: null })
  expect(message?.responseCode).not.toBeNull()
  await brand.tencent.staff(mei.userid).taps('跟进中')
  await brand.passes(1)
  expect(mei.phone.map(({ replacedBy }) => replacedBy)).toEqual(['跟进中'])
})

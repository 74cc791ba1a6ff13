import { setTimeout as pause } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import type { Stores } from '../../server/adapters/mongo/connect.ts'
import { identityKey, type AppId, type OpenId } from '../../server/domain/ids.ts'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import { nextSecond, openOutside, rings, type Outside } from './outside.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 })

/** What one customer is known to have written, oldest first. */
async function written({ timeline }: Stores, { tencent }: Outside, customer: CustomerActor): Promise<readonly string[]> {
  const who = { kind: 'openid' as const, appId: tencent.brand.account.appId as AppId, openId: customer.openIds.account as OpenId }
  const events = await timeline.between([identityKey(who)], new Date(0), new Date('2100-01-01'), ['sent-message'])
  return events.flatMap((event) => (event.kind === 'sent-message' ? [event.text ?? ''] : []))
}

async function handled({ inbox }: Stores, withinMs: number): Promise<void> {
  await vi.waitFor(async () => expect((await inbox.depth()).waiting).toBe(0), { timeout: withinMs, interval: 100 })
}

test('B1 B2: kill -9 in a burst of callbacks: what was acked is there once, and is handled after the next start', async () => {
  const outside = await openOutside()
  const { tencent, start, look } = outside
  const first = await start()
  const guests = Array.from({ length: 20 }, (_, index) => tencent.customer(`guest-${index}`))
  const acked = new Map<CustomerActor, string[]>(guests.map((guest) => [guest, []]))
  let count = 0
  async function writes(guest: CustomerActor, text: string): Promise<void> {
    const statuses = await guest.writes(text, { deliveries: 2 })
    if (!statuses.includes(200)) return
    acked.get(guest)?.push(text)
    count += 1
    if (count === 150) process.kill(first.pid, 'SIGKILL')
  }
  const talks = guests.flatMap((guest) =>
    ['甲', '乙', '丙', '丁'].map(async (line) => {
      for (let index = 0; index < 10; index += 1) await writes(guest, `${line} ${index}`)
    }),
  )
  await Promise.all(talks)
  await first.kill()
  expect(count).toBeGreaterThanOrEqual(150)
  expect(count).toBeLessThan(800)

  const second = await start()
  const stores = await look()
  await handled(stores, 30_000)
  for (const guest of guests) {
    const texts = await written(stores, outside, guest)
    expect(new Set(texts).size).toBe(texts.length)
    expect(texts).toEqual(expect.arrayContaining(acked.get(guest) ?? []))
  }
  expect(await stores.inbox.list('stuck', 10)).toEqual([])
  expect((await second.stop()).code).toBe(0)
  expect(tencent.problems).toEqual([])
})

test('B1 I3: of two servers on one data directory one works; killed, the other takes over and tells what was acked', async () => {
  const { tencent, start, enginePid } = await openOutside()
  const mei = tencent.staff('mei')
  const lin = tencent.customer('lin', { name: '林小姐' })
  const works = ({ lines }: { lines: readonly { msg?: unknown }[] }) => lines.some(({ msg }) => msg === 'this process does the work now')
  const first = await start()
  const engine = enginePid()
  await vi.waitFor(() => expect(works(first)).toBe(true), { timeout: 30_000 })
  const second = await start()
  expect(enginePid()).toBe(engine)
  await mei.adds(lin)
  await nextSecond()
  await lin.follows()
  await rings(mei, 1, 30_000)
  expect(works(second)).toBe(false)

  await first.kill()
  const killed = performance.now()
  expect(await lin.unfollows()).toEqual([200])
  expect(await rings(mei, 2, 30_000)).toEqual(['林小姐 刚关注了公众号', '林小姐 取消关注了公众号'])
  expect(performance.now() - killed).toBeLessThan(25_000)
  expect(works(second)).toBe(true)
  expect(enginePid()).toBe(engine)
  expect(tencent.problems).toEqual([])
})

test('I2 B1: the store killed under a running server comes back: callbacks do not wait for Tencent’s 5 s, and nothing acked is gone', async () => {
  const outside = await openOutside()
  const { tencent, start, enginePid, look } = outside
  const lin = tencent.customer('lin')
  await start()
  expect(await lin.writes('之前')).toEqual([200])

  const engine = enginePid()
  process.kill(engine, 'SIGKILL')
  const began = performance.now()
  const [during = 0] = await lin.writes('当时')
  expect([200, 503]).toContain(during)
  expect(performance.now() - began).toBeLessThan(5_000)
  await vi.waitFor(async () => expect(await lin.writes('之后')).toEqual([200]), { timeout: 30_000, interval: 200 })
  expect(enginePid()).not.toBe(engine)

  const stores = await look()
  await handled(stores, 30_000)
  const texts = await written(stores, outside, lin)
  expect(texts).toEqual(expect.arrayContaining(['之前', '之后', ...(during === 200 ? ['当时'] : [])]))
  expect(tencent.problems).toEqual([])
})

test('B1: while the store is away a callback gets 503 before Tencent’s 5 s are over, never success; then all is well again', async () => {
  const outside = await openOutside()
  const { tencent, start, enginePid, look } = outside
  const lin = tencent.customer('lin')
  const { url } = await start()
  expect(await lin.writes('之前')).toEqual([200])

  process.kill(enginePid(), 'SIGSTOP')
  try {
    await Promise.all([lin.writes('当时'), lin.writes('同时'), pause(500).then(() => lin.writes('稍后'))])
    const away = tencent.posts.slice(1)
    expect(away.map(({ status }) => status)).toEqual([503, 503, 503])
    expect(Math.max(...away.map(({ ms }) => ms))).toBeLessThan(5_000)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    expect((await fetch(`${url}/readyz`)).status).toBe(503)
  } finally {
    process.kill(enginePid(), 'SIGCONT')
  }

  await vi.waitFor(async () => expect(await lin.writes('之后')).toEqual([200]), { timeout: 30_000, interval: 200 })
  const stores = await look()
  await handled(stores, 30_000)
  expect(await written(stores, outside, lin)).toEqual(expect.arrayContaining(['之前', '之后']))
})

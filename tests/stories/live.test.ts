import { PassThrough } from 'node:stream'
import type { Context } from 'koa'
import { afterEach, expect, test, vi } from 'vitest'
import { createLiveStreams } from '../../server/http/live.ts'
import { StoreUnavailable } from '../../server/domain/errors.ts'
import { identityKey, staffId, type ExternalUserId } from '../../server/domain/ids.ts'
import type { LiveEvent } from '../../server/ports/live.ts'
import { openLive } from '../support/live-stream.ts'
import { memoryLog } from '../support/memory-log.ts'
import { openBrand, type BrandOptions, type TestBrand } from '../support/open-brand.ts'
import { signedIn } from '../support/page.ts'

let brand: TestBrand | null = null
afterEach(async () => {
  vi.useRealTimers()
  await brand?.close()
  brand = null
})

async function meiWeiAndLin(options: BrandOptions = {}) {
  const opened = await openBrand({ at: '2026-03-02T10:00', ...options })
  brand = opened
  const mei = opened.tencent.staff('mei')
  const wei = opened.tencent.staff('wei')
  const lin = opened.tencent.customer('lin', { name: '林小姐' })
  await mei.adds(lin)
  await opened.settle()
  await opened.passes(1)
  await signedIn(opened, mei)
  await signedIn(opened, wei)
  return { brand: opened, mei, wei, lin }
}

test('F5: an alert reaches the open stream of its member, and nobody else’s', async () => {
  const { brand: opened, mei, wei, lin } = await meiWeiAndLin()
  const hers = await openLive(opened, mei.browser)
  const his = await openLive(opened, wei.browser)
  expect(hers.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  expect(hers.headers.get('cache-control')).toBe('no-store')

  await lin.follows()
  await opened.settle()
  const told = await hers.until(({ kind }) => kind === 'alert')

  expect(told).toMatchObject({ kind: 'alert', customer: lin.externalUserId })
  await hers.until(({ kind, subject }) => kind === 'alert-changed' && subject === told.subject)
  expect(his.heard).toEqual([])
  hers.close()
  his.close()
})

test('F5: a stream first says how long ago there was news for its member, so that a page knows whether it missed some', async () => {
  const { brand: opened, mei, wei, lin } = await meiWeiAndLin()
  const startedAt = performance.now()
  await opened.server.stores.live.publish([{ staffId: staffId('mei'), kind: 'customer', subject: lin.externalUserId }])
  const hers = await openLive(opened, mei.browser)
  const his = await openLive(opened, wei.browser)
  await vi.waitFor(() => expect([hers.opened(), his.opened()]).not.toContain(null), 30_000)
  const [hersMs, hisMs] = [hers, his].map((stream) => stream.opened()?.quietMs ?? -1)
  expect(hersMs).toBeGreaterThanOrEqual(0)
  expect(hersMs).toBeLessThanOrEqual(performance.now() - startedAt)
  expect(hisMs).toBeGreaterThan(hersMs ?? 0)
  hers.close()
  his.close()
})

test('C4 F5: the page beside the chat hears that its customer paused, with no alert open, and that they resumed', async () => {
  const { brand: opened, mei, wei, lin } = await meiWeiAndLin()
  const [hers, his] = [await openLive(opened, mei.browser), await openLive(opened, wei.browser)]
  const key = identityKey({ kind: 'external', externalUserId: lin.externalUserId as ExternalUserId })
  const { pauseCustomer } = opened.server.useCases
  for (const wish of ['pause', 'resume'] as const) {
    hers.heard.length = 0
    await pauseCustomer[wish](key, opened.clock.now(), 'customer')
    await hers.until(({ kind, customer }) => kind === 'customer' && customer === lin.externalUserId)
    opened.clock.move(1_000)
  }
  expect(his.heard).toEqual([])
  hers.close()
  his.close()
})

test('F5: an alert raised by another process is heard too, and by a stream opened anew', async () => {
  const { brand: opened, mei, lin } = await meiWeiAndLin()
  const worker = await opened.another({ loops: true })
  const first = await openLive(opened, mei.browser)
  await lin.follows()
  await first.until(({ kind }) => kind === 'alert')
  first.close()
  await first.ended

  const second = await openLive(opened, mei.browser)
  opened.clock.move(1000)
  await lin.writes('大衣多少钱？')
  const told = await second.until(({ kind }) => kind === 'alert')
  expect(told.customer).toBe(lin.externalUserId)
  second.close()
  expect(worker.url).not.toBe(opened.url)
})

test('F5: a server that stops ends its streams, so that pages come back to another one', async () => {
  const { brand: opened, mei } = await meiWeiAndLin()
  const stream = await openLive(opened, mei.browser)
  await opened.server.close()
  await expect(stream.ended).resolves.toBeUndefined()
})

test('F5: a session that is over hears nothing more; nor does who has left the company, and every route says so', async () => {
  const { brand: opened, mei, wei, lin } = await meiWeiAndLin()
  await wei.adds(lin)
  await opened.settle()
  const page = await signedIn(opened, wei)
  const [hers, his] = [await openLive(opened, mei.browser), await openLive(opened, wei.browser)]
  await wei.leavesCompany()
  await opened.settle()
  for (const path of ['/api/alerts', '/api/live', '/api/session']) {
    expect(await page.get(path)).toMatchObject({ status: 401, code: 'signed-out' })
  }
  await opened.server.stores.live.publish([{ staffId: staffId('wei'), kind: 'customer', subject: lin.externalUserId }])
  await his.ended
  expect(his.heard.filter(({ kind }) => kind === 'customer')).toEqual([])

  opened.clock.move(12 * 3600_000)
  await opened.server.stores.live.publish([{ staffId: staffId('mei'), kind: 'customer', subject: lin.externalUserId }])
  await hers.ended
  expect(hers.heard.filter(({ kind }) => kind === 'customer')).toEqual([])
})

/** The streams alone, under a clock of the test's own. */
function streamsAlone() {
  let publish: (event: LiveEvent) => void = () => undefined
  const subscribe = (on: typeof publish) => {
    publish = on
    return { close: () => undefined }
  }
  const live = { publish: async () => undefined, subscribe }
  const alerts = { get: () => Promise.reject(new StoreUnavailable()) } as never
  const log = memoryLog()
  const streams = createLiveStreams({ live, alerts, log })
  const req = new PassThrough()
  const ctx = { req, set: () => undefined, status: 0, body: null as PassThrough | null }
  const session = { over: false }
  streams.open(ctx as unknown as Context, staffId('mei'), async () => session.over)
  const tell = (id: string, subject: string, kind: LiveEvent['kind'] = 'customer') =>
    publish({ id, staffId: staffId('mei'), kind, subject, storedAt: new Date(0) })
  return { streams, body: ctx.body as unknown as PassThrough, req, tell, log, session }
}

test('F5: a comment every 15 seconds keeps the stream open, for as long as the session lasts', async () => {
  vi.useFakeTimers()
  const { body, streams, session } = streamsAlone()
  await vi.advanceTimersByTimeAsync(46_000)
  expect(String(body.read()).match(/^: .*$/gm)).toHaveLength(3)
  session.over = true
  await vi.advanceTimersByTimeAsync(15_000)
  expect(body.writableEnded).toBe(true)
  streams.close()
})

test('F5: a page that does not read is let go; one that left is forgotten', async () => {
  const slow = streamsAlone()
  for (let index = 0; index < 400; index += 1) slow.tell(String(index), 'x'.repeat(2_000))
  await vi.waitFor(() => expect(slow.body.destroyed).toBe(true), 30_000)

  const gone = streamsAlone()
  gone.req.destroy()
  await vi.waitFor(() => expect(gone.body.destroyed).toBe(true), 30_000)
})

test('F5 B1: with the store away an event is not forwarded, and nothing else happens', async () => {
  const { tell, body, log } = streamsAlone()
  tell('1', 'some-alert', 'alert')
  await vi.waitFor(() => expect(log.text()).toContain('live event not forwarded'), 30_000)
  tell('2', 'lin')
  await vi.waitFor(() => expect(String(body.read())).toContain('id: 2'), 30_000)
})

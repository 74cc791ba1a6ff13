import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import type { StaffActor } from '../fake-tencent/staff.ts'
import { diesAt, type Stage } from '../support/crash.ts'
import { lookAt } from '../support/look.ts'
import { coat, coatInShop, inMall, scarf } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'

let brand: TestBrand
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00' })
})
afterEach(() => vi.restoreAllMocks())
afterAll(() => brand.close())

/** One act is handled before the next begins. */
type Act = (mei: StaffActor, lin: CustomerActor) => Promise<unknown>

const basket = (item: typeof coat): Act => (_, lin) => inMall(brand.clock, lin)('add-to-cart', item)

const plays: Readonly<Record<string, readonly Act[]>> = {
  'known before she is added, then interested, then buying': [
    (_, lin) => lin.follows(),
    basket(scarf),
    (mei, lin) => mei.adds(lin),
    (_, lin) => lin.writes('多少钱'),
    basket(coat),
    async (_, lin) => lin.pays((await lin.orders([coatInShop])).orderNo),
  ],
  'recognised only after a while': [
    (mei, lin) => mei.adds(lin),
    basket(scarf),
    async (_, lin) => {
      brand.tencent.weather.failNext(502, { api: 'user/info', times: 10 })
      await lin.follows()
      await lin.writes('多少钱')
    },
    async () => {
      brand.tencent.weather.comeBack()
      brand.clock.move(20 * 60_000)
    },
    basket(coat),
  ],
}

/** Plays a play; in every act the process dies at that stage, if it comes to it, and goes on from what is stored. */
async function endOf(play: string, name: string, stage: Stage | null) {
  const mei = brand.tencent.staff(`mei-${name}`, { name: '小梅' })
  const lin = brand.tencent.customer(`lin-${name}`, { name: '林小姐' })
  let deaths = 0
  for (const act of plays[play] ?? []) {
    await act(mei, lin)
    if (stage) {
      const death = diesAt(brand, stage)
      await brand.settle().catch(() => undefined)
      if (death.reached()) deaths += 1
      vi.restoreAllMocks()
    }
    await brand.settle()
    brand.clock.move(60_000)
  }
  await brand.passes(120)
  const look = lookAt(brand, lin)
  const state = {
    phone: mei.phone.map(({ title, replacedBy }) => ({ title, replacedBy })),
    alerts: (await look.alerts()).map((alert) => `${alert.rule} ${alert.state}`).toSorted(),
    persons: (await look.persons()).length,
    timeline: (await look.timeline()).map(({ kind }) => kind).toSorted(),
    signals: (await look.standing()).map((key) => key.split('|')[0]),
    waiting: (await brand.server.stores.inbox.depth()).waiting,
  }
  return { deaths, state }
}

const stages: readonly (readonly [Stage['port'], string, Stage['when']])[] = [
  ['timeline', 'add', 'after'],
  ['contacts', 'put', 'after'],
  ['people', 'join', 'after'],
  ['lookups', 'note', 'before'],
  ['briefings', 'put', 'before'],
  ['briefings', 'put', 'after'],
  ['alerts', 'put', 'after'],
  ['signals', 'put', 'after'],
  ['memories', 'save', 'after'],
  ['memories', 'drop', 'before'],
  ['live', 'publish', 'before'],
  ['inbox', 'settle', 'before'],
]

test.each(Object.keys(plays))('B1: %s: it ends the same, wherever the process dies', { timeout: 300_000 }, async (play) => {
  const { state: undisturbed } = await endOf(play, `${play}-undisturbed`, null)
  expect(undisturbed).toMatchObject({ persons: 1, waiting: 0 })
  expect(undisturbed.phone.length).toBeGreaterThan(3)
  let deaths = 0
  for (const [port, method, when] of stages) {
    const end = await endOf(play, `${play}-${port}-${method}-${when}`, { port, method, when })
    expect(end.state, `${when} ${port}.${method}`).toEqual(undisturbed)
    deaths += end.deaths
  }
  expect(deaths).toBeGreaterThan(30)
  expect(brand.tencent.problems).toEqual([])
})

test('B1: what was acked is handled although the process that acked it is gone', async () => {
  const other = await openBrand({ at: '2026-03-02T10:00' })
  const mei = other.tencent.staff('mei', { name: '小梅' })
  const lin = other.tencent.customer('lin', { name: '林小姐' })
  expect(await mei.adds(lin)).toEqual([200])
  await other.settle()
  other.clock.move(60_000)
  expect(await lin.follows()).toEqual([200])
  await other.server.close()
  expect(mei.titles).toEqual([])

  const next = await other.another()
  await next.useCases.worker.drain()
  expect(mei.titles).toEqual(['林小姐 刚关注了公众号'])
  expect(other.tencent.problems).toEqual([])
  await other.close()
})

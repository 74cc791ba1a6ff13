import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStates } from '../../server/domain/alert.ts'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import type { StaffActor } from '../fake-tencent/staff.ts'
import { lookAt } from '../support/look.ts'
import { coat, coatInShop, coats, row, scarf } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'

let brand: TestBrand
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00' })
})
afterAll(() => brand.close())

type Arrival = () => Promise<unknown>

/** What happens within an hour; told to us later, in whatever order. */
async function happens(mei: StaffActor, lin: CustomerActor): Promise<Arrival[]> {
  const { clock, tencent } = brand
  const late = { deliveries: 0 }
  const arrivals: Arrival[] = []
  const minutesLater = (minutes: number) => clock.move(minutes * 60_000)
  const letters = (from: number) => {
    for (const letter of tencent.letters.slice(from)) arrivals.push(() => tencent.delivers(letter))
  }
  const rows = (...list: ReturnType<typeof row>[]) => {
    for (const one of list) arrivals.push(() => lin.reports([one]))
  }
  const from = tencent.letters.length
  await lin.follows(late)
  minutesLater(2)
  rows(row(clock, 'add-to-cart', coat))
  minutesLater(3)
  rows(row(clock, 'add-to-cart', scarf))
  minutesLater(1)
  await lin.writes('羊绒大衣多少钱', late)
  for (const one of coats) {
    minutesLater(2)
    rows(row(clock, 'view-item', one))
  }
  minutesLater(5)
  await lin.unfollows(late)
  minutesLater(1)
  await lin.follows(late)
  minutesLater(5)
  const { orderNo } = await lin.orders([coatInShop], late)
  minutesLater(1)
  await lin.pays(orderNo, late)
  minutesLater(4)
  rows(row(clock, 'remove-from-cart', scarf), row(clock, 'add-to-cart', { ...scarf, id: '10003' }))
  letters(from)
  expect(mei.titles).toEqual([])
  return arrivals
}

/** Looked at when every timer has ended. */
async function endOf(name: string, order: (list: Arrival[]) => Arrival[], settleAfter: (index: number) => boolean) {
  const mei = brand.tencent.staff(`mei-${name}`, { name: '小梅' })
  const lin = brand.tencent.customer(`lin-${name}`, { name: '林小姐' })
  await mei.adds(lin)
  await brand.settle()
  brand.clock.move(60_000)
  await lin.startsMallSession()
  const began = brand.clock.now().getTime()
  const arrivals = await happens(mei, lin)
  for (const [index, arrive] of order(arrivals).entries()) {
    await arrive()
    if (settleAfter(index)) await brand.settle()
  }
  await brand.settle()
  brand.clock.move(began + 3 * 3600_000 - brand.clock.now().getTime())
  await brand.settle()

  const look = lookAt(brand, lin)
  const when = (at: Date) => (at.getTime() - began) / 60_000
  const alerts = await look.alerts()
  return {
    timeline: (await look.timeline()).map(({ kind, at }) => `${kind} ${when(at)}`).toSorted(),
    signals: (await look.signals())
      .filter(({ standing }) => standing)
      .map(({ rule, subject, at }) => `${rule} ${subject.length > 8 ? 'order' : subject} ${when(at)}`)
      .toSorted(),
    open: alerts
      .filter(({ state }) => openStates.includes(state))
      .map(({ rule, subject }) => `${rule} ${subject.length > 8 ? 'order' : subject}`)
      .toSorted(),
    phone: mei.phone.map(({ title, replacedBy }) => `${title} ${replacedBy ?? ''}`).toSorted(),
  }
}

/** The same seed, the same order. */
function shuffled<Item>(list: readonly Item[], random: () => number): Item[] {
  return list.map((item) => ({ item, place: random() })).toSorted((a, b) => a.place - b.place).map(({ item }) => item)
}

function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

test('B3: in whatever order and batches it arrives, the same timeline, signals and open alerts stand at the end', { timeout: 300_000 }, async () => {
  const inOrder = await endOf('in-order', (list) => list, () => true)
  // Two follows and a leaving, three baskets and one forgotten, a question, a comparison, a payment.
  expect(inOrder.signals).toHaveLength(10)
  expect(inOrder.open).not.toContain(`added-to-basket ${coat.id}`)
  for (const seed of [1, 2, 3, 4]) {
    const random = randomFrom(seed * 7_919)
    const end = await endOf(`seed-${seed}`, (list) => shuffled(list, random), () => random() < 0.5)
    expect({ ...end, phone: [] }, `seed ${seed}`).toEqual({ ...inOrder, phone: [] })
  }
  expect(brand.tencent.problems).toEqual([])
})

test('B3: what arrives in a heap before it is handled also rings the same', { timeout: 300_000 }, async () => {
  const inOrder = await endOf('heap', (list) => list, () => false)
  for (const seed of [11, 12]) {
    const random = randomFrom(seed * 104_729)
    const end = await endOf(`heap-${seed}`, (list) => shuffled(list, random), () => false)
    expect(end, `seed ${seed}`).toEqual(inOrder)
  }
})

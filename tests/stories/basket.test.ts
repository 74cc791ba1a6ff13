import { afterAll, beforeAll, expect, test } from 'vitest'
import { lookAt } from '../support/look.ts'
import { coat, coats, inMall, row, scarf } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'

let brand: TestBrand
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00' })
})
afterAll(() => brand.close())

async function friends(name: string) {
  const mei = brand.tencent.staff(`mei-of-${name}`, { name: '小梅' })
  const customer = brand.tencent.customer(name, { name: '林小姐' })
  await mei.adds(customer)
  await brand.settle()
  const rules = async () => (await lookAt(brand, customer).alerts()).map(({ rule }) => rule).toSorted()
  return { mei, customer, does: inMall(brand.clock, customer), rules }
}

test('A7 E1: a basket rings at once, and again exactly two hours later when nothing was ordered', async () => {
  const { mei, customer, does, rules } = await friends('lin')
  await does('add-to-cart', coat)
  await brand.settle()
  expect(await rules()).toEqual(['added-to-basket'])
  await brand.passes(119)
  brand.clock.move(59_999)
  await brand.settle()
  expect(await rules()).toEqual(['added-to-basket'])
  brand.clock.move(1)
  await brand.settle()
  expect(await rules()).toEqual(['added-to-basket', 'basket-not-ordered'])
  expect(mei.titles.at(-1)).toContain(coat.title)
  const [added, late] = (await lookAt(brand, customer).signals()).toSorted((a, b) => a.at.getTime() - b.at.getTime())
  expect((late?.at.getTime() ?? 0) - (added?.at.getTime() ?? 0)).toBe(2 * 3600_000)
})

test.each(['remove-from-cart', 'order'])('E1: %s of that item ends its timer, of another item does not', async (kind) => {
  const { does, rules } = await friends(`zhou-${kind}`)
  await does('add-to-cart', coat)
  await brand.passes(10)
  await does('add-to-cart', scarf)
  await brand.passes(10)
  await does(kind, coat)
  await brand.settle()
  await brand.passes(125)
  expect(await rules()).toEqual(['added-to-basket', 'added-to-basket', 'basket-not-ordered'])
})

test('E1: five coats within the hour are a comparison; the same coat five times is not', async () => {
  const { mei, does, rules } = await friends('wu')
  for (let look = 0; look < 6; look += 1) await does('view-item', coats[0])
  await brand.settle()
  expect(await rules()).toEqual([])
  for (const one of coats.slice(1)) {
    await brand.passes(9)
    await does('view-item', one)
  }
  await brand.settle()
  expect(await rules()).toEqual(['comparing'])
  expect(mei.titles).toHaveLength(1)
})

test('E1: what is stored but not yet handled by the end of the timer still holds it back', async () => {
  const { customer, does, rules } = await friends('xu')
  await does('add-to-cart', coat)
  await brand.settle()
  brand.clock.move(2 * 3600_000 - 1_000)
  await does('remove-from-cart', coat)
  brand.clock.move(2_000)
  await brand.settle()
  expect(await rules()).toEqual(['added-to-basket'])
  expect(await lookAt(brand, customer).standing()).toHaveLength(1)
})

test('B1 E1: a delivery that waits for an answer of Tencent holds timers back until it is handled', async () => {
  const { customer, does, rules } = await friends('qian')
  await does('add-to-cart', coat)
  await brand.settle()
  brand.clock.move(2 * 3600_000 - 1_000)
  brand.tencent.weather.failNext(502, { api: 'channels/ec/order/get', times: 2 })
  await customer.orders([{ productId: coat.id, title: coat.title, price: coat.price }])
  await brand.settle()
  brand.clock.move(1_500)
  await brand.settle()
  expect(await rules()).toEqual(['added-to-basket'])
  brand.tencent.weather.comeBack()
  await brand.passes(1)
  expect(await rules()).toEqual(['added-to-basket'])
})

test('B3 E1: an order that arrives after the timer fired takes the alert back and greys its card', async () => {
  const { mei, customer, does } = await friends('sun')
  await does('add-to-cart', coat)
  await brand.settle()
  await brand.passes(120)
  const title = mei.titles.at(-1)
  expect(mei.titles).toHaveLength(2)
  await customer.reports([row(brand.clock, 'order', coat, brand.clock.now().getTime() - 60_000)])
  await brand.settle()
  const alerts = await lookAt(brand, customer).alerts()
  expect(alerts.find(({ rule }) => rule === 'basket-not-ordered')?.state).toBe('superseded')
  expect(mei.phone.find((card) => card.title === title)?.replacedBy).toBe('情况变了，不用跟进了')
  expect(brand.tencent.problems).toEqual([])
})

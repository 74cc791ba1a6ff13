import { afterEach, expect, test, vi } from 'vitest'
import { lookAt } from '../support/look.ts'
import { coatInShop } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'

const open: TestBrand[] = []
afterEach(async () => {
  vi.restoreAllMocks()
  for (const brand of open.splice(0)) await brand.close()
})

async function newBrand(): Promise<TestBrand> {
  const brand = await openBrand({ at: '2026-03-02T10:00' })
  open.push(brand)
  return brand
}

/** How often an API of Tencent was called since. */
function callsOf(path: string) {
  const spy = vi.spyOn(globalThis, 'fetch')
  return () => spy.mock.calls.filter(([input]) => String(input).includes(path)).length
}

test('B1 C1: a WeCom that is away is waited for once a batch; deletions count meanwhile, the rest follows', async () => {
  const brand = await newBrand()
  const mei = brand.tencent.staff('Mei', { name: '小梅' })
  const many = Array.from({ length: 12 }, (_, n) => brand.tencent.customer(`c${n}`, { name: `客户${n}` }))
  const old = brand.tencent.customer('old', { name: '老客' })
  await mei.adds(old)
  await brand.settle()
  brand.clock.move(60_000)
  brand.tencent.weather.goDown({ api: 'externalcontact/get' })
  for (const customer of many) await mei.adds(customer)
  await mei.removes(old)
  const calls = callsOf('/cgi-bin/externalcontact/get?')
  await brand.settle()
  expect(calls()).toBe(1)
  expect((await lookAt(brand, old).contact())?.follows).toMatchObject([{ ended: { by: 'staff' } }])
  // Tried again a few times, then told without the answer.
  for (let minute = 0; minute < 8; minute += 1) await brand.passes(1)
  expect(calls()).toBeLessThan(8)
  for (const customer of many) {
    expect((await lookAt(brand, customer).contact())?.follows).toMatchObject([{ userid: 'Mei', ended: null }])
  }
  brand.tencent.weather.comeBack()
  expect(brand.tencent.problems).toEqual([])
})

test('B1 A3: so is a shop that is away', async () => {
  const brand = await newBrand()
  const buyers = Array.from({ length: 30 }, (_, n) => brand.tencent.customer(`b${n}`, { name: `买家${n}` }))
  brand.tencent.weather.goDown({ api: 'channels/ec/order/get' })
  for (const buyer of buyers) await buyer.orders([coatInShop])
  const calls = callsOf('/channels/ec/order/get?')
  await brand.settle()
  expect(calls()).toBeGreaterThan(0)
  expect(calls()).toBeLessThanOrEqual(8)
})

test('C1: an openid that is refused for good is no outage: the others are asked all the same, it never again', async () => {
  const brand = await newBrand()
  const strange = brand.tencent.customer('strange', { name: '怪客' })
  const lin = brand.tencent.customer('lin', { name: '林小姐' })
  const mei = brand.tencent.staff('mei', { name: '小梅' })
  await mei.adds(lin)
  await brand.settle()
  brand.tencent.weather.refuseNext(40003, { api: 'user/info' })
  await strange.follows()
  const calls = callsOf('/cgi-bin/user/info?')
  await brand.settle()
  expect(calls()).toBe(1)
  await lin.follows()
  await brand.settle()
  expect(await lookAt(brand, lin).persons()).toHaveLength(1)
  await brand.passes(24 * 60)
  expect(calls()).toBe(2)
})

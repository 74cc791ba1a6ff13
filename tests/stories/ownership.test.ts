import { afterAll, beforeAll, expect, test } from 'vitest'
import { ownerOf } from '../../server/domain/person.ts'
import { lookAt } from '../support/look.ts'
import { coat, inMall, scarf } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'

let brand: TestBrand
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00' })
})
afterAll(() => brand.close())

/** 小梅 had her first, 小周 since. */
async function twoSalespeople(name: string, on = brand) {
  const mei = on.tencent.staff(`mei-of-${name}`, { name: '小梅' })
  const zhou = on.tencent.staff(`zhou-of-${name}`, { name: '小周' })
  const customer = on.tencent.customer(name, { name: '林小姐' })
  await mei.adds(customer)
  await on.passes(60)
  await zhou.adds(customer)
  await on.settle()
  await on.passes(1)
  const look = lookAt(on, customer)
  const owner = async () => {
    const contact = await look.contact()
    return contact ? (ownerOf(contact, 'newest')?.userid ?? null) : null
  }
  return { mei, zhou, customer, does: inMall(on.clock, customer), look, owner }
}

test('C1 E2: of two who have her, the one who added her last is alerted', async () => {
  const { mei, zhou, does } = await twoSalespeople('lin')
  await does('add-to-cart', coat)
  await brand.settle()
  expect(zhou.titles).toHaveLength(1)
  expect(mei.titles).toEqual([])
})

test('C1 E2: OWNER_RULE=oldest alerts the one who had her first; the other is still briefed when she adds her', async () => {
  const other = await openBrand({ at: '2026-03-02T10:00', env: { OWNER_RULE: 'oldest' } })
  const mei = other.tencent.staff('mei', { name: '小梅' })
  const zhou = other.tencent.staff('zhou', { name: '小周' })
  const lin = other.tencent.customer('lin', { name: '林小姐' })
  await lin.follows()
  await mei.adds(lin)
  await other.settle()
  await other.passes(60)
  await zhou.adds(lin)
  await other.settle()
  expect(zhou.titles).toHaveLength(1)
  await other.passes(1)
  await inMall(other.clock, lin)('add-to-cart', coat)
  await other.settle()
  expect(mei.titles.at(-1)).toContain(coat.title)
  expect(zhou.titles).toHaveLength(1)
  expect(other.tencent.problems).toEqual([])
  await other.close()
})

test.each(['staff', 'customer'] as const)('C1: a deletion by the %s ends that part at once, whatever WeCom still lists', async (by) => {
  const { mei, zhou, customer, does, owner } = await twoSalespeople(`wu-${by}`)
  brand.tencent.weather.getStillListsDeleted(true)
  if (by === 'staff') await zhou.removes(customer)
  else await customer.removes(zhou)
  await brand.settle()
  expect(await owner()).toBe(mei.userid)
  // A further reading of the contact still names 小周.
  await brand.passes(1)
  await mei.edits(customer)
  await brand.settle()
  await brand.server.useCases.syncContacts()
  expect(await owner()).toBe(mei.userid)
  await does('add-to-cart', coat)
  await brand.settle()
  expect(mei.titles).toHaveLength(1)
  expect(zhou.titles).toEqual([])
  brand.tencent.weather.getStillListsDeleted(false)
})

test('C1: what has not rung yet moves to the heir; the heir’s time begins with the inheritance', async () => {
  const night = await openBrand({ at: '2026-03-02T22:00', env: { OPENING_HOURS: '09:00-21:00' } })
  const { mei, zhou, customer, does, look } = await twoSalespeople('xu', night)
  await does('add-to-cart', coat)
  await night.settle()
  const [alert] = await look.alerts()
  expect(alert).toMatchObject({ owner: zhou.userid, state: 'held' })
  const late = { at: night.clock.now().getTime() - 60_000 }
  await night.passes(10)
  await zhou.removes(customer)
  await night.settle()
  expect(await look.alerts()).toMatchObject([{ owner: mei.userid }])

  // It happened while 小周 had her and is heard of only now: 小梅 is briefed about it, as about any time before hers.
  await customer.reports([{ id: 'late-row', at: late.at, kind: 'add-to-cart', item: scarf }])
  await night.settle()
  const rules = (await look.alerts()).map(({ rule }) => rule).toSorted()
  expect(rules).toEqual(['added-to-basket', 'briefing'])
  night.clock.set('2026-03-03T09:00')
  await night.settle()
  expect(zhou.titles).toEqual([])
  expect(mei.titles).toHaveLength(1)
  expect(night.tencent.problems).toEqual([])
  await night.close()
})

test('C2: with nobody left the alerts are withdrawn and events wait; whoever adds her next is briefed', async () => {
  const { mei, zhou, customer, does, look, owner } = await twoSalespeople('qian')
  await zhou.removes(customer)
  await customer.removes(mei)
  await brand.settle()
  expect(await owner()).toBeNull()
  await does('add-to-cart', coat)
  await brand.passes(5)
  expect((await look.alerts()).filter(({ rule }) => rule === 'added-to-basket')).toEqual([])

  const sun = brand.tencent.staff('sun', { name: '小孙' })
  await sun.adds(customer)
  await brand.settle()
  expect(sun.titles).toEqual([`林小姐 刚加上的客户，之前加购过${coat.title}`])
  expect([...mei.titles, ...zhou.titles]).toEqual([])
})

test('C1: after a transfer the taker has her; added again after a deletion, so has the first', async () => {
  const { mei, zhou, customer, does, owner } = await twoSalespeople('sun')
  const sun = brand.tencent.staff('taker', { name: '小孙' })
  await zhou.handsOver(customer, sun, { deliveries: 1 })
  await brand.settle()
  expect(await owner()).toBe(sun.userid)
  await brand.passes(1)
  await mei.removes(customer)
  await brand.passes(1)
  await mei.adds(customer)
  await brand.settle()
  expect(await owner()).toBe(mei.userid)
  const before = mei.titles.length
  await brand.passes(1)
  await does('add-to-cart', coat)
  await brand.settle()
  expect(mei.titles.slice(before)).toHaveLength(1)
})

test('C1: the deletion that tells of a transfer is enough to find the taker', async () => {
  const { zhou, customer, owner } = await twoSalespeople('he')
  const taker = brand.tencent.staff('taker-of-he', { name: '小孙' })
  await brand.passes(1)
  await zhou.handsOver(customer, taker, { deliveries: 0 })
  const [deletion] = brand.tencent.letters.slice(-2)
  if (deletion) await brand.tencent.delivers(deletion)
  await brand.settle()
  expect(await owner()).toBe(taker.userid)
})

test('B3 C1: add and delete arrive in the wrong order and end the same', async () => {
  const { mei, zhou, customer, owner } = await twoSalespeople('gao')
  await zhou.removes(customer, { deliveries: 0 })
  await brand.passes(1)
  await zhou.adds(customer, { deliveries: 0 })
  await brand.passes(1)
  const [gone, back] = brand.tencent.letters.slice(-2)
  if (!gone || !back) throw new Error('nothing was kept back')
  await brand.tencent.delivers(back)
  await brand.settle()
  await brand.tencent.delivers(gone)
  await brand.settle()
  expect(await owner()).toBe(zhou.userid)

  await zhou.removes(customer)
  await brand.settle()
  await brand.tencent.delivers(back)
  await brand.settle()
  expect(await owner()).toBe(mei.userid)
})

test('C1: half an addition is no friendship', async () => {
  const customer = brand.tencent.customer('half', { name: '林小姐' })
  const mei = brand.tencent.staff('mei-half', { name: '小梅' })
  await customer.halfAdds(mei)
  await brand.settle()
  expect((await lookAt(brand, customer).contact())?.follows ?? []).toEqual([])
})

test.each([48002, 84061])('C1 B1: when the contact may not be read (%i), the addition counts all the same', async (errcode) => {
  const customer = brand.tencent.customer(`refused-${errcode}`, { name: '林小姐' })
  const mei = brand.tencent.staff(`mei-${errcode}`, { name: '小梅' })
  brand.tencent.weather.refuseNext(errcode, { api: 'externalcontact/get' })
  await mei.adds(customer)
  await brand.settle()
  const contact = await lookAt(brand, customer).contact()
  expect(contact?.follows).toMatchObject([{ staffId: mei.userid.toLowerCase(), ended: null }])
  await brand.server.useCases.syncContacts()
  expect(await lookAt(brand, customer).contact()).toMatchObject({ name: '林小姐', unionId: customer.unionId })
})

test.each(['silent', 'busy'] as const)('C1 B1: while WeCom is %s the addition waits, and is told in full afterwards', async (how) => {
  const customer = brand.tencent.customer(`waits-${how}`, { name: '林小姐' })
  const mei = brand.tencent.staff(`mei-${how}`, { name: '小梅' })
  await customer.follows()
  await brand.settle()
  if (how === 'silent') brand.tencent.weather.goDown({ api: 'externalcontact/get' })
  else brand.tencent.weather.refuseNext(-1, { api: 'externalcontact/get', times: 3 })
  await mei.adds(customer)
  await brand.settle()
  expect(mei.titles).toEqual([])
  brand.tencent.weather.comeBack()
  await brand.passes(1)
  expect(mei.titles).toEqual(['林小姐 刚加上的客户，之前关注了公众号'])
})

test('C1 B1: a WeCom that never answers does not stop the addition for ever', async () => {
  const customer = brand.tencent.customer('never', { name: '林小姐' })
  const mei = brand.tencent.staff('mei-never', { name: '小梅' })
  brand.tencent.weather.goDown({ api: 'externalcontact/get' })
  await mei.adds(customer)
  for (let minute = 0; minute < 8; minute += 1) await brand.passes(1)
  expect((await lookAt(brand, customer).contact())?.follows).toMatchObject([{ ended: null }])
  brand.tencent.weather.comeBack()
  expect(brand.tencent.problems).toEqual([])
})

import { expect, test } from 'vitest'
import { lookAt } from '../support/look.ts'
import { coat, inMall, scarf } from '../support/mall.ts'
import { openBrand } from '../support/open-brand.ts'

test('C1: two processes that learn at once who somebody is end with one person and one memory', { timeout: 120_000 }, async () => {
  const brand = await openBrand({ at: '2026-03-02T10:00' })
  const next = await brand.another()
  const mei = brand.tencent.staff('mei', { name: '小梅' })
  const people = ['lin', 'zhou', 'wu', 'xu'].map((id) => brand.tencent.customer(id, { name: '林小姐' }))
  for (const lin of people) {
    // Known apart: the account's user and the mall's visitor, each with a past.
    brand.tencent.weather.openPlatformBound(false)
    await lin.follows()
    await inMall(brand.clock, lin)('add-to-cart', coat)
    await inMall(brand.clock, lin)('view-item', scarf)
  }
  await brand.settle()
  const apart = await Promise.all(people.map((lin) => lookAt(brand, lin).persons()))
  expect(apart.map((persons) => persons.length)).toEqual([2, 2, 2, 2])

  // All at once: login, addition, synchronisation and the owed question, in both processes.
  brand.tencent.weather.openPlatformBound(true)
  brand.clock.move(24 * 3600_000)
  await Promise.all(people.flatMap((lin) => [lin.startsMallSession(), mei.adds(lin)]))
  const drain = (server: typeof next) => server.useCases.worker.drain()
  await Promise.all([drain(brand.server), drain(next), brand.server.useCases.syncContacts(), next.useCases.syncContacts()])
  await drain(next)
  await brand.settle()

  for (const lin of people) {
    const look = lookAt(brand, lin)
    expect(await look.persons()).toHaveLength(1)
    // Whoever recognises them first briefs; the other tells only what is new, and nothing becomes an alert of its own.
    const alerts = await look.alerts()
    expect(new Set(alerts.map(({ rule }) => rule))).toEqual(new Set(['briefing']))
    const told = alerts.flatMap(({ eventKeys }) => eventKeys)
    expect(told).toHaveLength(new Set(told).size)
    const baskets = (await look.standing()).filter((key) => key.startsWith('added-to-basket'))
    expect(baskets).toHaveLength(1)
  }
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

test('A2 C1: what WeCom did not tell while we were down is found by the next synchronisation', async () => {
  const brand = await openBrand({ at: '2026-03-02T10:00' })
  const mei = brand.tencent.staff('mei', { name: '小梅' })
  const zhou = brand.tencent.staff('zhou', { name: '小周' })
  const sun = brand.tencent.staff('sun', { name: '小孙' })
  const [lin, wu, xu, he] = ['lin', 'wu', 'xu', 'he'].map((id) => brand.tencent.customer(id, { name: '林小姐' }))
  if (!lin || !wu || !xu || !he) throw new Error('nobody came')
  await mei.adds(lin)
  await zhou.adds(lin)
  await mei.adds(wu)
  await sun.adds(he)
  await brand.settle()
  await brand.server.useCases.syncContacts()
  await brand.passes(10)

  await zhou.removes(lin, { deliveries: 0 })
  await mei.removes(wu, { deliveries: 0 })
  await mei.adds(xu, { deliveries: 0 })
  const departed = brand.tencent.world.staff.sun
  if (departed) Object.assign(departed, { contacts: false, inVisibleRange: false })
  await brand.server.useCases.syncContacts()

  const present = async (customer: typeof lin) =>
    (await lookAt(brand, customer).contact())?.follows.filter(({ ended }) => !ended).map(({ userid }) => userid)
  expect(await present(lin)).toEqual(['mei'])
  expect(await present(wu)).toEqual([])
  expect(await present(xu)).toEqual(['mei'])
  expect(await present(he)).toEqual([])
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

test('C1: the first synchronisation goes page by page, and once more from the start after a failure', async () => {
  const brand = await openBrand({ at: '2026-03-02T10:00' })
  const mei = brand.tencent.staff('mei', { name: '小梅' })
  const many = Array.from({ length: 230 }, (_, index) => brand.tencent.customer(`customer-${index}`))
  for (const one of many) await mei.adds(one, { deliveries: 0 })
  const pages = () => brand.tencent.calls.filter(({ api }) => api === 'externalcontact/batch/get_by_user').length
  const before = pages()
  const sync = brand.server.useCases.syncContacts()
  await sync
  expect(pages() - before).toBe(3)
  const known = await Promise.all([0, 120, 229].map((index) => many[index] && lookAt(brand, many[index]).contact()))
  expect(known.map((contact) => contact?.follows.length)).toEqual([1, 1, 1])

  // Nothing has changed, so nothing is written: the readings are the same.
  const readAt = known[0]?.readAt
  brand.clock.move(60_000)
  await brand.server.useCases.syncContacts()
  expect(many[0] && (await lookAt(brand, many[0]).contact())?.readAt).toEqual(readAt)

  brand.tencent.weather.refuseNext(-1, { api: 'externalcontact/batch/get_by_user' })
  await expect(brand.server.useCases.syncContacts()).rejects.toThrow('batch/get_by_user')
  brand.tencent.weather.comeBack()
  await expect(brand.server.useCases.syncContacts()).resolves.toMatchObject({ members: 1, contacts: 230 })
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

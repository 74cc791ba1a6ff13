import { afterEach, expect, test, vi } from 'vitest'
import { ownerOf } from '../../server/domain/person.ts'
import { lookAt } from '../support/look.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'

const open: TestBrand[] = []
afterEach(async () => {
  for (const brand of open.splice(0)) await brand.close()
})

/** 小梅 and, an hour later, 小周 added her before our product ever ran. */
async function hadBefore() {
  const brand = await openBrand({ at: '2026-03-02T10:00' })
  open.push(brand)
  const mei = brand.tencent.staff('Mei', { name: '小梅' })
  const zhou = brand.tencent.staff('Zhou', { name: '小周' })
  const lin = brand.tencent.customer('lin', { name: '林小姐' })
  await mei.adds(lin, { deliveries: 0 })
  brand.clock.move(3600_000)
  await zhou.adds(lin, { deliveries: 0 })
  brand.clock.move(60_000)
  const { syncContacts } = brand.server.useCases
  const contact = () => lookAt(brand, lin).contact()
  const owner = async () => {
    const found = await contact()
    return found && (ownerOf(found, 'newest')?.userid ?? null)
  }
  return { brand, mei, zhou, lin, syncContacts, contact, owner }
}

test('C1 A10: of a customer whom two members had before the start, the first reading knows both', async () => {
  const { brand, zhou, lin, syncContacts, contact, owner } = await hadBefore()
  await syncContacts()
  expect((await contact())?.follows.map(({ userid }) => userid).toSorted()).toEqual(['Mei', 'Zhou'])
  expect(await owner()).toBe('Zhou')
  await lin.follows()
  await brand.settle()
  expect(zhou.titles).toEqual(['林小姐 刚关注了公众号'])
  expect(brand.tencent.problems).toEqual([])
})

test.each(['404', 'down', 'no right'] as const)('A10: contacts are read though no name is to be had (%s)', async (how) => {
  const { brand, syncContacts, owner } = await hadBefore()
  const { weather } = brand.tencent
  if (how === '404') weather.failNext(404, { api: 'user/get', times: 9 })
  if (how === 'down') weather.goDown({ api: 'user/get' })
  if (how === 'no right') weather.refuseNext(48002, { api: 'user/get', times: 9 })
  expect(await syncContacts()).toEqual({ members: 2, contacts: 2 })
  expect(await owner()).toBe('Zhou')
  weather.comeBack()
  await syncContacts()
  expect(await brand.server.stores.staffDirectory.all()).toMatchObject([{ name: '小梅' }, { name: '小周' }])
})

test('C1: a member whom WeCom leaves out for a while has her again once listed', async () => {
  const { brand, syncContacts, owner } = await hadBefore()
  await syncContacts()
  brand.clock.move(60_000)
  brand.tencent.weather.refuseNext(84061, { api: 'externalcontact/batch/get_by_user', times: 3 })
  brand.tencent.weather.refuseNext(84061, { api: 'externalcontact/get', times: 2 })
  await syncContacts()
  expect(await owner()).toBeNull()
  brand.clock.move(60_000)
  await syncContacts()
  expect(await owner()).toBe('Zhou')
  expect(brand.tencent.problems).toEqual([])
})

test('A10: a refusal for good of one question hides no contact', async () => {
  const { brand, syncContacts, owner } = await hadBefore()
  brand.tencent.weather.refuseNext(40058, { api: 'externalcontact/batch/get_by_user', times: 2 })
  expect(await syncContacts()).toMatchObject({ members: 2 })
  expect(await owner()).toBe('Zhou')
  expect(brand.log.text()).toContain('contacts of one member refused')
})

test('C1: only readings that changed something are kept as observations', async () => {
  const { brand, mei, lin, syncContacts } = await hadBefore()
  const record = vi.spyOn(brand.server.stores.observations, 'record')
  const kinds = () => record.mock.calls.flatMap(([list]) => list.map(({ kind }) => kind))
  await syncContacts()
  expect(kinds()).toEqual(['contact', 'contact'])
  brand.clock.move(60_000)
  await syncContacts()
  await mei.edits(lin)
  await brand.settle()
  expect(kinds()).toHaveLength(2)
  brand.tencent.weather.refuseNext(84061, { api: 'externalcontact/batch/get_by_user', times: 3 })
  brand.tencent.weather.refuseNext(84061, { api: 'externalcontact/get' })
  await syncContacts()
  expect(kinds().slice(2)).toEqual(['contact-unknown'])
})

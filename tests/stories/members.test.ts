import { expect, test } from 'vitest'
import { ownerOf } from '../../server/domain/person.ts'
import type { StaffId } from '../../server/domain/ids.ts'
import { lookAt } from '../support/look.ts'
import { openBrand } from '../support/open-brand.ts'

const mei = 'mei' as StaffId

test('A2 E6: who adds a customer is known from then on, as WeCom spells the userid, and so her phone rings', async () => {
  const brand = await openBrand({ at: '2026-03-02T10:00' })
  const staff = brand.tencent.staff('Mei', { name: '小梅' })
  const lin = brand.tencent.customer('lin', { name: '林小姐' })
  brand.tencent.weather.refuseNext(48002, { api: 'externalcontact/get' })
  await staff.adds(lin)
  await brand.settle()
  expect((await lookAt(brand, lin).contact())?.follows).toMatchObject([{ staffId: mei, userid: 'Mei' }])
  expect(await brand.server.stores.staffDirectory.get(mei)).toMatchObject({ userid: 'Mei' })
  // Listed no longer, she still has her: the card goes to the spelling that WeCom told.
  await brand.server.stores.staffDirectory.replaceAll([], brand.clock.now())
  await brand.passes(1)
  brand.tencent.weather.refuseNext(48002, { api: 'externalcontact/get' })
  await lin.follows()
  await brand.server.useCases.syncContacts()
  await brand.settle()
  expect(staff.titles).toHaveLength(1)
  expect(brand.tencent.calls.filter(({ api }) => api === 'message/send')).toHaveLength(1)
  await brand.close()
})

test('A2: a member’s new name is read again', async () => {
  const brand = await openBrand({ at: '2026-03-02T10:00' })
  const staff = brand.tencent.staff('Mei', { name: '小梅' })
  await brand.server.useCases.syncContacts()
  expect(await brand.server.stores.staffDirectory.get(mei)).toMatchObject({ name: '小梅' })
  await staff.takesName('梅姐')
  await brand.settle()
  expect(await brand.server.stores.staffDirectory.get(mei)).toMatchObject({ name: '梅姐' })
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

test('A2 C1: with a new userid the customers are found under it at once', async () => {
  const brand = await openBrand({ at: '2026-03-02T10:00', loops: true })
  const staff = brand.tencent.staff('Mei', { name: '小梅' })
  const lin = brand.tencent.customer('lin', { name: '林小姐' })
  await staff.adds(lin)
  const owner = async () => {
    const contact = await lookAt(brand, lin).contact()
    return contact && (ownerOf(contact, 'newest')?.userid ?? null)
  }
  await expect.poll(owner, { timeout: 30_000 }).toBe('Mei')
  await expect.poll(() => brand.log.lines.filter(({ msg }) => msg === 'contacts read').length).toBe(2)
  brand.clock.move(60_000)
  await staff.takesUserid('Mei.Li')
  await expect.poll(owner, { timeout: 30_000 }).toBe('Mei.Li')
  await brand.close()
}, 120_000)

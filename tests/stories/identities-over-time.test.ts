import { expect, test } from 'vitest'
import { identityKey, type AppId, type OpenId, type UnionId } from '../../server/domain/ids.ts'
import { linkDelivery } from '../../webhooks/learnt-link.ts'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import { alertsOf, basketOfLin, mallKey } from '../support/linking.ts'
import { lookAt } from '../support/look.ts'
import { coat, inMall, scarf } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'

const unionKey = (unionId: string | null) => identityKey({ kind: 'unionid', unionId: unionId as UnionId })

async function personOf(brand: TestBrand, customer: CustomerActor) {
  const [person, ...others] = await lookAt(brand, customer).persons()
  if (!person || others.length > 0) throw new Error(`${customer.id} is ${others.length + 1} persons`)
  return person
}

test('C1: a customer with two WeChat accounts is two customers, each with their own alerts, also with one phone', async () => {
  const brand = await openBrand({ at: '2026-03-02T10:00' })
  const mei = brand.tencent.staff('mei', { name: '小梅' })
  const accounts = ['work', 'home'].map((id) => brand.tencent.customer(id, { name: '林小姐' }))
  for (const one of accounts) {
    await mei.adds(one)
    await brand.passes(1)
    await one.provesPhone('13912345678')
    await inMall(brand.clock, one)('add-to-cart', coat)
    await brand.passes(1)
  }
  const persons = await Promise.all(accounts.map((one) => personOf(brand, one)))
  expect(new Set(persons.map(({ id }) => id)).size).toBe(2)
  for (const one of accounts) expect(await alertsOf(brand, one)).toEqual(['added-to-basket sent'])
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

test('C1: a unionid that appears months later joins what was known apart, with its past, and tells only what is new', async () => {
  const brand = await openBrand({ at: '2026-03-02T10:00' })
  const mei = brand.tencent.staff('mei', { name: '小梅' })
  const lin = brand.tencent.customer('lin', { name: '林小姐' })
  brand.tencent.weather.openPlatformBound(false)
  await lin.follows()
  await inMall(brand.clock, lin)('view-item', scarf)
  await mei.adds(lin)
  await brand.passes(10)
  const look = lookAt(brand, lin)
  expect(await look.persons()).toHaveLength(3)
  const phone = mei.phone.length

  await brand.passes(100 * 24 * 60)
  brand.tencent.weather.openPlatformBound(true)
  await brand.server.useCases.syncContacts()
  await lin.startsMallSession()
  await brand.passes(2 * 24 * 60)
  const person = await personOf(brand, lin)
  expect(person.identities.map(({ evidence }) => evidence?.by ?? null).toSorted()).toEqual(['code2session', 'contact', 'user-info', null].toSorted())
  expect((await look.timeline()).map(({ kind }) => kind)).toEqual(expect.arrayContaining(['view-item', 'followed-account', 'became-contact']))
  expect(mei.phone.length).toBe(phone)
  await lin.startsMallSession()
  await inMall(brand.clock, lin)('add-to-cart', coat)
  await brand.passes(1)
  expect(await alertsOf(brand, lin)).toContain('added-to-basket sent')
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

test('C1: an Open Platform binding changed: the new unionid joins too, dated, and the old join can be undone', async () => {
  const brand = await openBrand({ at: '2026-03-02T10:00' })
  const { lin } = await basketOfLin(brand)
  const before = lin.unionId
  await brand.passes(24 * 60)
  lin.unionId = 'uLinUnderTheNewAccount0000001'
  await brand.server.useCases.syncContacts()
  await lin.startsMallSession()
  await brand.settle()
  const person = await personOf(brand, lin)
  expect(person.identities.map(({ key }) => key)).toEqual(expect.arrayContaining([unionKey(before), unionKey(lin.unionId)]))
  const ofMall = (await brand.server.useCases.undoJoin.joins(mallKey(brand, lin))).filter(({ a, b }) => [a, b].includes(mallKey(brand, lin)))
  const [old, fresh] = ofMall
  expect(ofMall.map(({ a, b }) => (a.startsWith('unionid') ? a : b))).toEqual([unionKey(before), unionKey(lin.unionId)])
  expect((fresh?.at.getTime() ?? 0) - (old?.at.getTime() ?? 0)).toBeGreaterThan(24 * 3600_000)

  // Without the old one the new one carries the link to the contact.
  if (old) await brand.server.useCases.undoJoin.undo(old.id)
  await brand.settle()
  await inMall(brand.clock, lin)('add-to-cart', scarf)
  await brand.passes(1)
  const now = await personOf(brand, lin)
  expect(now.identities.map(({ key }) => key)).toEqual(expect.arrayContaining([mallKey(brand, lin), unionKey(lin.unionId)]))
  // Known to be hers anew: told in one briefing, as with any link that is found.
  expect(await alertsOf(brand, lin)).toEqual(['added-to-basket superseded', 'basket-not-ordered superseded', 'briefing sent'])
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

test('C1: an openid that the platform now calls another contact’s is that contact’s; two contacts never become one', async () => {
  const brand = await openBrand({ at: '2026-03-02T10:00' })
  const { mei, lin } = await basketOfLin(brand)
  const zhou = brand.tencent.customer('zhou', { name: '周先生' })
  await mei.adds(zhou)
  await brand.passes(5)
  await inMall(brand.clock, zhou)('view-item', scarf)
  await brand.settle()
  expect(await alertsOf(brand, lin)).toEqual(['added-to-basket sent', 'basket-not-ordered sent'])

  // The mall's visitor was under her unionid by mistake of a binding that has been put right.
  lin.unionId = zhou.unionId
  await brand.passes(24 * 60)
  await lin.startsMallSession()
  await brand.settle()
  const { people } = brand.server.stores
  const external = (customer: CustomerActor) => `external:${customer.externalUserId}` as ReturnType<typeof mallKey>
  const found = await people.find([mallKey(brand, lin), external(lin), external(zhou)])
  expect(found.get(mallKey(brand, lin))?.id).toBe(found.get(external(zhou))?.id)
  expect(found.get(external(lin))?.id).not.toBe(found.get(external(zhou))?.id)
  expect(await alertsOf(brand, lin)).toEqual(['added-to-basket superseded', 'basket-not-ordered superseded'])
  expect(await people.joins(mallKey(brand, lin))).toContainEqual(expect.objectContaining({ undone: expect.any(Date) }))
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

test('C1: of two words about one openid the later counts, also where the earlier is heard last', async () => {
  const brand = await openBrand({ at: '2026-03-02T10:00' })
  const { mei, lin } = await basketOfLin(brand)
  const zhou = brand.tencent.customer('zhou', { name: '周先生' })
  await mei.adds(zhou)
  await inMall(brand.clock, zhou)('view-item', scarf)
  await brand.settle()
  const identities = async () => (await personOf(brand, lin)).identities.map(({ key }) => key)
  const before = await identities()
  const appId = brand.tencent.brand.miniProgram.appId as AppId
  const openId = lin.openIds.miniProgram as OpenId
  const earlier = { kind: 'linked', by: 'oauth', appId, openId, unionId: zhou.unionId as UnionId, at: Date.parse('2026-03-01T10:00+08:00') } as const
  await brand.server.useCases.inbox.accept([linkDelivery('beacon', earlier)])
  await brand.settle()
  expect(await identities()).toEqual(before)
  expect(await identities()).not.toContain(unionKey(zhou.unionId))
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

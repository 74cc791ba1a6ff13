import { expect, test } from 'vitest'
import { identityKey } from '../../server/domain/ids.ts'
import { normalisePhone, type Phone } from '../../server/domain/phone.ts'
import { identityHasher } from '../../server/edge/identity-hash.ts'
import { connector, inboundEnv, message, secrets } from '../support/connector.ts'
import { everythingStored } from '../support/everything-stored.ts'
import { alertsOf, basketOfLin, mallKey } from '../support/linking.ts'
import { lookAt } from '../support/look.ts'
import { coat, inMall } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'

const phone = '13912345678'

function phoneKey(brand: TestBrand, text: string) {
  return identityKey(identityHasher(brand.env['SESSION_SECRET'] ?? '').phone(normalisePhone(text) as Phone))
}

const soldInStore = (brand: TestBrand, to: string, receipt: string) => {
  const time = new Date(brand.clock.now().getTime() + 8 * 3600_000).toISOString().slice(0, 19).replace('T', ' ')
  const till = connector(brand, 'till', secrets.INBOUND_TILL_SECRET)
  return till(message('till-sale.json', { phone: to, receipt, time }))
}

test('C1 E3 A8: a sale at the till closes the basket of whoever proved that phone in the mini-program', async () => {
  const brand = await openBrand({ at: '2026-03-02T10:00', env: inboundEnv })
  const { mei, lin } = await basketOfLin(brand)
  expect(await alertsOf(brand, lin)).toEqual(['added-to-basket sent', 'basket-not-ordered sent'])
  // What staff write beside a contact proves nothing.
  await soldInStore(brand, phone, 'R-1')
  await brand.settle()
  expect(await alertsOf(brand, lin)).toEqual(['added-to-basket sent', 'basket-not-ordered sent'])

  expect(await lin.provesPhone(phone)).toEqual({ status: 204, body: '' })
  await brand.passes(1)
  expect(await alertsOf(brand, lin)).toEqual(expect.arrayContaining(['added-to-basket retracted', 'basket-not-ordered retracted']))
  expect(mei.phone.filter(({ replacedBy }) => replacedBy === '已付款，不用跟进了')).toHaveLength(2)

  await inMall(brand.clock, lin)('add-to-cart', coat)
  await brand.passes(1)
  await soldInStore(brand, `+86 ${phone}`, 'R-2')
  await brand.passes(120)
  expect((await alertsOf(brand, lin)).filter((alert) => alert.startsWith('added-to-basket'))).not.toContain('added-to-basket sent')
  const joins = await brand.server.useCases.undoJoin.joins(phoneKey(brand, phone))
  expect(joins).toContainEqual(expect.objectContaining({ a: mallKey(brand, lin), b: phoneKey(brand, phone), evidence: expect.objectContaining({ by: 'phone' }) }))
  expect(await everythingStored(brand.env['MONGODB_URI'] ?? '')).not.toContain(phone)
  expect(brand.log.text()).not.toContain(phone)
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

test('C1 A7: a phone’s code works once and for five minutes, under a token of ours, in the mini-program only', async () => {
  const brand = await openBrand({ at: '2026-03-02T10:00' })
  const lin = brand.tencent.customer('lin', { name: '林小姐' })
  await lin.startsMallSession()
  const refused = (status: number, code: string) => expect.objectContaining({ status, body: { error: expect.objectContaining({ code }) } })
  expect(await lin.provesPhone(phone, { code: lin.wxLoginCode() })).toEqual(refused(401, 'refused-code'))
  expect(await lin.provesPhone(phone, { code: 'made-up' })).toEqual(refused(401, 'refused-code'))
  expect(await lin.provesPhone(phone, { token: 'made-up' })).toEqual(refused(401, 'bad-token'))
  expect(await lin.provesPhone('2164000000')).toEqual(refused(422, 'no-mobile'))
  const code = lin.phoneCode('91234567', '852')
  expect(await lin.provesPhone('', { code })).toMatchObject({ status: 204 })
  expect(await lin.provesPhone('', { code })).toEqual(refused(401, 'refused-code'))
  const old = lin.phoneCode(phone)
  brand.clock.move(5 * 60_000 + 1)
  expect(await lin.provesPhone('', { code: old })).toEqual(refused(401, 'refused-code'))
  brand.tencent.weather.refuseNext(45009, { api: 'wxa/business/getuserphonenumber' })
  expect(await lin.provesPhone(phone)).toEqual(refused(503, 'unavailable'))
  brand.tencent.weather.refuseNext(40013, { api: 'wxa/business/getuserphonenumber' })
  expect(await lin.provesPhone(phone)).toEqual(refused(401, 'refused-code'))
  brand.tencent.weather.failNext(502, { api: 'wxa/business/getuserphonenumber', times: 10 })
  expect(await lin.provesPhone(phone)).toEqual(refused(503, 'unavailable'))
  brand.tencent.weather.comeBack()
  await brand.settle()
  const known = await brand.server.stores.people.find([phoneKey(brand, '+85291234567'), phoneKey(brand, phone)])
  expect([...known.keys()]).toEqual([phoneKey(brand, '+85291234567')])
  const url = `${brand.url}/beacon/${brand.tencent.brand.account.appId}/phone`
  expect((await fetch(url, { method: 'POST', body: '{"code":"x"}' })).status).toBe(404)
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

test('C1: two people who share one phone stay two; the first who proved it keeps it, and it is noted', async () => {
  const brand = await openBrand({ at: '2026-03-02T10:00', env: inboundEnv })
  const mei = brand.tencent.staff('mei', { name: '小梅' })
  const [lin, zhou] = [brand.tencent.customer('lin', { name: '林小姐' }), brand.tencent.customer('zhou', { name: '周先生' })]
  for (const one of [lin, zhou]) {
    await mei.adds(one)
    await brand.passes(1)
    await inMall(brand.clock, one)('add-to-cart', coat)
    await brand.passes(1)
    expect(await one.provesPhone(phone)).toMatchObject({ status: 204 })
    await brand.passes(1)
  }
  expect(await lookAt(brand, lin).persons()).toHaveLength(1)
  expect(await lookAt(brand, zhou).persons()).toHaveLength(1)
  const holder = async () => (await brand.server.stores.people.find([phoneKey(brand, phone)])).get(phoneKey(brand, phone))
  expect((await holder())?.id).toBe((await lookAt(brand, lin).persons())[0]?.id)
  expect(brand.log.text()).toContain('both sides are known apart')

  await soldInStore(brand, phone, 'R-9')
  await brand.settle()
  expect(await alertsOf(brand, lin)).toEqual(['added-to-basket retracted'])
  expect(await alertsOf(brand, zhou)).toEqual(['added-to-basket sent'])

  // It was his purchase: an operator takes the first proof back, what it closed returns, and his next proof holds.
  const [proof] = (await brand.server.useCases.undoJoin.joins(phoneKey(brand, phone))).filter(({ evidence }) => evidence.by === 'phone')
  if (!proof) throw new Error('no proof was stored')
  await brand.server.useCases.undoJoin.undo(proof.id)
  await brand.settle()
  expect(await alertsOf(brand, lin)).toEqual(['added-to-basket sent'])
  await brand.passes(1)
  await zhou.provesPhone(phone)
  await brand.settle()
  expect(await alertsOf(brand, zhou)).toEqual(['added-to-basket retracted', 'briefing sent'])
  expect((await holder())?.id).toBe((await lookAt(brand, zhou).persons())[0]?.id)
  // Hers does not take it away again.
  await lin.provesPhone(phone)
  await brand.settle()
  expect(await lookAt(brand, lin).persons()).toHaveLength(1)
  expect((await holder())?.id).toBe((await lookAt(brand, zhou).persons())[0]?.id)
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

import { expect, test } from 'vitest'
import { identityKey } from '../../server/domain/ids.ts'
import { normaliseMemberNumber, type MemberNumber } from '../../server/domain/phone.ts'
import { identityHasher } from '../../server/edge/identity-hash.ts'
import type { JoinListView } from '../../server/http/contract.ts'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import { connector, inboundEnv, message, secrets } from '../support/connector.ts'
import { everythingStored } from '../support/everything-stored.ts'
import { alertsOf, basketOfLin } from '../support/linking.ts'
import { lookAt } from '../support/look.ts'
import { coat, inMall } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'
import { signedIn } from '../support/page.ts'

const card = { id: 'pVipCard0000000000000000001', code: '226009850808' }
const coupon = { id: 'pCoupon0000000000000000001', code: '990000000001' }
const env = { ...inboundEnv, OA_MEMBER_CARDS: card.id }

function numberKey(brand: TestBrand, text: string) {
  const number = normaliseMemberNumber(text) as MemberNumber
  return identityKey(identityHasher(brand.env['SESSION_SECRET'] ?? '').member(number))
}

const soldInStore = (brand: TestBrand, member: string, receipt: string) => {
  const time = new Date(brand.clock.now().getTime() + 8 * 3600_000).toISOString().slice(0, 19).replace('T', ' ')
  const till = connector(brand, 'till', secrets.INBOUND_TILL_SECRET)
  return till(message('till-sale.json', { phone: '', member, receipt, time }))
}

const basket = async (brand: TestBrand, customer: CustomerActor) =>
  (await alertsOf(brand, customer)).filter((alert) => /basket/.test(alert))

test('C1 E3 A8: a sale at the till closes the basket of whoever holds the member card, the sale first or the card', async () => {
  const brand = await openBrand({ at: '2026-03-02T10:00', env })
  const { lin } = await basketOfLin(brand)
  // They have followed the account for years; what they do with the card is the first that we hear of it.
  await lin.follows({ deliveries: 0 })
  await soldInStore(brand, card.code, 'R-1')
  await lin.memberCard('takes', coupon)
  await brand.settle()
  await soldInStore(brand, coupon.code, 'R-2')
  await brand.settle()
  expect(await basket(brand, lin)).toEqual(['added-to-basket sent', 'basket-not-ordered sent'])

  expect(await lin.memberCard('activates', card, { deliveries: 3 })).toEqual([200, 200, 200])
  await brand.settle()
  expect(await basket(brand, lin)).toEqual(['added-to-basket retracted', 'basket-not-ordered retracted'])
  expect(await lookAt(brand, lin).persons()).toHaveLength(1)

  await brand.passes(60)
  await inMall(brand.clock, lin)('add-to-cart', coat)
  await brand.passes(1)
  await lin.memberCard('opens', card)
  await soldInStore(brand, ` ${card.code} `, 'R-3')
  await brand.passes(121)
  expect(await basket(brand, lin)).not.toContain('added-to-basket sent')
  expect(await basket(brand, lin)).not.toContain('basket-not-ordered sent')

  const joins = (await brand.server.useCases.undoJoin.joins(numberKey(brand, card.code))).filter(({ evidence }) => evidence.by === 'member-card')
  expect(joins).toMatchObject([{ b: numberKey(brand, card.code), evidence: { by: 'member-card', appId: brand.tencent.brand.account.appId } }])
  expect(await everythingStored(brand.env['MONGODB_URI'] ?? '')).not.toContain(card.code)
  expect(brand.log.text()).not.toContain(card.code)
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

test('C1: two people with the same member number stay two; the first who held the card keeps it, and it is noted', async () => {
  const brand = await openBrand({ at: '2026-03-02T10:00', env: { ...env, OPERATORS: 'ou' } })
  const mei = brand.tencent.staff('mei', { name: '小梅' })
  const [lin, zhou] = [brand.tencent.customer('lin', { name: '林小姐' }), brand.tencent.customer('zhou', { name: '周先生' })]
  for (const one of [lin, zhou]) {
    await mei.adds(one)
    await one.follows()
    await brand.passes(1)
    await inMall(brand.clock, one)('add-to-cart', coat)
    await brand.passes(1)
    await one.memberCard('takes', card)
    await brand.passes(1)
  }
  expect(await lookAt(brand, lin).persons()).toHaveLength(1)
  expect(await lookAt(brand, zhou).persons()).toHaveLength(1)
  expect(brand.log.text()).toContain('both sides are known apart')
  await soldInStore(brand, card.code, 'R-9')
  await brand.settle()
  expect(await basket(brand, lin)).toEqual(['added-to-basket retracted'])
  expect(await basket(brand, zhou)).toEqual(['added-to-basket sent'])

  // An operator sees both sides of it in words, and no number; a salesperson sees none of it.
  const [operator, salesperson] = [await signedIn(brand, brand.tencent.staff('ou', { contacts: false })), await signedIn(brand, mei)]
  const linksOf = async ({ externalUserId }: CustomerActor) => (await operator.get<JoinListView>(`/api/customers/${externalUserId}/links`)).body
  const hers = await linksOf(lin)
  expect(hers.conflicts).toMatchObject([{ text: '另一位客人也验证了 TA 的会员号，两人没有合并' }])
  expect(hers.joins.map(({ text, because }) => `${text}：${because}`)).toContain('公众号里的身份 = 一个会员号：本人在公众号领取、打开或激活了会员卡')
  expect((await linksOf(zhou)).conflicts).toMatchObject([{ text: 'TA 验证的会员号已经属于另一位客人，两人没有合并' }])
  expect(JSON.stringify(hers)).not.toContain(card.code)
  expect(await salesperson.get(`/api/customers/${lin.externalUserId}/links`)).toMatchObject({ status: 403, code: 'operators-only' })

  // The card was his: an operator takes the first proof back, and his next opening of the card holds.
  const proof = hers.joins.find(({ by }) => by === 'member-card')
  expect(await salesperson.post(`/api/links/${proof?.id}/undo`, {})).toMatchObject({ status: 403, code: 'operators-only' })
  expect(await operator.post(`/api/links/${proof?.id}/undo`, {})).toMatchObject({ status: 200, body: { changed: true } })
  await brand.settle()
  expect(await basket(brand, lin)).toEqual(['added-to-basket sent'])
  await zhou.memberCard('opens', card)
  await brand.settle()
  expect(await basket(brand, zhou)).toEqual(['added-to-basket retracted'])
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

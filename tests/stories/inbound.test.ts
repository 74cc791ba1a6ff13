import { afterAll, beforeAll, expect, test } from 'vitest'
import { identityKey, type Identity, type UnionId } from '../../server/domain/ids.ts'
import { normaliseMemberNumber, normalisePhone, type MemberNumber, type Phone } from '../../server/domain/phone.ts'
import { identityHasher } from '../../server/edge/identity-hash.ts'
import { connector, inboundEnv, message, secrets } from '../support/connector.ts'
import { everythingStored } from '../support/everything-stored.ts'
import { lookAt } from '../support/look.ts'
import { coat, inMall } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'

let brand: TestBrand
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00', env: inboundEnv })
})
afterAll(async () => {
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

const till = (...input: Parameters<ReturnType<typeof connector>>) => connector(brand, 'till', secrets.INBOUND_TILL_SECRET)(...input)
const erp = (...input: Parameters<ReturnType<typeof connector>>) => connector(brand, 'erp', secrets.INBOUND_ERP_SECRET)(...input)

/** As a till prints it, Beijing time. */
function wallTime(): string {
  return new Date(brand.clock.now().getTime() + 8 * 3600_000).toISOString().slice(0, 19).replace('T', ' ')
}

function hashed(kind: 'phone' | 'member', text: string): Identity {
  const hasher = identityHasher(brand.env.SESSION_SECRET ?? '')
  return kind === 'phone' ? hasher.phone(normalisePhone(text) as Phone) : hasher.member(normaliseMemberNumber(text) as MemberNumber)
}

async function timelineOf(identity: Identity) {
  return brand.server.stores.timeline.between([identityKey(identity)], new Date(0), new Date('2100-01-01'))
}

test('A8 E3: an order paid in the ERP ends the basket timer, closes its alert and stands on the timeline; what is wrong is named and set aside', async () => {
  const mei = brand.tencent.staff('mei', { name: '小梅' })
  const lin = brand.tencent.customer('lin', { name: '林小姐' })
  await mei.adds(lin)
  await brand.settle()
  await inMall(brand.clock, lin)('add-to-cart', coat)
  await brand.settle()
  await brand.passes(30)

  const time = brand.clock.now().toISOString()
  const answer = await erp(message('erp-orders.json', { order: 'E-1', time, unionid: String(lin.unionId) }))
  expect(answer).toEqual({
    status: 202,
    body: { accepted: 1, seen: 0, ignored: 2, problems: ['orders[1].changed_at must be a time such as 2026-03-02T10:00:00+08:00'] },
  })
  await brand.settle()
  await brand.passes(120)

  const alerts = await lookAt(brand, lin).alerts()
  expect(alerts.map(({ rule, state }) => [rule, state]).toSorted()).toEqual([['added-to-basket', 'retracted'], ['order-paid', 'sent']])
  expect(mei.phone.find(({ title }) => title.includes('加购'))?.replacedBy).toBe('已付款，不用跟进了')
  expect(await timelineOf({ kind: 'unionid', unionId: lin.unionId as UnionId })).toMatchObject([
    { kind: 'order-paid', source: 'inbound-erp', orderNo: 'E-1', amount: 299_900, items: [{ id: 'COAT-M', aliases: ['10001'] }] },
  ])
  const aside = await brand.server.stores.inbox.list('set-aside', 10)
  expect(aside.map(({ channel, account, reason }) => [channel, account, reason])).toEqual([
    ['inbound', 'erp', 'orders[1].changed_at must be a time such as 2026-03-02T10:00:00+08:00'],
  ])
})

test('A8 B2: the same message again is seen, and so is the same order under another id; out of order is no trouble', async () => {
  const phone = '13911110000'
  const back = message('till-return.json', { phone, receipt: 'R-2', time: wallTime() })
  const sale = message('till-sale.json', { phone, receipt: 'R-1', time: wallTime() })
  expect(await till(back)).toMatchObject({ status: 202, body: { accepted: 1, seen: 0 } })
  expect(await till(sale, { id: 'msg_sale' })).toMatchObject({ status: 202, body: { accepted: 1, seen: 0 } })
  expect(await till(sale, { id: 'msg_sale' })).toMatchObject({ status: 200, body: { accepted: 0, seen: 1, problems: [] } })
  await brand.settle()
  expect(await till(sale, { id: 'msg_again' })).toMatchObject({ status: 202, body: { accepted: 0, seen: 1 } })
  await brand.settle()
  const events = await timelineOf(hashed('phone', phone))
  expect(events.map(({ kind }) => kind).toSorted()).toEqual(['bought-in-store', 'returned-in-store'])
  expect(events.find(({ kind }) => kind === 'returned-in-store')).toMatchObject({ amount: 299_900, items: [{ id: 'COAT-M', count: 1 }] })
})

test('A8 C1 C4: phone and member numbers, names and remarks rest nowhere, in no log either; an id that looks like a phone stays an id', async () => {
  const sale = message('till-sale.json', { phone: '137 7777 0001', member: 'VIP-90210', receipt: 'R-3', time: wallTime() })
  await till(sale)
  await till(message('till-sale.json', { member: 'vip-90210', receipt: 'R-4', time: wallTime() }))
  await till(message('till-wrong.json'))
  await brand.settle()
  expect(await timelineOf(hashed('phone', '13777770001'))).toMatchObject([{ source: 'inbound-till', items: [{ aliases: ['13800138000', '10001'] }, {}] }])
  expect(await timelineOf(hashed('member', 'VIP-90210'))).toHaveLength(1)

  const stored = await everythingStored(brand.env.MONGODB_URI ?? '')
  expect(stored).toContain('S017')
  for (const clear of ['1377777', '7777 0001', '90210', '林某', '南京西路', '1234 5678', '138****']) {
    expect(stored).not.toContain(clear)
    expect(brand.log.text()).not.toContain(clear)
  }
})

test('A8 B4: every wrong field is named, no value quoted; all of it waits, set aside, for whoever mends it', async () => {
  const answer = await till(message('till-wrong.json'), { id: 'msg_wrong' })
  expect(answer).toEqual({
    status: 202,
    body: {
      accepted: 0,
      seen: 0,
      ignored: 0,
      problems: [
        'receipt.time must be a time such as 2026-03-02 10:00:00',
        'customer.phone must be a whole mobile number, such as 13800138000 or +85291234567',
        'receipt.no is missing',
        'receipt.total must be an amount in yuan, 0 or more, such as 2990.00',
        'receipt.lines[0].quantity must be a whole number',
        'receipt.lines[0].price must be an amount in yuan, 0 or more, such as 2990.00',
        'receipt.lines[1].sku is missing',
      ],
    },
  })
  expect(await till(message('till-wrong.json'), { id: 'msg_wrong' })).toMatchObject({ status: 200, body: { accepted: 0 } })
  await brand.settle()
  const aside = await brand.server.stores.inbox.list('set-aside', 50)
  expect(aside.find(({ key }) => key.startsWith('msg_wrong'))?.reason).toContain('receipt.lines[1].sku is missing')
})

test('A8: a Youzan-like push, its message URL-encoded inside the JSON, and a mapping of our own with pointers and openids', async () => {
  const push = JSON.parse(message('youzan-paid.json', { order: 'E9', time: wallTime(), phone: '13666660000' })) as { msg: unknown }
  const packed = { ...push, msg: encodeURIComponent(JSON.stringify(push.msg)) }
  expect(await connector(brand, 'youzan', secrets.INBOUND_YOUZAN_SECRET)(packed)).toMatchObject({ status: 202, body: { accepted: 1, problems: [] } })

  const zhou = brand.tencent.customer('zhou', { name: '周小姐' })
  const when = Math.floor(brand.clock.now().getTime() / 1000)
  const reports = [
    { what: 'cart', when, user: { openid: zhou.openIds.miniProgram }, goods: { id: 10001, name: '羊绒大衣' } },
    { what: 'search', when, user: { account: '13666660000' }, words: '大衣' },
    { what: 'search', when, user: { account: 'VIP-7' }, words: '围巾' },
    { what: 'likes', when, user: { account: 'VIP-7' } },
  ]
  const mall = connector(brand, 'mall', secrets.INBOUND_ERP_SECRET)
  expect(await mall({ reports })).toMatchObject({ status: 202, body: { accepted: 3, ignored: 1, problems: [] } })
  await brand.settle()
  expect((await lookAt(brand, zhou).timeline()).map(({ kind }) => kind)).toEqual(['add-to-cart'])
  const byPhone = await timelineOf(hashed('phone', '13666660000'))
  expect(byPhone.map(({ kind, source }) => [kind, source]).toSorted()).toEqual([['order-paid', 'inbound-mall'], ['search', 'inbound-mall']])
  expect(await timelineOf(hashed('member', 'VIP-7'))).toMatchObject([{ kind: 'search', text: '围巾', item: null }])
})

test('A8 C1 E3: what was bought under an identity that is linked only later closes the basket and its alert at that moment', async () => {
  const mei = brand.tencent.staff('mei-of-xu', { name: '小梅' })
  const xu = brand.tencent.customer('xu', { name: '徐小姐' })
  await mei.adds(xu)
  await brand.settle()
  await inMall(brand.clock, xu)('add-to-cart', coat)
  await brand.settle()
  await brand.passes(20)
  const h5 = connector(brand, 'h5', secrets.INBOUND_ERP_SECRET)
  await h5({ openid: xu.openIds.account, no: 'H-1', paid_at: Math.floor(brand.clock.now().getTime() / 1000), goods: [coat.id] })
  await brand.settle()
  const states = async () => (await lookAt(brand, xu).alerts()).map(({ rule, state }) => [rule, state]).toSorted()
  expect(await states()).toEqual([['added-to-basket', 'sent']])

  await brand.passes(20)
  await xu.follows()
  await brand.settle()
  await brand.passes(120)
  expect(await states()).toContainEqual(['added-to-basket', 'retracted'])
  expect((await states()).map(([rule]) => rule)).not.toContain('basket-not-ordered')
})

test('A8 B3: a sale that the till uploads hours later takes back what was told meanwhile', async () => {
  const mei = brand.tencent.staff('mei-of-qian', { name: '小梅' })
  const qian = brand.tencent.customer('qian', { name: '钱小姐' })
  await mei.adds(qian)
  await brand.settle()
  await inMall(brand.clock, qian)('add-to-cart', coat)
  await brand.settle()
  await brand.passes(60)
  const soldAt = brand.clock.now().toISOString()
  await brand.passes(65)
  await brand.passes(175)
  const states = async () => (await lookAt(brand, qian).alerts()).map(({ rule, state }) => [rule, state]).toSorted()
  expect(await states()).toEqual([['added-to-basket', 'sent'], ['basket-not-ordered', 'sent']])

  await erp(message('erp-orders.json', { order: 'E-late', time: soldAt, unionid: String(qian.unionId) }))
  await brand.settle()
  expect(await states()).toEqual(expect.arrayContaining([['added-to-basket', 'retracted'], ['basket-not-ordered', 'superseded']]))
  expect(mei.phone.filter(({ replacedBy }) => replacedBy !== null)).toHaveLength(2)
})

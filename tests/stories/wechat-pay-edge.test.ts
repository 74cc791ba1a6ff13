import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { StoreUnavailable } from '../../server/domain/errors.ts'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import type { Forgery } from '../fake-tencent/pay/notices.ts'
import { lookAt } from '../support/look.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'

let brand: TestBrand
let lin: CustomerActor
let payments = 0
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00' })
  await brand.server.useCases.refreshPlatformKeys()
  lin = brand.tencent.customer('lin', { name: '林小姐' })
  await brand.tencent.staff('mei', { name: '小梅' }).adds(lin)
  await lin.startsMallSession()
  await brand.settle()
})
afterAll(async () => {
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

/** A payment in the mall, under a number of its own; nothing is told yet. */
async function paid(): Promise<string> {
  payments += 1
  const number = `MALL-2026-${String(payments).padStart(4, '0')}`
  await lin.paysInMall(number, 12_900, { deliveries: 0 })
  return number
}
const tells = (number: string, how: Parameters<typeof brand.tencent.pay.tells>[1] = {}) =>
  brand.tencent.pay.tells(number, how)
const stored = async () => {
  const [waiting, ...lists] = await Promise.all([
    brand.server.stores.inbox.depth().then((depth) => depth.waiting),
    ...(['set-aside', 'unrecognised', 'stuck'] as const).map((state) => brand.server.stores.inbox.list(state, 50)),
  ])
  return waiting + lists.flat().length
}
const paidKeys = async () =>
  (await lookAt(brand, lin).timeline()).filter(({ kind }) => kind === 'paid').map(({ key }) => key)
const refusals = () =>
  brand.log.lines.map((line) => JSON.stringify(line)).filter((line) => /callback refused|not decrypted/.test(line))

describe('A4 B1: trust', () => {
  const forged: readonly [Forgery, number][] = [
    ['signature', 401],
    ['probe', 401],
    ['body', 401],
    ['old', 401],
    ['ahead', 401],
    ['unknown-serial', 401],
    ['no-signature', 401],
    ['no-number', 401],
    ['sm2', 401],
    ['ciphertext', 422],
    ['tag', 422],
    ['associated-data', 422],
    ['algorithm', 400],
  ]
  test.each(forged)(
    '%s is answered %i with FAIL: nothing stored, nobody asked, one line in the log',
    async (forgery, status) => {
      const number = await paid()
      const [before, calls, lines] = [await stored(), brand.tencent.calls.length, refusals().length]
      expect(await tells(number, { forged: forgery })).toEqual([status])
      expect(JSON.parse(brand.tencent.posts.at(-1)?.answer ?? '')).toMatchObject({ code: 'FAIL' })
      expect(await stored()).toBe(before)
      expect(brand.tencent.calls).toHaveLength(calls)
      expect(refusals()).toHaveLength(lines + 1)
      expect(refusals().at(-1)).not.toContain('12900')
    },
  )

  test('what was refused is taken when it is sent again as it should be', async () => {
    const number = await paid()
    expect(await tells(number, { forged: 'probe' })).toEqual([401])
    expect(await tells(number)).toEqual([200])
    await brand.settle()
    expect((await paidKeys()).filter((key) => key.includes('payment-'))).not.toEqual([])
  })

  test('a notification for another merchant, by its address or inside, is refused', async () => {
    const number = await paid()
    const foreign = { path: '/webhooks/wechat-pay/1900000002' }
    expect(await tells(number, foreign)).toEqual([404])
    const resource = { mchid: '1900000002', trade_state: 'SUCCESS' }
    const notice = { eventType: 'TRANSACTION.SUCCESS', originalType: 'transaction', resource }
    const before = await stored()
    expect(await brand.tencent.pay.notifies(notice)).toEqual([401])
    expect(await stored()).toBe(before)
  })

  test('more than 1 MiB is answered 413, before anybody looks at it', async () => {
    const resource = 'x'.repeat(1 << 20)
    const notice = { eventType: 'TRANSACTION.SUCCESS', originalType: 'transaction', resource }
    expect(await brand.tencent.pay.notifies(notice)).toEqual([413])
  })
})

describe('A4: public key and platform certificates side by side', () => {
  test('either signs, and both are taken; a new certificate only once it was fetched', async () => {
    const { pay } = brand.tencent
    for (const signedBy of ['pub', 'old'] as const) expect(await tells(await paid(), { signedBy })).toEqual([200])
    const number = await paid()
    const calls = brand.tencent.calls.length
    expect(await tells(number, { signedBy: 'new' })).toEqual([401])
    expect(brand.tencent.calls).toHaveLength(calls)
    pay.certificates = ['old', 'new']
    await brand.server.useCases.refreshPlatformKeys()
    expect(brand.tencent.calls).toHaveLength(calls)
    await brand.passes(10 * 60)
    await brand.server.useCases.refreshPlatformKeys()
    expect(await tells(number, { signedBy: 'new' })).toEqual([200])
    expect(await tells(await paid(), { signedBy: 'old' })).toEqual([200])
  })

  test('certificates that somebody changed on the way are not trusted, the known ones stay', async () => {
    const { pay } = brand.tencent
    await brand.passes(10 * 60)
    pay.certificates = ['new']
    pay.nextAnswers.push('tampered')
    await brand.server.useCases.refreshPlatformKeys()
    expect(await tells(await paid(), { signedBy: 'old' })).toEqual([200])
    await brand.passes(6)
    await brand.server.useCases.refreshPlatformKeys()
    expect(await tells(await paid(), { signedBy: 'old' })).toEqual([401])
    expect(await tells(await paid(), { signedBy: 'new' })).toEqual([200])
  })

  test('a merchant without certificates is no outage; another process takes over what one has fetched', async () => {
    const { pay } = brand.tencent
    const other = await brand.another()
    const calls = brand.tencent.calls.length
    await other.useCases.refreshPlatformKeys()
    expect(brand.tencent.calls).toHaveLength(calls)
    await brand.passes(10 * 60)
    pay.certificates = []
    await brand.server.useCases.refreshPlatformKeys()
    await brand.server.useCases.refreshPlatformKeys()
    const asked = brand.tencent.calls.slice(calls).filter(({ api }) => api.startsWith('v3/'))
    expect(asked.map(({ api, status }) => [api, status])).toEqual([['v3/certificates', 404]])
    expect(await tells(await paid())).toEqual([200])
    expect(await tells(await paid(), { signedBy: 'new' })).toEqual([401])
    pay.certificates = ['old']
  })
})

describe('A4 B2: once', () => {
  test('twenty deliveries at the same moment, and later ones, are one payment', async () => {
    await brand.settle()
    const [number, before] = [await paid(), (await paidKeys()).length]
    expect(new Set(await tells(number, { deliveries: 20, atOnce: true }))).toEqual(new Set([200]))
    await brand.settle()
    expect(await tells(number)).toEqual([200])
    await brand.settle()
    expect(await paidKeys()).toHaveLength(before + 1)
  })

  test('B1: while the store is away it is not acked; the resend is', async () => {
    const number = await paid()
    const { inbox } = brand.server.useCases
    const accept = inbox.accept
    inbox.accept = () => Promise.reject(new StoreUnavailable())
    expect(await tells(number)).toEqual([503])
    expect(brand.tencent.posts.at(-1)?.answer).toContain('FAIL')
    inbox.accept = accept
    expect(await tells(number)).toEqual([200])
  })
})

describe('A4 B4: what is trusted but of no use, or not readable', () => {
  test.each(['PAYSCORE.USER_PAID', 'COUPON.USE', 'MCHTRANSFER.BILL.FINISHED', 'SECURITY_ECHO.SUCCESS'])(
    '%s is acked and kept as unrecognised',
    async (eventType) => {
      expect(await brand.tencent.pay.notifies({ eventType, originalType: 'other', resource: { state: 'x' } })).toEqual([
        200,
      ])
      await brand.settle()
      const kept = await brand.server.stores.inbox.list('unrecognised', 50)
      expect(kept).toContainEqual(expect.objectContaining({ channel: 'wechat-pay', reason: eventType }))
    },
  )

  test('a resource that is no JSON, or lacks what a payment has, is acked and set aside; a strange create_time harms nothing', async () => {
    const notice = { eventType: 'TRANSACTION.SUCCESS', originalType: 'transaction' }
    expect(await brand.tencent.pay.notifies({ ...notice, resource: 'not json' })).toEqual([200])
    expect(await brand.tencent.pay.notifies({ ...notice, resource: { trade_state: 'SUCCESS' } })).toEqual([200])
    await brand.settle()
    const aside = await brand.server.stores.inbox.list('set-aside', 50)
    expect(aside.filter(({ channel }) => channel === 'wechat-pay')).toHaveLength(1)
    const odd = { eventType: 'COUPON.SEND', originalType: 'coupon', resource: {}, createTime: '20180225112233' }
    expect(await brand.tencent.pay.notifies(odd)).toEqual([200])
  })
})

import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { setAside } from '../../server/commands/setaside.ts'
import { StoreUnavailable } from '../../server/domain/errors.ts'
import { lookAt } from '../support/look.ts'
import { coatInShop } from '../support/mall.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'

let brand: TestBrand
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00' })
  await brand.server.useCases.reconcileShop()
  brand.clock.move(60_000)
})
afterAll(async () => {
  await brand.close()
})

const afterSale = 'channels/ec/aftersale/getaftersaleorder'

test('A3 B4: what is forged is refused and leaves nothing; in either format, under any key but ours', async () => {
  const { inbox } = brand.server.stores
  const lin = brand.tencent.customer('lin')
  for (const format of ['json', 'xml'] as const) {
    for (const forged of ['signature', 'flipped-byte', 'foreign-receiver', 'unsigned'] as const) {
      expect((await lin.orders([coatInShop], { forged, format })).statuses).toEqual([401])
      expect(await lin.isAskedAbout('discount', { forged, format })).toEqual([401])
      expect(brand.tencent.posts.at(-1)?.answer).toBe('')
    }
  }
  expect(await inbox.depth()).toMatchObject({ waiting: 0 })
})

test('A3 B1: while the store is away nothing of the shop is acked; the resend then counts', async () => {
  const lin = brand.tencent.customer('wu')
  const away = vi.spyOn(brand.server.stores.inbox, 'accept').mockRejectedValue(new StoreUnavailable())
  const { orderNo, statuses } = await lin.orders([coatInShop])
  expect(statuses).toEqual([503])
  expect((await lin.asksForRefund(orderNo)).statuses).toEqual([503])
  // Somebody's order waits for this one.
  expect(await lin.isAskedAbout('discount')).toEqual([200])
  away.mockRestore()
  for (const letter of brand.tencent.letters.slice(-3)) expect(await brand.tencent.delivers(letter)).toBe(200)
  await brand.settle()
  expect((await lookAt(brand, lin).timeline()).map(({ kind }) => kind)).toEqual(['order-created', 'refund-asked'])
})

test.each(['json', 'xml'] as const)('A3: questions are answered in %s, and an opened order page is a checkout on the timeline', async (format) => {
  const lin = brand.tencent.customer(`zhou-${format}`)
  const answers: (string | undefined)[] = []
  for (const what of ['is-member', 'order-page', 'discount'] as const) {
    expect(await lin.isAskedAbout(what, { format, deliveries: 2 })).toEqual([200, 200])
    answers.push(brand.tencent.posts.at(-1)?.answer)
  }
  await brand.settle()
  expect(answers[0]).toContain(format === 'json' ? '"is_vip":false' : '<is_vip>false</is_vip>')
  expect(answers[2]).toContain(format === 'json' ? '"result":1' : '<result>1</result>')
  const timeline = await lookAt(brand, lin).timeline()
  expect(timeline).toMatchObject([{ kind: 'checkout', item: { id: coatInShop.productId, price: coatInShop.price } }])
})

test('A3 B2: an after-sale of an unknown order is stuck while the shop is silent; reconciled, then replayed, it is one', async () => {
  const lin = brand.tencent.customer('qian')
  const { orderNo } = await lin.orders([coatInShop], { deliveries: 0 })
  brand.tencent.weather.goDown({ api: afterSale })
  await lin.asksForRefund(orderNo)
  for (let minute = 0; minute < 10; minute += 1) await brand.passes(1)
  brand.tencent.weather.comeBack()
  expect(await brand.server.stores.inbox.left()).toMatchObject({ stuck: 1 })
  const kinds = async () => (await lookAt(brand, lin).timeline()).map(({ kind }) => kind)
  expect(await kinds()).toEqual([])

  await brand.server.useCases.reconcileShop()
  await brand.settle()
  expect((await kinds()).toSorted()).toEqual(['order-created', 'refund-asked'])
  const { inbox, replayLeft } = { ...brand.server.stores, ...brand.server.useCases }
  await setAside(['replay', '--all'], { inbox, replayLeft, write: () => undefined })
  await brand.settle()
  expect(await inbox.left()).toMatchObject({ stuck: 0 })
  expect((await kinds()).toSorted()).toEqual(['order-created', 'refund-asked'])
})

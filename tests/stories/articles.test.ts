import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import { articleOf } from '../support/article.ts'
import { lookAt } from '../support/look.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'

let brand: TestBrand
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00' })
})
afterAll(() => brand.close())

/** 林小姐 follows the account and has 小梅, so that her reading is known to be hers. */
async function friends(name: string) {
  const mei = brand.tencent.staff(`mei-of-${name}`, { name: '小梅' })
  const customer = brand.tencent.customer(name, { name: '林小姐' })
  await mei.adds(customer)
  await customer.follows()
  await brand.settle()
  const article = await articleOf(brand, mei)
  const before = mei.titles.length
  return { mei, customer, article, news: () => mei.titles.slice(before) }
}

async function opens(customer: CustomerActor, article: string, apartMs: number, times: number) {
  for (let time = 0; time < times; time += 1) {
    if (time > 0) brand.clock.move(apartMs)
    expect((await customer.opens(article)).status).toBe(200)
    await brand.settle()
  }
}

test('A5 E1: the same article opened three times, a minute apart, rings once with the reason; reloads are no interest', async () => {
  const { customer, article, news } = await friends('lin')
  await opens(customer, article, 5_000, 6)
  expect(news()).toEqual([])
  await brand.passes(1)
  await opens(customer, article, 60_000, 2)
  expect(news()).toHaveLength(1)
  expect(news()[0]).toContain('秋冬大衣怎么选')
  await opens(customer, article, 60_000, 4)
  expect(news()).toHaveLength(1)
})

test('A6 E1: two different friends who open her share ring; the same friend again, and she herself, do not', async () => {
  const { customer, article, news } = await friends('zhou')
  const [an, bo] = ['an', 'bo'].map((id) => brand.tencent.customer(`friend-${id}`))
  const { shareUrl } = await customer.opens(article)
  await brand.settle()
  if (!an || !bo || !shareUrl) throw new Error('nobody to share with')

  await an.opens(shareUrl)
  await an.opens(shareUrl)
  await customer.opens(shareUrl)
  await brand.settle()
  expect(news()).toEqual([])
  await brand.passes(5)
  await bo.opens(shareUrl)
  await brand.settle()
  expect(news()).toHaveLength(1)
  const shares = (await lookAt(brand, customer).timeline()).filter(({ kind }) => kind === 'shared-content')
  expect(shares).toHaveLength(2)
})

test('C1 A6: a friend who proves to be the sharer takes the share back, and the alert with it', async () => {
  const { mei, customer, article, news } = await friends('wu')
  const other = brand.tencent.customer('other-account-of-wu')
  const bo = brand.tencent.customer('friend-of-wu')
  const { shareUrl } = await customer.opens(article)
  if (!shareUrl) throw new Error('nothing to share')
  await other.opens(shareUrl)
  await bo.opens(shareUrl)
  await brand.settle()
  expect(news()).toHaveLength(1)

  other.unionId = customer.unionId
  await other.follows()
  await brand.settle()
  expect(await lookAt(brand, customer).persons()).toHaveLength(1)
  const shared = (await lookAt(brand, customer).alerts()).find(({ rule }) => rule === 'article-shared-again')
  expect(shared?.state).toBe('superseded')
  expect(mei.phone.some(({ replacedBy }) => replacedBy === '情况变了，不用跟进了')).toBe(true)
  const again = brand.tencent.customer('third-friend-of-wu')
  // Another article, shared between her two accounts: nobody's interest but hers.
  const second = await customer.opens(await articleOf(brand, mei, '围巾的三种系法'))
  await other.opens(second.shareUrl ?? '')
  await again.opens(second.shareUrl ?? '')
  await other.opens(shareUrl)
  await brand.settle()
  expect((await lookAt(brand, customer).standing()).filter((key) => key.startsWith('article-shared-again'))).toEqual([])
  await again.opens(shareUrl)
  await brand.settle()
  expect((await lookAt(brand, customer).standing()).filter((key) => key.startsWith('article-shared-again'))).toHaveLength(1)
  expect(brand.tencent.problems).toEqual([])
})

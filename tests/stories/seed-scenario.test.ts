import { expect, test } from 'vitest'
import { openBrand } from '../support/open-brand.ts'

test('E1 E2 E3: a tap, three reads, a share and a basket each reach the one salesperson, with the reason', async () => {
  const brand = await openBrand({ at: '2026-03-02T10:00' })
  const mei = brand.tencent.staff('mei', { name: '小梅' })
  const lin = brand.tencent.customer('lin', { name: '林小姐' })
  await mei.adds(lin)
  await brand.settle()
  expect(mei.phone).toEqual([])

  await lin.follows()
  await brand.settle()
  expect(mei.titles).toEqual(['林小姐 刚关注了公众号'])
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

import { expect, test, vi } from 'vitest'
import { StoreUnavailable } from '../../server/domain/errors.ts'
import { lookAt } from '../support/look.ts'
import { openBrand } from '../support/open-brand.ts'

test('B1 C1: after the store was away contacts are read anew, since WeCom may not send again', async () => {
  const brand = await openBrand({ at: '2026-03-02T10:00', loops: true })
  const mei = brand.tencent.staff('mei', { name: '小梅' })
  const lin = brand.tencent.customer('lin', { name: '林小姐' })
  const { inbox } = brand.server.stores
  // The store takes nothing for a moment: WeCom hears 503 and, as it may, gives up.
  vi.spyOn(inbox, 'accept').mockRejectedValueOnce(new StoreUnavailable())
  vi.spyOn(inbox, 'take').mockRejectedValueOnce(new StoreUnavailable())
  await mei.adds(lin, { deliveries: 0 })

  await expect.poll(() => lookAt(brand, lin).contact(), { timeout: 10_000 }).toMatchObject({ follows: [{ staffId: 'mei' }] })
  vi.restoreAllMocks()
  await lin.follows()
  await expect.poll(() => mei.titles, { timeout: 10_000 }).toEqual(['林小姐 刚关注了公众号'])
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
})

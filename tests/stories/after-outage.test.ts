import { expect, test, vi } from 'vitest'
import { StoreUnavailable } from '../../server/domain/errors.ts'
import { lookAt } from '../support/look.ts'
import { openBrand } from '../support/open-brand.ts'

/** A machine that is busy with other tests takes its time. */
const patient = { timeout: 60_000 }

test('B1 C1: after the store was away contacts are read anew, since WeCom may not send again', async () => {
  const brand = await openBrand({ at: '2026-03-02T10:00', loops: true })
  const mei = brand.tencent.staff('mei', { name: '小梅' })
  const lin = brand.tencent.customer('lin', { name: '林小姐' })
  const { inbox } = brand.server.stores
  // The store takes nothing for a moment: WeCom hears 503 and, as it may, gives up.
  vi.spyOn(inbox, 'accept').mockRejectedValueOnce(new StoreUnavailable())
  vi.spyOn(inbox, 'take').mockRejectedValueOnce(new StoreUnavailable())
  await mei.adds(lin, { deliveries: 0 })

  await expect.poll(() => lookAt(brand, lin).contact(), patient).toMatchObject({ follows: [{ staffId: 'mei' }] })
  vi.restoreAllMocks()
  await lin.follows()
  await expect.poll(() => mei.titles, patient).toEqual(['林小姐 刚关注了公众号'])
  expect(brand.tencent.problems).toEqual([])
  await brand.close()
}, 180_000)

test('B1 C1: so they are when the store was only too slow for one callback, whichever process was asked', async () => {
  const brand = await openBrand({ at: '2026-03-02T10:00', loops: true })
  const readings = () => brand.log.lines.filter(({ msg }) => msg === 'synchronised').length
  await expect.poll(readings, patient).toBe(1)
  // The reading is over when it is noted: until then whoever comes would wait for it, and not read by itself.
  await expect.poll(() => brand.server.stores.highWater.get('job:sync-contacts'), patient).not.toBeNull()
  const other = await brand.another({ loops: true })
  await expect.poll(readings, patient).toBe(2)
  expect(brand.server.useCases.worker.isLeading()).toBe(true)
  const mei = brand.tencent.staff('mei', { name: '小梅' })
  const lin = brand.tencent.customer('lin', { name: '林小姐' })
  const hangs = vi.spyOn(other.stores.inbox, 'accept').mockImplementationOnce(() => new Promise(() => {}))
  brand.tencent.connect(other.url, brand.env.PUBLIC_URL as string)
  expect(await mei.adds(lin)).toContain(503)
  expect(hangs).toHaveBeenCalledTimes(1)
  expect(await lookAt(brand, lin).contact()).toBeNull()
  await expect.poll(() => lookAt(brand, lin).contact(), patient).toMatchObject({ follows: [{ staffId: 'mei' }] })
  vi.restoreAllMocks()
  await brand.close()
}, 180_000)

import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadConfig } from '../../config/load.ts'
import { openStores, type Stores } from '../../server/adapters/mongo/connect.ts'
import { openTencent, type Tencent } from '../../server/adapters/tencent/open.ts'
import { openBrand, type TestBrand } from '../support/open-brand.ts'
import { silentLog } from '../support/store.ts'

const processes = 16
let brand: TestBrand
let stores: readonly Stores[]
let tencents: readonly Tencent[]
beforeAll(async () => {
  brand = await openBrand({ at: '2026-03-02T10:00' })
  const config = loadConfig(brand.env)
  stores = await Promise.all(Array.from({ length: processes }, () => openStores({ uri: String(brand.env['MONGODB_URI']), log: silentLog })))
  tencents = stores.map(({ tokens, leases }) => openTencent({ config, clock: brand.clock, log: silentLog, tokens, leases }))
})
afterAll(async () => {
  expect(brand.tencent.problems).toEqual([])
  await Promise.all(stores.map((each) => each.close()))
  await brand.close()
})

const fetched = () => brand.tencent.calls.filter(({ api }) => api === 'gettoken').length
/** Every process asks WeCom three things at once. */
const allAsk = () => Promise.all(tencents.flatMap(({ directory }) => [1, 2, 3].map(() => directory.followUsers())))

test.each([
  ['has reached the end of its life', () => brand.clock.move(7_200_000)],
  ['is said to have ended', () => brand.tencent.weather.expireTokens()],
  ['was revoked', () => brand.tencent.weather.revokeTokens()],
])('I3: when the token %s, one of sixteen processes fetches the next, and all use it', async (_, ends) => {
  await allAsk()
  const before = fetched()
  ends()
  brand.tencent.weather.delay(60)
  await allAsk()
  brand.tencent.weather.delay(0)
  expect(fetched() - before).toBe(1)
  await allAsk()
  expect(fetched() - before).toBe(1)
})

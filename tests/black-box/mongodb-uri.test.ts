import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished, expect, test, vi } from 'vitest'
import { launchEmbeddedMongoOverTcp } from '../../server/embedded-mongo/launch.ts'
import { nextSecond, openOutside, rings } from './outside.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 })

test('I2 E3: with MONGODB_URI the data are there and nowhere else, and outlast the server', async () => {
  const { tencent, folder, dataDir, start } = await openOutside()
  const elsewhere = await launchEmbeddedMongoOverTcp({ dataDir: join(folder, 'elsewhere'), listen: { host: '127.0.0.1', port: 0 } })
  onTestFinished(() => elsewhere.close())
  const env = { MONGODB_URI: `${elsewhere.uri}crm` }
  const mei = tencent.staff('mei')
  const lin = tencent.customer('lin', { name: '林小姐' })

  const first = await start(env)
  await mei.adds(lin)
  await nextSecond()
  await lin.follows()
  await rings(mei, 1, 30_000)
  expect((await first.stop()).code).toBe(0)

  const second = await start(env)
  await lin.unfollows()
  expect(await rings(mei, 2, 30_000)).toEqual(['林小姐 刚关注了公众号', '林小姐 取消关注了公众号'])
  expect((await second.stop()).code).toBe(0)
  expect(existsSync(dataDir)).toBe(false)
  expect(tencent.problems).toEqual([])
})

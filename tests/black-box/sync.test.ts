import { spawn } from 'node:child_process'
import mongoose from 'mongoose'
import { expect, test } from 'vitest'
import { staffId } from '../../server/domain/ids.ts'
import { launchEmbeddedMongo } from '../../server/embedded-mongo/launch.ts'
import { commandOf } from '../support/product-command.ts'
import { openOutside, type Outside } from './outside.ts'

function startSync({ env, folder }: Outside) {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, commandOf('sync'), { cwd: folder, env: { PATH, HOME, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const heard = { out: '', log: '' }
  child.stdout.on('data', (chunk: Buffer) => (heard.out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (heard.log += chunk.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { child, heard, ended }
}

/** The dead process would keep others waiting for the half minute of its lease. */
async function endLease({ dataDir }: Outside): Promise<void> {
  const engine = await launchEmbeddedMongo({ dataDir })
  const connection = await mongoose.createConnection(engine.uri).asPromise()
  await connection.collection<{ _id: string }>('leases').deleteOne({ _id: 'sync-contacts' })
  await connection.close()
  await engine.close()
}

test('A10: npm run sync that is killed with -9 is gone on with where it was, and says what was left out', async () => {
  const outside = await openOutside()
  const { tencent } = outside
  tencent.crowd({ members: 20, contacts: 1_200, followers: 300 })
  tencent.weather.delay(40)
  const pages = () => tencent.calls.filter(({ api }) => api === 'externalcontact/batch/get_by_user').length
  const first = startSync(outside)
  await expect.poll(pages, { timeout: 30_000, interval: 20 }).toBeGreaterThanOrEqual(4)
  first.child.kill('SIGKILL')
  await first.ended
  const asked = pages()
  expect(asked).toBeLessThan(12)

  const stores = await outside.look()
  const { length } = await stores.syncProgress.pages('contacts', '0')
  expect(length).toBeGreaterThanOrEqual(asked - 2)
  tencent.weather.delay(0)
  tencent.weather.refuseNext(48001, { api: 'user/get' })
  await endLease(outside)
  const second = startSync(outside)
  expect([await second.ended, second.heard.out, second.heard.log]).toEqual([2, expect.any(String), expect.any(String)])
  expect(pages() - asked).toBe(12 - length)
  expect(second.heard.out).toContain('已读 1,200 read')
  expect(second.heard.out).toContain('公众号没有这个接口的权限')
  expect((await stores.contacts.idsFollowedBy(staffId('crowd0007'))).length).toBe(60)
  expect(tencent.problems).toEqual([])
}, 180_000)

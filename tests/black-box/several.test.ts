import { fileURLToPath, pathToFileURL } from 'node:url'
import { onTestFinished, expect, test, vi } from 'vitest'
import { openBalancer } from '../support/balancer.ts'
import { openLive } from '../support/live-stream.ts'
import { signedIn } from '../support/page.ts'
import { identityKey, type AppId, type OpenId } from '../../server/domain/ids.ts'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import { nextSecond, openOutside, publicUrl, rings, type Outside } from './outside.ts'
import type { ServerProcess } from './server-process.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 })

const wrongClock = pathToFileURL(fileURLToPath(new URL('../support/clock-off.mjs', import.meta.url))).href
/** A machine whose clock is two minutes ahead: far more than the lease of the work lasts. */
const ahead = { NODE_OPTIONS: `--import ${wrongClock}`, CLOCK_OFF_MS: String(2 * 60_000) }

const leads = ({ lines }: ServerProcess) => lines.some(({ msg }) => msg === 'this process does the work now')

/** Three processes on one store behind one address; the last one has a wrong clock. */
async function openThree(outside: Outside) {
  const front = await openBalancer()
  onTestFinished(() => front.close())
  const processes = await Promise.all([outside.start(), outside.start(), outside.start(ahead)])
  const serve = (list: readonly ServerProcess[]) => {
    front.serve(list.map(({ url }) => url))
    outside.tencent.connect(front.url, publicUrl)
  }
  serve(processes)
  return { front, processes, serve }
}

function asked({ tencent }: Outside, api: string): number {
  return tencent.calls.filter((call) => call.api === api).length
}

async function written(outside: Outside, customer: CustomerActor): Promise<readonly string[]> {
  const { timeline, inbox } = await outside.look()
  await vi.waitFor(async () => expect((await inbox.depth()).waiting).toBe(0), { timeout: 30_000, interval: 100 })
  const who = { kind: 'openid' as const, appId: outside.tencent.brand.account.appId as AppId, openId: customer.openIds.account as OpenId }
  const events = await timeline.between([identityKey(who)], new Date(0), new Date('2100-01-01'), ['sent-message'])
  return events.flatMap((event) => (event.kind === 'sent-message' ? [event.text ?? ''] : []))
}

test('I3 B1 E3 F5: three processes, one with a wrong clock: one works, a frozen one doubles nothing, a rolling restart loses nothing', async () => {
  const outside = await openOutside()
  const { tencent } = outside
  const mei = tencent.staff('mei', { name: '小梅' })
  const lin = tencent.customer('lin', { name: '林小姐' })
  const { front, processes, serve } = await openThree(outside)
  await vi.waitFor(() => expect(processes.filter(leads)).toHaveLength(1), { timeout: 30_000 })
  const leader = processes.find(leads) as ServerProcess

  // One token, and one more after it has ended, whoever asks.
  await mei.adds(lin)
  const [early, late] = [['wei', 'yun', 'qing', 'lan', 'xue'], ['hua', 'ping', 'rong', 'ying', 'juan']]
  await Promise.all([mei, ...early.map((userid) => tencent.staff(userid))].map((member) => signedIn(outside, member)))
  expect(asked(outside, 'gettoken')).toBe(1)
  tencent.weather.expireTokens()
  await Promise.all(late.map((userid) => signedIn(outside, tencent.staff(userid))))
  expect(asked(outside, 'gettoken')).toBe(2)

  // A page hears of an alert whichever process it came to.
  const streams = await Promise.all(processes.map(() => openLive(outside, mei.browser)))
  await nextSecond()
  expect(await lin.follows()).toEqual([200])
  await Promise.all(streams.map((stream) => stream.until(({ kind }) => kind === 'alert')))
  streams.forEach((stream) => stream.close())
  expect(await rings(mei, 1, 30_000)).toEqual(['林小姐 刚关注了公众号'])

  // Frozen in the middle of its work; the others go on, and those who will replace them start meanwhile.
  const questions = Promise.all(['一', '二', '三', '四', '五'].map((word) => lin.writes(`${word}多少钱`)))
  process.kill(leader.pid, 'SIGSTOP')
  serve(processes.filter((one) => one !== leader))
  const later = Promise.all([outside.start(), outside.start()])
  expect(await lin.writes('六多少钱')).toEqual([200])
  await later
  serve(processes.filter((one) => one !== leader))
  await rings(mei, 7, 30_000)
  process.kill(leader.pid, 'SIGCONT')
  await questions
  const successors = await later
  expect([...processes, ...successors].filter(leads)).toHaveLength(2)

  // One after another they stop under load, and each callback is answered by one that is left.
  const texts = Array.from({ length: 150 }, (_, index) => `第 ${index} 句`)
  const statuses: number[] = []
  const load = (async () => {
    for (const text of texts) statuses.push(...(await lin.writes(text)))
  })()
  serve([...processes, ...successors])
  const codes: (number | null)[] = []
  for (const one of processes) codes.push((await one.stop()).code)
  await load
  expect(codes).toEqual([0, 0, 0])
  expect(new Set(statuses)).toEqual(new Set([200]))
  expect(front.untaken()).toBe(0)

  expect((await written(outside, lin)).filter((text) => text.startsWith('第')).toSorted()).toEqual(texts.toSorted())
  expect(mei.titles).toHaveLength(7)
  expect(new Set(tencent.world.messages.map(({ body }) => body.template_card?.task_id)).size).toBe(7)
  expect(tencent.problems).toEqual([])
})

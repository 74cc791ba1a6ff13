import { expect, test } from 'vitest'
import { everyBlow, fewBlows, planOf } from './plan.ts'
import { runChaos } from './run.ts'

test('B1: a seed plans the same callbacks and the same blows again, and another seed others', () => {
  const plan = (seed: number) => planOf({ seed, count: 2_000, blows: everyBlow, shorten: 1 })
  expect(plan(7)).toEqual(plan(7))
  expect(plan(8).callbacks).not.toEqual(plan(7).callbacks)
  expect(plan(7).blows.filter(({ kind }) => kind.startsWith('kill'))).toHaveLength(20)
  expect(new Set(plan(7).callbacks.map(({ marker }) => marker)).size).toBe(2_000)
})

test('B1 B2 E6: 240 callbacks while product and store are killed and paused: nothing lost, nothing doubled, every alert has a fate', async () => {
  // No platform gives up before a busy machine has started the product again; after the blows none waits more than a second.
  const speeds = { 'official-account': 0.2, wecom: 0.2, 'wechat-shop': 10, 'mini-program': 10, 'wechat-pay': 10 }
  // This seed kills the product first and the store in the middle: the lease of who was killed ends while the rest goes on.
  const report = await runChaos({ seed: 461, count: 240, blows: fewBlows, shorten: 4, rate: 60, speeds, settleMs: 45_000, diskMb: null })
  const { examples, ...counts } = report.verdict
  expect(examples).toEqual([])
  expect(counts).toEqual(Object.fromEntries(Object.keys(counts).map((name) => [name, 0])))
  expect(report.problems).toEqual([])
  expect(report.events).toBeGreaterThan(180)
  expect(report.rings).toBeGreaterThan(10)
  expect(report.starts).toBe(2)
  expect(report.crashes).toBe(0)
  expect(report.exitCode).toBe(0)
})

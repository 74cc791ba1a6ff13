import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { LiveEvent } from '../../server/ports/live.ts'
import { openTestStores, type TestStores } from '../support/store.ts'
import { mei, yun } from './samples.ts'

let stores: TestStores
beforeAll(async () => {
  stores = await openTestStores()
})
afterAll(() => stores.drop())

/** The subjects heard, in order. */
function ear(): { heard: string[]; listen: (event: LiveEvent) => void } {
  const heard: string[] = []
  return { heard, listen: ({ subject }) => void heard.push(subject) }
}

test('F5: a listener hears what its own process publishes before the promise resolves, once', async () => {
  const { heard, listen } = ear()
  const subscription = stores.live.subscribe(listen)
  await stores.live.publish([
    { staffId: mei, kind: 'alert', subject: 'own-1' },
    { staffId: yun, kind: 'customer', subject: 'own-2' },
  ])
  expect(heard).toEqual(['own-1', 'own-2'])
  await stores.live.publish([])
  // What another process publishes afterwards comes by polling; by then the polls have read the first two as well.
  const other = await stores.another()
  await other.live.publish([{ staffId: mei, kind: 'alert-changed', subject: 'own-3' }])
  await vi.waitFor(() => expect(heard).toContain('own-3'), { timeout: 30_000 })
  expect(heard).toEqual(['own-1', 'own-2', 'own-3'])
  subscription.close()
})

test('F5: listeners of all processes hear everything within a second or so, each id once', async () => {
  const other = await stores.another()
  const here = ear()
  const there = ear()
  const events: LiveEvent[] = []
  const subscriptions = [
    stores.live.subscribe(here.listen),
    other.live.subscribe(there.listen),
    other.live.subscribe((event) => void events.push(event)),
  ]
  const subjects = Array.from({ length: 20 }, (_, index) => `all-${index}`)
  await Promise.all(
    subjects.map((subject, index) =>
      (index % 2 ? stores : other).live.publish([{ staffId: mei, kind: 'alert', subject }]),
    ),
  )
  const all = subjects.toSorted()
  await vi.waitFor(() => {
    expect(here.heard.toSorted()).toEqual(all)
    expect(there.heard.toSorted()).toEqual(all)
  }, { timeout: 30_000 })
  expect(new Set(events.map(({ id }) => id)).size).toBe(20)
  expect(events.every(({ staffId, kind, storedAt }) => staffId === mei && kind === 'alert' && storedAt instanceof Date)).toBe(true)
  for (const subscription of subscriptions) subscription.close()
})

test('F5: who closed hears nothing more; who comes later hears only what comes later', async () => {
  const early = ear()
  const late = ear()
  const subscription = stores.live.subscribe(early.listen)
  await stores.live.publish([{ staffId: mei, kind: 'alert', subject: 'before' }])
  subscription.close()
  const second = stores.live.subscribe(late.listen)
  const other = await stores.another()
  await other.live.publish([{ staffId: mei, kind: 'alert', subject: 'after' }])
  await vi.waitFor(() => expect(late.heard).toContain('after'), { timeout: 30_000 })
  expect(early.heard).toEqual(['before'])
  expect(late.heard).toEqual(['after'])
  second.close()
})

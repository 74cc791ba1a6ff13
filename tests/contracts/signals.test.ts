import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestStores, type TestStores } from '../support/store.ts'
import { minute, openid, signal } from './samples.ts'

let stores: TestStores
beforeAll(async () => {
  stores = await openTestStores()
})
afterAll(() => stores.drop())

test('E1: a signal put again replaces itself; found by identity and time, oldest first', async () => {
  const lin = openid('lin')
  const list = [signal('s1', lin, minute(3)), signal('s2', lin, minute(1)), signal('s3', openid('other'), minute(2))]
  await stores.signals.put(list)
  await stores.signals.put([signal('s1', lin, minute(3), { standing: false, because: 'superseded' })])
  await stores.signals.put([])
  expect(await stores.signals.between([lin], minute(1), minute(3))).toEqual([
    list[1],
    { ...list[0], standing: false, because: 'superseded' },
  ])
  expect(await stores.signals.between([lin, openid('other')], minute(2), minute(2))).toEqual([list[2]])
  expect(await stores.signals.between([], minute(0), minute(9))).toEqual([])
})

test('E1: standing signals of everybody stream oldest first, however many', async () => {
  const many = Array.from({ length: 2500 }, (_, index) => {
    return signal(`m${index}`, openid(`p${index % 7}`), minute(10_000 - index), { standing: index % 5 !== 0 })
  })
  await stores.signals.put(many)
  const ends: number[] = []
  for await (const { at, standing, key } of stores.signals.standing()) {
    expect(standing).toBe(true)
    if (key.startsWith('m')) ends.push(at.getTime())
  }
  expect(ends).toHaveLength(2000)
  expect(ends).toEqual(ends.toSorted((a, b) => a - b))
})

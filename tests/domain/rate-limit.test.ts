import { describe, expect, test } from 'vitest'
import { rateLimits, usualLimits } from '../../config/rate-limits.ts'
import { problemsOf } from '../../config/checks.ts'
import { admit, limitNames, type RateLimit } from '../../server/domain/rate-limit.ts'
import { addressKey, createRateLimits } from '../../server/edge/rate-limits.ts'

/** Moments (ms) at which somebody who asks at each of these was admitted. */
function admitted(limit: RateLimit, moments: readonly number[]): number[] {
  let usedUpTo: number | undefined
  return moments.filter((now) => {
    const answer = admit(usedUpTo, limit, now)
    if ('usedUpTo' in answer) usedUpTo = answer.usedUpTo
    return 'usedUpTo' in answer
  })
}

describe('a budget', () => {
  test.each([
    ['all at once', { count: 3, seconds: 60 }, [0, 0, 0, 0, 0], [0, 0, 0]],
    ['evenly afterwards', { count: 3, seconds: 60 }, [0, 0, 0, 19_999, 20_000, 20_001, 40_000], [0, 0, 0, 20_000, 40_000]],
    ['whole again after its time', { count: 2, seconds: 10 }, [0, 0, 9_999, 20_000, 20_000, 20_000], [0, 0, 9_999, 20_000, 20_000]],
    ['whose parts do not come out even', { count: 7, seconds: 60 }, Array.from({ length: 9 }, () => 1_772_416_800_123), Array.from({ length: 7 }, () => 1_772_416_800_123)],
  ])('Ops: %s', (_, limit, moments, expected) => {
    expect(admitted(limit, moments)).toEqual(expected)
  })

  test('Ops: says for how long there is nothing left', () => {
    const first = admit(undefined, { count: 1, seconds: 30 }, 1000)
    expect(first).toEqual({ usedUpTo: 31_000 })
    expect(admit(31_000, { count: 1, seconds: 30 }, 11_000)).toEqual({ waitMs: 20_000 })
  })
})

test('Ops: what is kept of addresses is bounded, however many there are', () => {
  const clock = { now: () => new Date(0) }
  const limits = createRateLimits({ limits: { links: { count: 5, seconds: 60 } }, byAddress: true, clock })
  for (let host = 0; host < 150_000; host += 1) limits.checkAddress('links', `10.${host >> 16}.${(host >> 8) & 255}.${host & 255}`)
  expect(limits.size()).toBeLessThanOrEqual(100_000)
})

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::1', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['no address at all, '.repeat(100), 'no address at all, '.repeat(100).slice(0, 64)],
])('Ops: %s is counted as %s', (ip, key) => {
  expect(addressKey(ip)).toBe(key)
})

describe('RATE_LIMITS', () => {
  const read = (text: string) => {
    const check = problemsOf({ RATE_LIMITS: text })
    return { limits: rateLimits(check), problems: check.problems }
  }

  test('Ops: nothing: the usual ones, for every name', () => {
    expect(read('').limits).toEqual(usualLimits)
    expect(Object.keys(usualLimits).toSorted()).toEqual([...limitNames].toSorted())
  })

  test('Ops: off, single ones, and none for one name', () => {
    expect(read('off').limits).toEqual({})
    const { limits } = read('links=10/5, pay=0/60')
    expect(limits).toMatchObject({ links: { count: 10, seconds: 5 }, api: usualLimits.api })
    expect(limits).not.toHaveProperty('pay')
  })

  test.each(['links', 'links=1', 'links=1/0', 'links=-1/5', 'linkz=1/5', 'links=1/5,off'])('Ops: %s is named as wrong', (text) => {
    expect(read(text).problems).toEqual([expect.stringMatching(/^RATE_LIMITS must be/)])
  })
})

import { isIPv6 } from 'node:net'
import { TooManyRequests } from '../domain/errors.ts'
import { admit, type LimitName, type RateLimitTable } from '../domain/rate-limit.ts'

export interface RateLimitsDeps {
  limits: RateLimitTable
  /** False: addresses tell nothing apart, so nobody is limited by theirs. */
  byAddress: boolean
  clock: { now(): Date }
}

export type RateLimits = ReturnType<typeof createRateLimits>

/** Some 20 MB at most, whoever comes from how many addresses. */
const mostKeys = 100_000

/**
 * Budgets of this process, in memory. Own code, because every lifetime here reads the one Clock, and because what is kept
 * must be bounded; rate-limiter-flexible reads the machine's and keeps a timer per key.
 */
export function createRateLimits({ limits, byAddress, clock }: RateLimitsDeps) {
  const budgets = new Map<string, number>()

  /** 0: admitted, and taken off the budget; else for how many whole seconds there is nothing left. */
  function waitSeconds(name: LimitName, key: string): number {
    const limit = limits[name]
    if (!limit) return 0
    const id = `${name} ${key}`
    const now = clock.now().getTime()
    const admission = admit(budgets.get(id), limit, now)
    if ('waitMs' in admission) return Math.max(1, Math.ceil(admission.waitMs / 1000))
    budgets.delete(id)
    budgets.set(id, admission.usedUpTo)
    if (budgets.size > mostKeys) makeRoom(now)
    return 0
  }

  /** Budgets that are whole again are forgotten; if that is not enough, those that were used longest ago. */
  function makeRoom(now: number): void {
    for (const [id, usedUpTo] of budgets) if (usedUpTo <= now) budgets.delete(id)
    for (const id of budgets.keys()) {
      if (budgets.size <= mostKeys * 0.9) return
      budgets.delete(id)
    }
  }

  return {
    /** @throws TooManyRequests */
    check(name: LimitName, key: string): void {
      const seconds = waitSeconds(name, key)
      if (seconds > 0) throw new TooManyRequests(seconds)
    },

    /** @throws TooManyRequests */
    checkAddress(name: LimitName, ip: string): void {
      if (byAddress) this.check(name, addressKey(ip))
    },

    /**
     * Something forged came from there: 0, or for how many seconds nothing forged from there is worth an answer or a log
     * line of its own. Nobody genuine asks this, so nobody genuine is held up by a neighbour's forgeries.
     */
    refusedFrom(ip: string): number {
      return byAddress ? waitSeconds('refused', addressKey(ip)) : 0
    },

    /** How many budgets are kept; for tests. */
    size: () => budgets.size,
  }
}

/** An IPv4 address, however it is written, or the /64 network that one IPv6 subscriber has. */
export function addressKey(ip: string): string {
  const plain = ip.replace(/%.*$/, '').toLowerCase()
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1]
  if (mapped || !isIPv6(plain)) return mapped ?? plain.slice(0, 64)
  const [head = '', tail] = plain.split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0')
  return `${[...front, ...zeros, ...back].slice(0, 4).map((part) => Number.parseInt(part, 16).toString(16)).join(':')}::/64`
}

import { limitNames, type LimitName, type RateLimitTable } from '../server/domain/rate-limit.ts'
import type { Problems } from './checks.ts'

/**
 * Generous: a phone network hides thousands of customers behind one address, an office all its salespeople. Callbacks of
 * Tencent are in none of these; only what is forged counts, as `refused`.
 */
export const usualLimits: RateLimitTable = {
  'beacon-session': { count: 600, seconds: 60 },
  'beacon-events': { count: 300, seconds: 60 },
  'beacon-phone': { count: 10, seconds: 600 },
  links: { count: 1200, seconds: 60 },
  'links-read': { count: 120, seconds: 60 },
  pay: { count: 600, seconds: 60 },
  'sign-in': { count: 600, seconds: 60 },
  inbound: { count: 6000, seconds: 60 },
  api: { count: 900, seconds: 60 },
  refused: { count: 60, seconds: 60 },
}

const rule = `must be "off", or limits such as links=600/60,refused=30/60 (how many in how many seconds; 0: not limited) of ${limitNames.join(', ')}`

/** RATE_LIMITS over the usual ones; what it does not name stays as it is. */
export function rateLimits(check: Problems): RateLimitTable {
  const parts = check.list('RATE_LIMITS')
  if (parts.length === 1 && parts[0] === 'off') return {}
  const own = parts.map(parse)
  if (own.includes(null)) check.problems.push(`RATE_LIMITS ${rule}`)
  const all = { ...usualLimits, ...Object.fromEntries(own.flatMap((one) => (one ? [[one.name, one]] : []))) }
  return Object.fromEntries(Object.entries(all).flatMap(([name, { count, seconds }]) => (count > 0 ? [[name, { count, seconds }]] : [])))
}

/**
 * How many proxies of the brand's stand in front, each of which adds the address that it saw to X-Forwarded-For. null: not
 * said, though the public address is https and we speak http: then everybody would be the proxy, and nobody is limited by
 * address.
 */
export function trustProxy(check: Problems, publicUrl: string): number | null {
  if (check.list('TRUST_PROXY').length > 0) return check.integer('TRUST_PROXY', 0, 0, 10)
  if (!publicUrl.startsWith('https:')) return 0
  check.warnings.push('TRUST_PROXY is not set: say how many proxies stand in front (usually 1), or nobody is limited by address')
  return null
}

function parse(text: string): { name: LimitName; count: number; seconds: number } | null {
  const [, name = '', count = '', seconds = ''] = /^([a-z-]+)=(\d{1,7})\/(\d{1,5})$/.exec(text) ?? []
  const known = limitNames.find((one) => one === name)
  return known && Number(seconds) > 0 ? { name: known, count: Number(count), seconds: Number(seconds) } : null
}

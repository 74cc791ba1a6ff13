/**
 * What may be asked how often; each name is one budget.
 *
 * beacon-session, links, pay, sign-in: per address. beacon-events, beacon-phone: per customer. links-read: per visit.
 * inbound: per source. api: per member. refused: what was forged, per address, over all edges.
 */
export const limitNames = [
  'beacon-session', 'beacon-events', 'beacon-phone', 'links', 'links-read', 'pay', 'sign-in', 'inbound', 'api', 'refused',
] as const
export type LimitName = (typeof limitNames)[number]

/** So many in so many seconds, all at once if need be, and evenly from then on. */
export interface RateLimit {
  count: number
  seconds: number
}

/** A name that is left out is not limited. */
export type RateLimitTable = Readonly<Partial<Record<LimitName, RateLimit>>>

/**
 * The generic cell rate algorithm (ITU-T I.371): one number per key says it all. `usedUpTo` is the moment (Unix ms) up to
 * which the budget is spent, undefined for whoever was not here yet.
 *
 * @returns the next `usedUpTo`, or for how many ms there is nothing left
 */
export function admit(usedUpTo: number | undefined, { count, seconds }: RateLimit, now: number): { usedUpTo: number } | { waitMs: number } {
  const eachMs = (seconds * 1000) / count
  const from = Math.max(usedUpTo ?? now, now)
  const waitMs = from - now - (seconds * 1000 - eachMs)
  // A thousandth of a ms: divisions do not come out even.
  return waitMs > 0.001 ? { waitMs } : { usedUpTo: from + eachMs }
}

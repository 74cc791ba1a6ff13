import { createRateLimits, type RateLimits } from '../../server/edge/rate-limits.ts'

/** For edges opened by themselves: nobody is ever told to wait. */
export const noLimits: RateLimits = createRateLimits({ limits: {}, byAddress: false, clock: { now: () => new Date(0) } })

import { z } from 'zod'

/** An id as a string, whether its sender quoted it or not. Tencent's 19-digit ids arrive here as strings already. */
export const id = z.union([z.string(), z.number()]).transform(String)

/** Text that Tencent leaves empty or away when it has none. */
export const optionalText = z
  .string()
  .nullish()
  .transform((text) => text || null)

/** A whole number; counters and enums also arrive quoted. */
export const whole = z.coerce.number<number | string>().int()

/** How long something lives, in seconds, quoted or not; never nothing. */
export const lifeSeconds = whole.pipe(z.number().positive())

/** Unix seconds as a Date; 0 and absent mean never. */
export const optionalTime = whole.nullish().transform((seconds) => (seconds ? new Date(seconds * 1000) : null))

import { momentAt, wallClock } from './local-time.ts'

/** Minutes after midnight in `timeZone`; equal or from > to means across midnight; 0-1440 is always. */
export interface OpeningHours {
  fromMinute: number
  toMinute: number
  timeZone: string
}

/** Whether phones may ring at `date`: the opening minute belongs to the day, the closing minute does not. */
export function isOpen(date: Date, hours: OpeningHours): boolean {
  if (isAlways(hours)) return true
  const { fromMinute, toMinute, timeZone } = hours
  const { minuteOfDay } = wallClock(timeZone)(date)
  if (fromMinute < toMinute) return minuteOfDay >= fromMinute && minuteOfDay < toMinute
  return minuteOfDay >= fromMinute || minuteOfDay < toMinute
}

/** The first moment at or after `date` at which phones may ring. */
export function nextOpening(date: Date, hours: OpeningHours): Date {
  if (isOpen(date, hours)) return date
  const openings = [-1, 0, 1, 2].map((days) => momentAt(date, days, hours.fromMinute, hours.timeZone))
  return openings.find((opening) => opening > date) ?? date
}

/** The last opening at or before `date`; null where it is always open. */
export function lastOpening(date: Date, hours: OpeningHours): Date | null {
  if (isAlways(hours)) return null
  const openings = [0, -1, -2].map((days) => momentAt(date, days, hours.fromMinute, hours.timeZone))
  return openings.find((opening) => opening <= date) ?? null
}

function isAlways({ fromMinute, toMinute }: OpeningHours): boolean {
  return fromMinute === toMinute || (fromMinute === 0 && toMinute === 1440)
}

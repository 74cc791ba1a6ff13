import { MongoRefusal } from './errors.ts'

/** A moment as a wall clock in some timezone shows it. `month` and `day` count from 1; `weekday` from Sunday = 1. */
export type WallTime = {
  year: number, month: number, day: number, hour: number, minute: number, second: number, ms: number, weekday: number
}

const MINUTE_MS = 60000
const DAY_MS = 86400000

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known !== undefined) return known
  try {
    const made = new Intl.DateTimeFormat('en-US', {
      timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric', era: 'short',
    })
    formats.set(zone, made)
    return made
  } catch (error) {
    throw new MongoRefusal(40485, `unrecognized time zone identifier: "${zone}"${error instanceof RangeError ? '' : ' (no time zone data)'}`)
  }
}

/** Minutes east of UTC that a timezone has at a moment: an Olson name, or an offset such as `+08:00`. */
export function offsetMinutes(at: number, zone: string): number {
  if (zone === 'UTC' || zone === 'GMT' || zone === 'Z') return 0
  const fixed = /^([+-])(\d\d):?(\d\d)?$/.exec(zone)
  if (fixed !== null) return (fixed[1] === '-' ? -1 : 1) * (Number(fixed[2]) * 60 + Number(fixed[3] ?? 0))
  const parts = Object.fromEntries(formatOf(zone).formatToParts(at).map(({ type, value }) => [type, value]))
  const year = parts['era'] === 'BC' ? 1 - Number(parts['year']) : Number(parts['year'])
  const wall = utc(year, Number(parts['month']), Number(parts['day']), Number(parts['hour']), Number(parts['minute']), Number(parts['second']), 0)
  return Math.round((wall - Math.floor(at / 1000) * 1000) / MINUTE_MS)
}

/** Milliseconds of a UTC wall time; months and days may lie outside their usual range. */
export function utc(year: number, month: number, day: number, hour: number, minute: number, second: number, ms: number): number {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute, second, ms)
  return date.getTime()
}

/** What the clock on the wall shows at a moment. */
export function wallTime(at: number, zone: string): WallTime {
  const date = new Date(at + offsetMinutes(at, zone) * MINUTE_MS)
  return {
    year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate(), hour: date.getUTCHours(),
    minute: date.getUTCMinutes(), second: date.getUTCSeconds(), ms: date.getUTCMilliseconds(), weekday: date.getUTCDay() + 1,
  }
}

/** The moment at which the wall clock shows this; in a gap of summer time the later moment. */
export function momentOf(wall: Omit<WallTime, 'weekday'>, zone: string): number {
  const asUtc = utc(wall.year, wall.month, wall.day, wall.hour, wall.minute, wall.second, wall.ms)
  const first = asUtc - offsetMinutes(asUtc, zone) * MINUTE_MS
  return asUtc - offsetMinutes(first, zone) * MINUTE_MS
}

/** Day of the year, from 1. */
export function dayOfYear({ year, month, day }: WallTime): number {
  return Math.round((utc(year, month, day, 0, 0, 0, 0) - utc(year, 1, 1, 0, 0, 0, 0)) / DAY_MS) + 1
}

/** ISO 8601 week, its year, and the day of the week with Monday = 1. */
export function isoWeek({ year, month, day, weekday }: WallTime): { week: number, year: number, day: number } {
  const isoDay = weekday === 1 ? 7 : weekday - 1
  const thursday = new Date(utc(year, month, day + 4 - isoDay, 0, 0, 0, 0))
  const start = utc(thursday.getUTCFullYear(), 1, 1, 0, 0, 0, 0)
  return { week: Math.floor((thursday.getTime() - start) / DAY_MS / 7) + 1, year: thursday.getUTCFullYear(), day: isoDay }
}

/** Week of the year, Sunday first, from 0, as `%U`. */
export function sundayWeek(wall: WallTime): number {
  return Math.floor((dayOfYear(wall) + 7 - wall.weekday) / 7)
}

/** Units of `$dateAdd` and `$dateDiff`. */
export type Unit = 'year' | 'quarter' | 'month' | 'week' | 'day' | 'hour' | 'minute' | 'second' | 'millisecond'

const UNIT_MS: Partial<Record<Unit, number>> = { hour: 3600000, minute: MINUTE_MS, second: 1000, millisecond: 1 }
const UNIT_MONTHS: Partial<Record<Unit, number>> = { year: 12, quarter: 3, month: 1 }
const UNIT_DAYS: Partial<Record<Unit, number>> = { week: 7, day: 1 }

export function isUnit(value: unknown): value is Unit {
  return typeof value === 'string' && (value in UNIT_MS || value in UNIT_MONTHS || value in UNIT_DAYS)
}

/** Adds on the wall clock for days and longer (the end of the month is kept), on the time line for hours and shorter. */
export function addUnits(at: number, amount: number, unit: Unit, zone: string): number {
  const ms = UNIT_MS[unit]
  if (ms !== undefined) return at + amount * ms
  const wall = wallTime(at, zone)
  const days = UNIT_DAYS[unit]
  if (days !== undefined) return momentOf({ ...wall, day: wall.day + amount * days }, zone)
  const month = wall.month + amount * (UNIT_MONTHS[unit] ?? 1)
  const lastDay = new Date(utc(wall.year, month + 1, 0, 0, 0, 0, 0)).getUTCDate()
  return momentOf({ ...wall, month, day: Math.min(wall.day, lastDay) }, zone)
}

/** Number of unit borders between two moments. Weeks start on `firstWeekday` (Sunday = 1). */
export function unitsBetween(from: number, to: number, unit: Unit, zone: string, firstWeekday: number): number {
  return unitIndex(to, unit, zone, firstWeekday) - unitIndex(from, unit, zone, firstWeekday)
}

function unitIndex(at: number, unit: Unit, zone: string, firstWeekday: number): number {
  const local = at + offsetMinutes(at, zone) * MINUTE_MS
  const ms = UNIT_MS[unit]
  if (ms !== undefined) return Math.floor(local / ms)
  const days = Math.floor(local / DAY_MS)
  if (unit === 'day') return days
  if (unit === 'week') return Math.floor((days + 5 - firstWeekday) / 7)
  const { year, month } = wallTime(at, zone)
  return Math.floor((year * 12 + month - 1) / (UNIT_MONTHS[unit] ?? 1))
}

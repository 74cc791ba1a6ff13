/** Wall-clock time in one time zone. Months count from 1. */
export interface LocalTime {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  /** Minutes after midnight. */
  minuteOfDay: number
}

const dayMs = 24 * 60 * 60 * 1000

/** What a clock on the wall shows at `date`. */
export function localTime(date: Date, timeZone: string): LocalTime {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric',
  })
  const parts = new Map(format.formatToParts(date).map(({ type, value }) => [type, Number(value)]))
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0
  const [hour, minute] = [part('hour'), part('minute')]
  return { year: part('year'), month: part('month'), day: part('day'), hour, minute, minuteOfDay: hour * 60 + minute }
}

/** `20:31` on the wall. */
export function clockText(date: Date, timeZone: string): string {
  const { hour, minute } = localTime(date, timeZone)
  return `${twoDigits(hour)}:${twoDigits(minute)}`
}

/** `2026-03-02`: the same for two moments of one local day. */
export function localDay(date: Date, timeZone: string): string {
  const { year, month, day } = localTime(date, timeZone)
  return `${year}-${twoDigits(month)}-${twoDigits(day)}`
}

/** How many local midnights lie between two moments: 0 today, 1 tomorrow, -1 yesterday. */
export function daysBetween(from: Date, to: Date, timeZone: string): number {
  const [a, b] = [localTime(from, timeZone), localTime(to, timeZone)]
  return Math.round((Date.UTC(b.year, b.month - 1, b.day) - Date.UTC(a.year, a.month - 1, a.day)) / dayMs)
}

/**
 * The moment at which the wall shows `minuteOfDay`, `days` local days after the day of `date`. Where the clock is put
 * forward over that time, the moment of the jump; where it shows it twice, the first.
 */
export function momentAt(date: Date, days: number, minuteOfDay: number, timeZone: string): Date {
  const { year, month, day } = localTime(date, timeZone)
  const wall = Date.UTC(year, month - 1, day + days, 0, minuteOfDay)
  const offsets = [offsetAt(wall - dayMs, timeZone), offsetAt(wall + dayMs, timeZone)]
  const exact = offsets.map((offset) => wall - offset).filter((moment) => moment + offsetAt(moment, timeZone) === wall)
  return new Date(exact.length > 0 ? Math.min(...exact) : jumpBetween(wall - Math.max(...offsets), wall - Math.min(...offsets), timeZone))
}

function offsetAt(moment: number, timeZone: string): number {
  const { year, month, day, hour, minute } = localTime(new Date(moment), timeZone)
  return Date.UTC(year, month - 1, day, hour, minute) - Math.floor(moment / 60_000) * 60_000
}

function jumpBetween(from: number, to: number, timeZone: string): number {
  const before = offsetAt(from, timeZone)
  let [low, high] = [from, to]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(middle, timeZone) === before) low = middle
    else high = middle
  }
  return high
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0')
}

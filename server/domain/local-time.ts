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

/** A clock on the wall of one time zone: what it shows at a moment. */
export type WallClock = (date: Date) => LocalTime

/** Makes the clock of a time zone. Making one is slow (a third of a millisecond), reading it is not: make it once. */
export function wallClock(timeZone: string): WallClock {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric',
  })
  return (date) => {
    const parts = new Map(format.formatToParts(date).map(({ type, value }) => [type, Number(value)]))
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0
    const [hour, minute] = [part('hour'), part('minute')]
    return { year: part('year'), month: part('month'), day: part('day'), hour, minute, minuteOfDay: hour * 60 + minute }
  }
}

/** `20:31` on the wall. */
export function clockText(date: Date, wall: WallClock): string {
  const { hour, minute } = wall(date)
  return `${twoDigits(hour)}:${twoDigits(minute)}`
}

/** `2026-03-02`: the same for two moments of one local day. */
export function localDay(date: Date, wall: WallClock): string {
  const { year, month, day } = wall(date)
  return `${year}-${twoDigits(month)}-${twoDigits(day)}`
}

/** How many local midnights lie between two moments: 0 today, 1 tomorrow, -1 yesterday. */
export function daysBetween(from: Date, to: Date, wall: WallClock): number {
  const [a, b] = [wall(from), wall(to)]
  return Math.round((Date.UTC(b.year, b.month - 1, b.day) - Date.UTC(a.year, a.month - 1, a.day)) / dayMs)
}

/**
 * The moment at which the wall shows `minuteOfDay`, `days` local days after the day of `date`. Where the clock is put
 * forward over that time, the moment of the jump; where it shows it twice, the first.
 */
export function momentAt(date: Date, days: number, minuteOfDay: number, timeZone: string): Date {
  const wall = wallClock(timeZone)
  const { year, month, day } = wall(date)
  const shown = Date.UTC(year, month - 1, day + days, 0, minuteOfDay)
  const offsets = [offsetAt(shown - dayMs, wall), offsetAt(shown + dayMs, wall)]
  const exact = offsets.map((offset) => shown - offset).filter((moment) => moment + offsetAt(moment, wall) === shown)
  if (exact.length > 0) return new Date(Math.min(...exact))
  return new Date(jumpBetween(shown - Math.max(...offsets), shown - Math.min(...offsets), wall))
}

function offsetAt(moment: number, wall: WallClock): number {
  const { year, month, day, hour, minute } = wall(new Date(moment))
  return Date.UTC(year, month - 1, day, hour, minute) - Math.floor(moment / 60_000) * 60_000
}

function jumpBetween(from: number, to: number, wall: WallClock): number {
  const before = offsetAt(from, wall)
  let [low, high] = [from, to]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(middle, wall) === before) low = middle
    else high = middle
  }
  return high
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0')
}

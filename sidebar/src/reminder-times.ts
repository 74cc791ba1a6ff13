/** When a reminder may be set for, in the store's own time zone. Pure: "now" and the zone are passed in. */

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** A time that is offered with one tap. */
export interface Preset {
  label: string
  at: number
}

interface Wall {
  year: number
  month: number
  day: number
  hour: number
  minute: number
}

function wallOf(at: number, zone: string): Wall {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' })
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0
  return { year: part('year'), month: part('month'), day: part('day'), hour: part('hour'), minute: part('minute') }
}

/** The moment at which the zone's clock shows this; where it never does, the hour beside it. */
function momentOf({ year, month, day, hour, minute }: Wall, zone: string): number {
  const shown = Date.UTC(year, month - 1, day, hour, minute)
  const offset = (at: number) => {
    const wall = wallOf(at, zone)
    return Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute) - Math.floor(at / 60_000) * 60_000
  }
  const guess = shown - offset(shown)
  return shown - offset(guess)
}

/** 今天晚些 in three hours, on the half hour, while that still is today before nine in the evening; 明天上午 and 三天后 at ten. */
export function presetTimes(now: number, zone: string): Preset[] {
  const today = wallOf(now, zone)
  const later = Math.ceil((now + 3 * hourMs) / (hourMs / 2)) * (hourMs / 2)
  const evening = momentOf({ ...today, hour: 21, minute: 0 }, zone)
  const tenOn = (days: number) => {
    const day = wallOf(momentOf({ ...today, hour: 12, minute: 0 }, zone) + days * dayMs, zone)
    return momentOf({ ...day, hour: 10, minute: 0 }, zone)
  }
  return [
    ...(later <= evening ? [{ label: '今天晚些', at: later }] : []),
    { label: '明天上午', at: tenOn(1) },
    { label: '三天后', at: tenOn(3) },
  ]
}

/** `2026-03-05T10:00`, as an input of type datetime-local has it, as a moment of the store's clock; null: it is none. */
export function chosenTime(typed: string, zone: string): number | null {
  const found = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})/.exec(typed)
  if (!found) return null
  const [year, month, day, hour, minute] = found.slice(1).map(Number) as [number, number, number, number, number]
  return momentOf({ year, month, day, hour, minute }, zone)
}

/** The other way round, for the input's lower bound. */
export function inputTime(at: number, zone: string): string {
  const { year, month, day, hour, minute } = wallOf(at, zone)
  const two = (number: number) => String(number).padStart(2, '0')
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}`
}

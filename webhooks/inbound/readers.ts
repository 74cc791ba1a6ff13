import type { Template } from '../../config/inbound-mapping.ts'
import type { Fen } from '../../server/domain/ids.ts'
import { wallClock } from '../../server/domain/local-time.ts'

/** What a text says, or what is wrong with it; the problem goes after the name of its place, `must be …`. */
export type Read<T> = { value: T } | { problem: string }

const aheadMs = 5 * 60_000
/** Nothing that we are told happened before: an earlier time is a wrong unit. */
const earliest = Date.UTC(2010, 0, 1)

/** Makes the reader of a time format. `now` null: how far ahead it may be is not looked at. */
export function timeReader({ format, zone }: Template['at']): (text: string, now: Date | null) => Read<Date> {
  const parse = { 'unix-s': unix(1000, 'seconds'), 'unix-ms': unix(1, 'milliseconds'), iso, 'yyyy-MM-dd HH:mm:ss': local(zone ?? 'UTC') }[format]
  return (text, now) => {
    const read = parse(text)
    if ('problem' in read) return read
    if (read.value.getTime() < earliest) return { problem: `must be a time after 2010 (${format}): is it in another unit?` }
    if (now && read.value.getTime() > now.getTime() + aheadMs) return { problem: 'must not be more than 5 minutes ahead' }
    return read
  }
}

function unix(unitMs: number, unit: string): (text: string) => Read<Date> {
  const digits = unitMs === 1 ? /^\d{12,14}$/ : /^\d{9,11}$/
  return (text) => (digits.test(text) ? { value: new Date(Number(text) * unitMs) } : { problem: `must be Unix time in ${unit}` })
}

/** With its offset: without one nobody knows which hour is meant. */
function iso(text: string): Read<Date> {
  const shape = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})$/
  const at = new Date(text)
  return shape.test(text) && !Number.isNaN(at.getTime()) ? { value: at } : { problem: 'must be a time such as 2026-03-02T10:00:00+08:00' }
}

function local(zone: string): (text: string) => Read<Date> {
  const wall = wallClock(zone)
  const wrong = { problem: 'must be a time such as 2026-03-02 10:00:00' }
  return (text) => {
    const match = /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?$/.exec(text)
    if (!match) return wrong
    const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [number, number, number, number, number, number]
    const shown = Date.UTC(year, month - 1, day, hour, minute, second)
    if (new Date(shown).toISOString().slice(0, 19) !== `${match[1]}-${match[2]}-${match[3]}T${match[4]}:${match[5]}:${match[6]}`) return wrong
    const offsetAt = (moment: number) => {
      const seen = wall(new Date(moment))
      return Date.UTC(seen.year, seen.month - 1, seen.day, seen.hour, seen.minute) - Math.floor(moment / 60_000) * 60_000
    }
    return { value: new Date(shown - offsetAt(shown - offsetAt(shown))) }
  }
}

/** An amount in fen; `signed`: a minus is taken off, as tills write returns. */
export function readMoney(text: string, unit: 'yuan' | 'fen', signed: boolean): Read<Fen> {
  const match = /^(-?)(\d{1,11})(?:\.(\d{1,6}))?$/.exec(text)
  const [, minus = '', whole = '', fraction = ''] = match ?? []
  const places = unit === 'yuan' ? 2 : 0
  const isExact = /^0*$/.test(fraction.slice(places))
  if (!match || !isExact || (minus && !signed)) {
    return { problem: unit === 'yuan' ? 'must be an amount in yuan, 0 or more, such as 2990.00' : 'must be a whole number of fen, 0 or more' }
  }
  return { value: Number(whole + fraction.slice(0, places).padEnd(places, '0')) as Fen }
}

/** How many pieces: a whole number, also written as 2.00; below 0 in a return. */
export function readCount(text: string): Read<number> {
  const match = /^(-?\d{1,6})(?:\.0{1,6})?$/.exec(text)
  return match ? { value: Number(match[1]) } : { problem: 'must be a whole number' }
}

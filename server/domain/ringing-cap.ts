import type { Alert } from './alert.ts'

/**
 * How many messages one member may get. WeCom drops what exceeds 30 a minute and 1,000 an hour silently
 * (document/path/90236); we stay well below.
 */
export interface Cap {
  perMinute: number
  perHour: number
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** Which groups may ring now, most urgent and oldest first, and until when the others wait. */
export function placeUnderCap(
  groups: readonly (readonly Alert[])[],
  sentTimes: readonly Date[],
  now: Date,
  cap: Cap,
): { now: readonly (readonly Alert[])[]; hold: readonly { alertKey: string; reason: 'cap'; until: Date }[] } {
  const times = sentTimes.map((time) => time.getTime()).toSorted((a, b) => a - b)
  const ordered = groups.toSorted((a, b) => rankOf(a) - rankOf(b) || oldestOf(a) - oldestOf(b))
  const placed: (readonly Alert[])[] = []
  const hold: { alertKey: string; reason: 'cap'; until: Date }[] = []
  for (const group of ordered) {
    const free = freeAt(times, now.getTime(), cap)
    if (free <= now.getTime()) placed.push(group)
    else hold.push(...group.filter(({ rings }) => rings).map(({ key }) => ({ alertKey: key, reason: 'cap' as const, until: new Date(free) })))
    times.push(Math.max(free, now.getTime()))
  }
  return { now: placed, hold }
}

/**
 * The first moment from `now` on at which one more message keeps both limits in any 60 s and any 60 minutes.
 * `times`: Unix ms of the messages so far, oldest first.
 */
export function freeAt(times: readonly number[], now: number, cap: Cap): number {
  const after = (limit: number, spanMs: number) => {
    const first = times.at(-limit)
    return times.length < limit || first === undefined ? now : first + spanMs + 1
  }
  return Math.max(now, after(cap.perMinute, minuteMs), after(cap.perHour, hourMs))
}

function rankOf(group: readonly Alert[]): number {
  if (group.some(({ direct }) => direct)) return 0
  return group.some(({ urgency }) => urgency === 'now') ? 1 : 2
}

function oldestOf(group: readonly Alert[]): number {
  return Math.min(...group.map(({ at }) => at.getTime()))
}

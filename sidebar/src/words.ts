/** How times and numbers are said. Pure: "now" and the store's zone are passed in. */

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

/** IANA name of the time zone that the pages speak in when the server names none. */
export const usualZone = 'Asia/Shanghai'

interface Moment {
  year: number
  month: number
  day: number
  clock: string
}

/** China has had one clock, eight hours ahead, ever since: told by sums, since the first use of Intl takes a phone a tenth of a second. */
const oneClockSince = Date.UTC(1992, 0, 1)
const aheadMs = 8 * 60 * minuteMs

const formats = new Map<string, Intl.DateTimeFormat>()

function formatFor(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  })
  formats.set(zone, made)
  return made
}

function momentOf(at: number, zone: string): Moment {
  return zone === usualZone && at >= oneClockSince ? shanghaiMoment(at) : momentByIntl(at, zone)
}

function shanghaiMoment(at: number): Moment {
  const there = new Date(at + aheadMs)
  const two = (count: number) => String(count).padStart(2, '0')
  return {
    year: there.getUTCFullYear(),
    month: there.getUTCMonth() + 1,
    day: there.getUTCDate(),
    clock: `${two(there.getUTCHours())}:${two(there.getUTCMinutes())}`,
  }
}

function momentByIntl(at: number, zone: string): Moment {
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {}
  for (const { type, value } of formatFor(zone).formatToParts(at)) parts[type] = value
  return {
    year: Number(parts.year),
    month: Number(parts.month),
    day: Number(parts.day),
    clock: `${parts.hour}:${parts.minute}`,
  }
}

/** Whole days between the two dates as the store's calendar has them; 0 today, 1 yesterday. */
function daysBetween(then: Moment, now: Moment): number {
  return Math.round((Date.UTC(now.year, now.month - 1, now.day) - Date.UTC(then.year, then.month - 1, then.day)) / dayMs)
}

function dateOf(then: Moment, now: Moment): string {
  const date = `${then.month}月${then.day}日`
  return then.year === now.year ? date : `${then.year}年${date}`
}

/** `20:31`. */
export function clockTime(at: number, zone: string = usualZone): string {
  return momentOf(at, zone).clock
}

/** A day in words: 今天, 昨天, 3月2日, 2025年12月30日. Heads a group of the timeline. */
export function dayName(at: number, now: number, zone: string = usualZone): string {
  const [then, today] = [momentOf(at, zone), momentOf(now, zone)]
  const days = daysBetween(then, today)
  if (days === 0) return '今天'
  return days === 1 ? '昨天' : dateOf(then, today)
}

/** How long ago: 刚刚, 6 分钟前, 今天 20:31, 昨天 19:20, 3月2日. A moment slightly ahead of our clock is 刚刚. */
export function timeAgo(at: number, now: number, zone: string = usualZone): string {
  const minutes = Math.floor((now - at) / minuteMs)
  if (minutes < 1) return '刚刚'
  if (minutes < 60) return `${minutes} 分钟前`
  const day = dayName(at, now, zone)
  return day === '今天' || day === '昨天' ? `${day} ${clockTime(at, zone)}` : day
}

/** The time of one line of evidence: 20:31 today, else 昨天 or 3月2日. */
export function evidenceTime(at: number, now: number, zone: string = usualZone): string {
  const day = dayName(at, now, zone)
  return day === '今天' ? clockTime(at, zone) : day
}

/** When something was or will be, next to other words: 20:31, 昨天 20:31, 明天 09:00, 3月2日 20:31. */
export function pointInTime(at: number, now: number, zone: string = usualZone): string {
  const [then, today] = [momentOf(at, zone), momentOf(now, zone)]
  const days = daysBetween(then, today)
  if (days === 0) return then.clock
  if (days === -1) return `明天 ${then.clock}`
  return `${days === 1 ? '昨天' : dateOf(then, today)} ${then.clock}`
}

/** 稍后提醒 22:31: when an alert that was put off comes back; null: it was not. */
export function laterText(alert: { state: string; dueAt: number | null }, now: number, zone: string = usualZone): string | null {
  if (alert.state !== 'snoozed') return null
  return alert.dueAt === null ? '稍后提醒' : `稍后提醒 ${pointInTime(alert.dueAt, now, zone)}`
}

/** A length of time: 40 分钟, 2 小时, 1 小时 30 分钟. */
export function duration(minutes: number): string {
  const whole = Math.max(0, Math.round(minutes))
  const [hours, rest] = [Math.floor(whole / 60), whole % 60]
  if (hours === 0) return `${rest} 分钟`
  return rest === 0 ? `${hours} 小时` : `${hours} 小时 ${rest} 分钟`
}

/** The day so far in one line, from the inbox's own numbers. */
export function daySoFar(today: { answered: number; medianMinutes: number | null }): string {
  if (today.answered === 0) return '今天还没有回应。'
  if (today.medianMinutes === null) return `今天回应了 ${today.answered} 位。`
  if (today.medianMinutes < 1) return `今天回应了 ${today.answered} 位，多半在 1 分钟内。`
  return `今天回应了 ${today.answered} 位，多半在 ${duration(today.medianMinutes)}内。`
}

/** A Chinese character that nothing is added to: found without Intl, which is slow at its first use. */
const plainStart = /^[\u4e00-\u9fff](?=[\u4e00-\u9fff]|$)/

/** The first letter of a name as a person sees it: one whole emoji, one Chinese character. */
export function firstLetter(name: string): string {
  const trimmed = name.trim()
  if (trimmed === '') return '客'
  if (plainStart.test(trimmed)) return trimmed.charAt(0)
  if (typeof Intl.Segmenter !== 'function') return Array.from(trimmed)[0] ?? '客'
  for (const { segment } of new Intl.Segmenter('zh', { granularity: 'grapheme' }).segment(trimmed)) return segment
  return '客'
}

/** Money as people write it: ¥2,680, with decimals only where there are some. */
export function money(fen: number): string {
  const decimals = fen % 100 === 0 ? 0 : 2
  return `¥${(fen / 100).toLocaleString('zh-CN', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })}`
}

/** What somebody typed as an amount, in fen; null when it is none, or has more than two decimals. */
export function fenOf(typed: string): number | null {
  const plain = typed.replace(/[¥￥,，\s]/g, '')
  if (!/^\d{1,6}(\.\d{1,2})?$/.test(plain)) return null
  const fen = Math.round(Number(plain) * 100)
  return fen > 0 ? fen : null
}

/** What became of a customer's share: `3 位朋友打开，1 位成了联系人`. */
export function sharedText({ friends, contacts }: { friends: number; contacts: number }): string {
  return contacts > 0 ? `${friends} 位朋友打开，${contacts} 位成了联系人` : `${friends} 位朋友打开`
}

/** The line under an article: `林小姐 分享了，3 位朋友打开，1 位成了联系人；还有 2 位客户分享了`. */
export function sharersText(sharers: readonly { name: string; friends: number; contacts: number }[], more: number): string {
  const lines = sharers.map((sharer) => `${sharer.name} 分享了，${sharedText(sharer)}`)
  return [...lines, ...(more > 0 ? [`还有 ${more} 位客户分享了`] : [])].join('；')
}

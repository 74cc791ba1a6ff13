import type { CustomerEvent } from './event.ts'
import { compareMarks } from './event-order.ts'
import { wordsOf, type EventWords, type Reader, type Tone } from './event-words.ts'
import { localDay, type WallClock } from './local-time.ts'
import { withoutTwins } from './purchase.ts'
import { durationText, shortened, windowText } from './words.ts'

/** One entry of the timeline, repeats of a day folded. */
export interface TimelineEntry {
  /** Key of the newest event in it. */
  key: string
  at: Date
  mark: string
  tone: Tone
  /** 读《秋冬大衣怎么选》 3 次，共 4 分 20 秒. */
  text: string
  /** How often it happened that day, as the rules count; 0: too close before the next day's, which counts instead. */
  times: number
  /** 你的追踪链接 · 读到 92%. */
  note: string
  /** To members only the day is told: friends' times would tell who they are (share-sight.ts). */
  wholeDay?: true
}

interface Group {
  words: EventWords
  /** Newest first. */
  events: CustomerEvent[]
  /** Arrivals that count, and those that are too close before one that does. */
  counted: number
  tooClose: number
}

/**
 * A timeline in words, newest first. The same thing done again on one local day is one entry, with the seconds read
 * added up. A share shows how many friends opened it, never who. What the rules take for one is one, across midnight too;
 * what lies outside `events` (an earlier page) is not looked at.
 */
export function timelineWords(events: readonly CustomerEvent[], reader: Reader, wall: WallClock): TimelineEntry[] {
  return groupsOf(events, reader, wall).map((group) => entryOf(group, reader))
}

function groupsOf(events: readonly CustomerEvent[], reader: Reader, wall: WallClock): Group[] {
  const groups = new Map<string, Group>()
  const counts = createCountBack(reader)
  for (const event of withoutTwins(events).toSorted((a, b) => compareMarks(b, a))) {
    const words = wordsOf(event, reader)
    if (!words) continue
    const name = words.group === null ? `one ${event.key}` : `${localDay(event.at, wall)} ${words.group}`
    const group = groups.get(name) ?? { words, events: [], counted: 0, tooClose: 0 }
    groups.set(name, group)
    // An arrival knows whose link it was; the time spent, reported later, does not.
    if (group.events.every(({ kind }) => kind === 'read-content')) group.words = words
    group.events.push(event)
    // Time spent is reported beside each arrival: it makes no further time.
    if (event.kind !== 'read-content') group[counts(event, words.group) ? 'counted' : 'tooClose'] += 1
  }
  return [...groups.values()]
}

/** Counts back from the newest as `apart` does, midnight or not: whether an event, told newest first, is one more. */
function createCountBack({ spacings }: Reader) {
  const next = new Map<string, number>()
  return (event: CustomerEvent, group: string | null): boolean => {
    if (group === null) return true
    const at = event.at.getTime()
    if ((next.get(group) ?? Infinity) - at < (spacings?.get(event.kind) ?? 0)) return false
    next.set(group, at)
    return true
  }
}

function entryOf(group: Group, reader: Reader): TimelineEntry {
  const { words, events, counted, tooClose } = group
  const newest = events[0] as CustomerEvent
  const times = counted + tooClose > 0 ? counted : 1
  const { mark, tone } = words
  const text = newest.kind === 'shared-content' ? `${words.text}，${friendsOf(events)} 位朋友打开` : repeated(words.text, times, events)
  return { key: newest.key, at: newest.at, mark, tone, text, times, note: noteOf(group, reader), ...(newest.kind === 'shared-content' ? { wholeDay: true } : {}) }
}

/** Different friends behind share events. */
export function friendsOf(events: readonly CustomerEvent[]): number {
  return new Set(events.flatMap((event) => (event.kind === 'shared-content' ? [event.friend] : []))).size
}

/** 另有 1 次隔不到 1 分钟，不计: why a phone rang for the third time while it was opened four times. */
function tooCloseText({ events, counted, tooClose }: Group, { spacings }: Reader): string[] {
  const arrival = events.find(({ kind }) => kind !== 'read-content')
  const spacingMs = (arrival && spacings?.get(arrival.kind)) ?? 0
  if (tooClose === 0) return []
  return [counted > 0 ? `另有 ${tooClose} 次隔不到 ${windowText(spacingMs)}，不计` : `与次日的那次隔不到 ${windowText(spacingMs)}，算作一次`]
}

function repeated(text: string, times: number, events: readonly CustomerEvent[]): string {
  const seconds = events.reduce((sum, event) => sum + (event.kind === 'read-content' ? event.seconds : 0), 0)
  const often = times > 1 ? `${text} ${times} 次` : text
  if (seconds === 0) return often
  const section = deepestSection(events)
  return `${often}，${times > 1 ? '共 ' : ''}${durationText(seconds)}${section ? `，看到「${shortened(section, 20)}」` : ''}`
}

/** The heading that was reached where somebody read furthest. */
function deepestSection(events: readonly CustomerEvent[]): string | null {
  const told = events.flatMap((event) => (event.kind === 'read-content' && event.section ? [{ section: event.section, percent: event.percent }] : []))
  const furthest = Math.max(...told.map(({ percent }) => percent))
  return told.find(({ percent }) => percent === furthest)?.section ?? null
}

/** How each opening told who it was. */
function knownBy(events: readonly CustomerEvent[], { staffId }: Reader): string[] {
  const ways = new Set(events.flatMap((event) => (event.kind === 'opened-content' ? [event.via] : [])))
  const toMember = { oauth: '微信授权认出', cookie: 'Cookie 认出' } as const
  const toCustomer = { oauth: '通过微信登录认出您', cookie: '通过您的浏览器认出您' } as const
  const texts = staffId === null ? toCustomer : toMember
  return ways.size > 0 ? [[...ways].toSorted().reverse().map((way) => texts[way]).join('、')] : []
}

function noteOf(group: Group, reader: Reader): string {
  const { words, events } = group
  const percent = Math.max(0, ...events.map((event) => (event.kind === 'read-content' ? event.percent : 0)))
  // Only to the customer: beside a sharer's counts it would tell a member who is whose friend (share-sight.ts).
  const viaShare = reader.staffId === null && events.some((event) => event.kind === 'opened-content' && event.viaShare)
  // A day without a time would read as a mistake.
  const isUntimed = reader.staffId !== null && events.some(({ kind }) => kind === 'shared-content')
  return [...words.facts, ...(isUntimed ? ['只说哪天，不说几点'] : []), ...knownBy(events, reader), ...(viaShare ? ['从朋友的分享打开'] : []), ...(percent > 0 ? [`读到 ${Math.round(percent)}%`] : []), ...tooCloseText(group, reader)].join(' · ')
}

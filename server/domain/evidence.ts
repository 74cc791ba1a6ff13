import type { EvidenceLine } from './alert.ts'
import { apart } from './apart.ts'
import { alertTitle, countedThing } from './alert-title.ts'
import type { CustomerEvent } from './event.ts'
import { compareMarks } from './event-order.ts'
import { wordsOf, type Reader } from './event-words.ts'
import type { WallClock } from './local-time.ts'
import type { Rule } from './rule.ts'
import type { SignalEvents } from './signal-events.ts'
import { itemsOf } from './subject.ts'
import { friendsOf, timelineWords } from './timeline-words.ts'
import { articleText, moneyText, shortened, windowText } from './words.ts'

/** So many lines a card and the why-now card show. */
export const mostLines = 3

const dayMs = 24 * 60 * 60 * 1000
/** Other behaviour older than this, counted back from the cause, is no reason to speak up now. */
export const recentMs = 7 * dayMs

/** What is worth a line beside the cause: not relations, not steps of an order that is under way. */
const telling: ReadonlySet<CustomerEvent['kind']> = new Set<CustomerEvent['kind']>([
  'followed-account', 'sent-message', 'opened-content', 'read-content', 'shared-content', 'view-item', 'favourite-item', 'add-to-cart',
  'checkout', 'order', 'search', 'claim-coupon', 'order-created', 'order-paid', 'paid', 'refunded', 'bought-in-store', 'returned-in-store', 'tapped-menu',
  'refund-asked', 'complained', 'asked-about-item', 'asked-about-order', 'used-coupon',
])

/** Whether an event is worth telling a salesperson at all. */
export function isTelling(event: CustomerEvent): boolean {
  return telling.has(event.kind)
}

/**
 * At most three lines, newest first: the cause in its full context (unless the title has said all of it), then other
 * recent behaviour, folded, then earlier repetitions. Only stored facts; what an event does not tell is absent.
 */
export function evidenceLines(
  rule: Rule,
  seen: SignalEvents,
  events: readonly CustomerEvent[],
  reader: Reader,
  wall: WallClock,
): EvidenceLine[] {
  const { cause } = seen
  if (!cause) return []
  const ownText = causeText(rule, seen, cause, reader)
  const isSaid = rule.shape === 'single' && alertTitle(rule, seen).includes(ownText)
  const own = isSaid ? [] : [{ at: cause.at, text: ownText }]
  const others = otherLines(cause, seen, events, reader, wall)
  const earlier = earlierLines(rule, seen, cause)
  const chosen = [...own, ...others, ...earlier].slice(0, mostLines)
  return chosen.toSorted((a, b) => b.at.getTime() - a.at.getTime())
}

/** Lines for events told without a rule, as in a briefing: folded, newest first. */
export function tellingLines(events: readonly CustomerEvent[], reader: Reader, wall: WallClock): EvidenceLine[] {
  const entries = timelineWords(events.filter(isTelling), reader, wall)
  const prices = new Map(events.map((event) => [event.key, priceText(event)]))
  return entries.map(({ at, text, key }) => ({ at, text: withPrice(text, prices.get(key) ?? null) }))
}

function causeText(rule: Rule, { counted, count }: SignalEvents, cause: CustomerEvent, reader: Reader): string {
  const alone = withPrice(wordsOf(cause, reader)?.text ?? rule.names.zh, priceText(cause))
  if (rule.shape !== 'counting') return alone
  if (cause.kind === 'shared-content') return `把${articleText(cause.title)}分享给朋友，${friendsOf(counted)} 位朋友打开`
  if (rule.distinct) return comparedText(counted, count)
  return `${windowText(rule.windowMs)}内第 ${count} 次${countedThing(cause)}`
}

function comparedText(counted: readonly CustomerEvent[], count: number): string {
  const titles = counted.flatMap(itemsOf).flatMap(({ title }) => (title ? [title] : []))
  const names = [...new Set(titles)].slice(0, 2).map((title) => `「${shortened(title, 14)}」`)
  return names.length > 0 ? `看了${names.join('')}等 ${count} 款` : `看了 ${count} 款不同的商品`
}

function otherLines(cause: CustomerEvent, seen: SignalEvents, events: readonly CustomerEvent[], reader: Reader, wall: WallClock) {
  const own = new Set(seen.counted.flatMap((event) => wordsOf(event, reader)?.group ?? []))
  const from = cause.at.getTime() - recentMs
  const others = events
    .filter((event) => event.key !== cause.key && event.at.getTime() > from)
    .filter((event) => !own.has(wordsOf(event, reader)?.group ?? ''))
  return tellingLines(others.toSorted(compareMarks), reader, wall)
}

/** 第 2 次, 第 1 次: when the earlier ones were. */
function earlierLines(rule: Rule, { counted, count }: SignalEvents, cause: CustomerEvent): EvidenceLine[] {
  const each = rule.shape === 'counting' ? apart(counted, rule.spacingMs) : counted
  if (each.length < 2 || cause.kind === 'shared-content' || each.length !== count) return []
  return each
    .map(({ at }, index) => ({ at, text: `第 ${count - index} 次${countedThing(cause)}` }))
    .filter((_, index) => index > 0)
}

function withPrice(text: string, price: string | null): string {
  if (price === null) return text
  return text.endsWith('」') ? `${text}${price}` : `${text} ${price}`
}

function priceText(event: CustomerEvent): string | null {
  if (event.kind === 'order-paid' || event.kind === 'order-created' || event.kind === 'paid' || event.kind === 'refunded' || event.kind === 'refund-asked' || event.kind === 'bought-in-store') return event.amount === null ? null : moneyText(event.amount)
  const price = event.kind === 'add-to-cart' || event.kind === 'view-item' ? event.item?.price : undefined
  return price === undefined ? null : moneyText(price)
}

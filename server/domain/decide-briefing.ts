import type { Alert } from './alert.ts'
import { itemName } from './alert-title.ts'
import { apart } from './apart.ts'
import { customerNameFor, readerOf, type AlertWording } from './decide-alert.ts'
import type { CustomerEvent } from './event.ts'
import { compareMarks } from './event-order.ts'
import type { Reader } from './event-words.ts'
import { isTelling, mostLines, tellingLines } from './evidence.ts'
import { wallClock } from './local-time.ts'
import type { Contact, Follow } from './person.ts'
import { greetingAt, openersFor } from './sentences.ts'
import { subjectOf } from './subject.ts'
import { articleText, shortened } from './words.ts'

/** What becomes visible later is told only while it is this young. */
const laterUpToMs = 7 * 24 * 60 * 60 * 1000

/** added: just became a contact; inherited: taken over from a colleague; found: known already, recognised only now. */
export type Occasion = 'added' | 'inherited' | 'found'

export interface BriefingQuestion {
  contact: Contact
  /** The member who is briefed. */
  follow: Follow
  staffName: string | null
  occasion: Occasion
  /** What the customer did before, in any order. */
  events: readonly CustomerEvent[]
  /** Earlier briefings about this customer. */
  toldBefore: readonly { eventKeys: readonly string[] }[]
  now: Date
}

export type BriefingDecision = { alert: Alert } | { alert: null; because: 'nothing-to-tell' }

/**
 * One message instead of many: what happened before the customer was hers (C2). The alert's `eventKeys` are all events
 * it stands for, so that none of them is told again. Nothing worth telling, or nothing new: no message.
 */
export function decideBriefing(question: BriefingQuestion, wording: AlertWording): BriefingDecision {
  const { events, toldBefore, occasion, now } = question
  const told = new Set(toldBefore.flatMap(({ eventKeys }) => eventKeys))
  const from = occasion === 'found' ? now.getTime() - laterUpToMs : -Infinity
  const fresh = events
    .filter((event) => !told.has(event.key) && event.at.getTime() > from)
    .toSorted((a, b) => compareMarks(b, a))
  const newest = fresh.find(isTelling)
  return newest ? { alert: briefing(question, fresh, newest, wording) } : { alert: null, because: 'nothing-to-tell' }
}

const leads: Readonly<Record<Occasion, { tag: string; lead: string }>> = {
  added: { tag: '新加客户', lead: '刚加上的客户' },
  inherited: { tag: '接手客户', lead: '刚接手的客户' },
  found: { tag: '刚认出', lead: '刚认出来的客户' },
}

function briefing(question: BriefingQuestion, fresh: readonly CustomerEvent[], newest: CustomerEvent, wording: AlertWording): Alert {
  const { contact, follow, staffName, occasion, now } = question
  const { tag, lead } = leads[occasion]
  const customer = customerNameFor(contact, follow)
  const wall = wallClock(wording.timeZone)
  const facts = { customer, staff: staffName, item: null, article: null, category: null }
  const reader = readerOf(follow, wording)
  return {
    key: `briefing|${follow.staffId}|${newest.key}`,
    rule: 'briefing',
    subject: follow.staffId,
    externalUserId: contact.externalUserId,
    customerName: customer,
    owner: follow.staffId,
    tag,
    title: `${lead}，${bestFact(fresh.filter(isTelling), reader)}`,
    evidence: tellingLines(fresh, reader, wall).slice(0, mostLines),
    openers: openersFor(wording.sentences, 'briefing', facts, greetingAt(now, wall)),
    items: [],
    eventKeys: fresh.map(({ key }) => key).toReversed(),
    urgency: fresh.some(({ kind }) => kind === 'sent-message' || kind === 'add-to-cart') ? 'now' : 'later',
    direct: false,
    rings: true,
    at: now,
    raisedAt: now,
    dueAt: null,
    state: 'queued',
    history: [{ state: 'queued', at: now, reason: 'raised' }],
    messageId: null,
  }
}

/** The strongest thing there is to say, 之前读过 3 次《秋冬大衣怎么选》. */
function bestFact(newestFirst: readonly CustomerEvent[], reader: Reader): string {
  for (const fact of facts) {
    const text = fact(newestFirst, reader)
    if (text) return text
  }
  return '之前来过'
}

type Fact = (newestFirst: readonly CustomerEvent[], reader: Reader) => string | null

const facts: readonly Fact[] = [
  (events, { officialAccount }) => {
    const asked = events.find((event) => event.kind === 'sent-message' && event.text?.trim())
    if (asked?.kind !== 'sent-message' || !asked.text) return null
    const where = asked.who.kind === 'openid' && asked.who.appId === officialAccount ? '在公众号' : ''
    return `之前${where}问过「${shortened(asked.text, 20)}」`
  },
  (events) => named(events, 'order-paid', '之前买过', '之前买过东西') ?? named(events, 'paid', '之前买过', '之前买过东西'),
  (events) => named(events, 'add-to-cart', '之前加购过', '之前加购过商品'),
  (events) => {
    const share = events.find((event) => event.kind === 'shared-content')
    return share?.kind === 'shared-content' ? `之前分享过${articleText(share.title)}` : null
  },
  readFact,
  (events) => named(events, 'favourite-item', '之前收藏过', '之前收藏过商品'),
  (events) => {
    const items = new Set(events.flatMap((event) => (event.kind === 'view-item' ? (subjectOf(event).object ?? []) : [])))
    return items.size > 1 ? `之前看过 ${items.size} 款商品` : named(events, 'view-item', '之前看过', '之前看过商品')
  },
  (events) => {
    const search = events.find((event) => event.kind === 'search' && event.text)
    return search?.kind === 'search' && search.text ? `之前在商城搜过「${shortened(search.text, 16)}」` : null
  },
  (events) => (events.some(({ kind }) => kind === 'followed-account') ? '之前关注了公众号' : null),
]

function named(events: readonly CustomerEvent[], kind: CustomerEvent['kind'], verb: string, bare: string): string | null {
  const found = events.find((event) => event.kind === kind)
  if (!found) return null
  const name = itemName(found, '')
  return name ? `${verb}${name}` : bare
}

/** The article read most often; several read once each are counted. */
function readFact(newestFirst: readonly CustomerEvent[], { spacings }: Reader): string | null {
  const opens = newestFirst.filter((event) => event.kind === 'opened-content')
  const ids = [...new Set(opens.map(({ contentId }) => contentId))]
  const articles = ids.map((id) => apart(opens.filter(({ contentId }) => contentId === id), spacings?.get('opened-content') ?? 0))
  const most = articles.toSorted((a, b) => b.length - a.length)[0]
  const title = most?.[0]?.title
  if (!most || title === undefined) return null
  if (most.length > 1) return `之前读过 ${most.length} 次${articleText(title)}`
  return articles.length > 1 ? `之前读过 ${articles.length} 篇文章` : `之前读过${articleText(title)}`
}

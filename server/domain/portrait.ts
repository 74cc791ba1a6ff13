import { categoryName, itemName } from './alert-title.ts'
import type { CustomerEvent } from './event.ts'
import { sourceText, type Reader } from './event-words.ts'
import { ordersOf, spentOf } from './orders.ts'
import type { Contact, Follow } from './person.ts'
import { addWayText } from './add-way.ts'
import { codePlaceText } from './contact-code.ts'
import { itemsOf } from './subject.ts'
import { moneyText, shortened } from './words.ts'

/** What a portrait tells, in its order on the page. */
export type PortraitFieldId = 'gender' | 'origin' | 'first-seen' | 'interests' | 'spending' | 'size' | 'budget'

/** How a field is known: told by WeCom, said by the customer, ordered, shown by what they did. */
export type PortraitOrigin = 'wecom' | 'said' | 'ordered' | 'showed'

/** One field with where it comes from and when; `value` null: unknown, and never guessed. */
export interface PortraitField {
  id: PortraitFieldId
  label: string
  value: string | null
  /** In words, 自己说的：「我穿 M 码」; null when unknown. */
  because: string | null
  origin: PortraitOrigin | null
  at: Date | null
}

export interface PortraitQuestion {
  contact: Contact
  /** The relation of the member who looks; null: a manager. */
  follow: Follow | null
  /** Whatever the customer did, in any order. */
  events: readonly CustomerEvent[]
  reader: Reader
  now: Date
}

type Known = Pick<PortraitField, 'value' | 'because' | 'origin' | 'at'>

const unknown: Known = { value: null, because: null, origin: null, at: null }

const labels: Readonly<Record<PortraitFieldId, string>> = {
  gender: '性别',
  origin: '来源',
  'first-seen': '第一次来',
  interests: '感兴趣',
  spending: '消费',
  size: '尺码',
  budget: '预算',
}

const finders: Readonly<Record<PortraitFieldId, (question: PortraitQuestion) => Known>> = {
  gender: genderOf,
  origin: originOf,
  'first-seen': firstSeenOf,
  interests: interestsOf,
  spending: spendingOf,
  size: ({ events }) => saidOf(events, sizePattern, (found) => `${found.toUpperCase()} 码`),
  budget: ({ events }) => saidOf(events, budgetPattern, (found) => moneyText(Number(found) * 100)),
}

/** What is known of a customer, each with its origin and date. Pure; nothing is inferred from nothing. */
export function portraitOf(question: PortraitQuestion): readonly PortraitField[] {
  return (Object.keys(labels) as PortraitFieldId[]).map((id) => ({ id, label: labels[id], ...finders[id](question) }))
}

function genderOf({ contact }: PortraitQuestion): Known {
  if (!contact.gender) return unknown
  return { value: contact.gender === 'female' ? '女' : '男', because: '企业微信里的资料', origin: 'wecom', at: contact.readAt }
}

/** How this member got to know them, with the channel's own word where a contact way was used; ours say where they stand. */
function originOf({ contact, follow, events }: PortraitQuestion): Known {
  const known = follow ?? contact.follows.find(({ ended }) => ended === null) ?? null
  const way = known && addWayText(known.addWay)
  const state = known?.contactWay ?? null
  const place = codePlaceText(state, titleOfCode(state, events))
  const channel = place === null && state !== null ? `渠道 ${shortened(state, 30)}` : null
  const value = place ?? [way, channel].filter((part) => part !== null).join(' · ')
  return known && value ? { value, because: '企业微信的好友关系', origin: 'wecom', at: known.since } : unknown
}

/** Of the article that a code of ours stands on, as the timeline was told it. */
function titleOfCode(state: string | null, events: readonly CustomerEvent[]): string | null {
  const added = events.find((event) => 'contactWay' in event && event.contactWay === state && 'codeOf' in event)
  return added && 'codeOf' in added ? (added.codeOf ?? null) : null
}

function firstSeenOf({ contact, events, reader }: PortraitQuestion): Known {
  const first = events.reduce<CustomerEvent | null>((least, event) => (least === null || event.at < least.at ? event : least), null)
  const since = contact.follows.reduce<Date | null>((least, follow) => (least === null || follow.since < least ? follow.since : least), null)
  if (first && (since === null || first.at < since)) return { value: sourceText(first, reader), because: '最早的一条动态', origin: 'showed', at: first.at }
  return since ? { value: '加了好友', because: '企业微信的好友关系', origin: 'wecom', at: since } : unknown
}

const interestMs = 180 * 24 * 60 * 60 * 1000
/** One view is no interest: three are, or one thing put in the basket, marked or bought. */
const leastPoints = 3
const points: Partial<Readonly<Record<CustomerEvent['kind'], number>>> = {
  'view-item': 1,
  'favourite-item': 3,
  'add-to-cart': 3,
  'order-paid': 3,
  'bought-in-store': 3,
  'asked-about-item': 3,
}
const mostInterests = 3

/** What was done with things, as the page says it, strongest first. */
const deeds: readonly { verb: string; kinds: readonly CustomerEvent['kind'][] }[] = [
  { verb: '买过', kinds: ['order-paid', 'bought-in-store'] },
  { verb: '加购', kinds: ['add-to-cart'] },
  { verb: '收藏', kinds: ['favourite-item'] },
  { verb: '问过', kinds: ['asked-about-item'] },
]
/** So many things are named per deed. */
const mostNamed = 2

interface Interest {
  name: string
  points: number
  /** What it was concluded from. */
  from: CustomerEvent[]
  at: Date
}

function interestsOf({ events, now }: PortraitQuestion): Known {
  const interests = new Map<string, Interest>()
  for (const event of events) {
    const worth = points[event.kind]
    const name = worth ? nameOf(event) : null
    if (!worth || !name || now.getTime() - event.at.getTime() > interestMs) continue
    const known = interests.get(name)
    interests.set(name, {
      name,
      points: (known?.points ?? 0) + worth,
      from: [...(known?.from ?? []), event],
      at: known && known.at > event.at ? known.at : event.at,
    })
  }
  const best = [...interests.values()].filter((one) => one.points >= leastPoints).toSorted((a, b) => b.points - a.points || b.at.getTime() - a.at.getTime()).slice(0, mostInterests)
  const [first] = best
  if (!first) return unknown
  const at = best.reduce((latest, one) => (one.at > latest ? one.at : latest), first.at)
  const from = best.flatMap((one) => one.from)
  const views = from.filter(({ kind }) => kind === 'view-item').length
  const because = [...deeds.flatMap((deed) => deedText(deed, from)), ...(views > 0 ? [`近半年看过 ${views} 次`] : [])].join('，')
  return { value: best.map(({ name }) => name).join('、'), because, origin: 'showed', at }
}

/** 加购「羊绒大衣 驼色」, 收藏「围巾」「手套」等 3 件; the mall's bare id is no name. */
function deedText({ verb, kinds }: (typeof deeds)[number], events: readonly CustomerEvent[]): string[] {
  const done = events.filter(({ kind }) => kinds.includes(kind)).toSorted((a, b) => b.at.getTime() - a.at.getTime())
  if (done.length === 0) return []
  const names = [...new Set(done.flatMap(itemsOf).flatMap(({ title }) => (title ? [shortened(title, 16)] : [])))]
  const shown = names.slice(0, mostNamed).map((name) => `「${name}」`).join('')
  return [`${verb}${shown || '了商品'}${names.length > mostNamed ? `等 ${names.length} 件` : ''}`]
}

/** The category as people say it, else the thing itself. */
function nameOf(event: CustomerEvent): string | null {
  return categoryName(event) ?? (itemName(event, '') || null)
}

function spendingOf({ events }: PortraitQuestion): Known {
  const { fen, count, last } = spentOf(ordersOf(events))
  if (!last) return unknown
  return { value: `${moneyText(fen)}，${count} 笔`, because: '付过款的订单，减去退款', origin: 'ordered', at: last.paidAt }
}

/** 我穿 M 码, 要38号的, 拿 XL 的码. Only where the customer speaks of wearing or wanting it. */
const sizePattern = /(?:穿|要|拿|尺码是?|码数是?)\s*(X{0,3}[SML]|\d?XL|3[2-9]|4[0-8]|1[5-9]\d|2[0-9]{2})\s*(?:码|号)/iu
/** 预算 3000, 预算两千 is left unread: only digits are sure. */
const budgetPattern = /预算(?:大概|大约|在|是|：|:)?\s*(\d{2,6})(?!\d)/u

function saidOf(events: readonly CustomerEvent[], pattern: RegExp, word: (found: string) => string): Known {
  const newestFirst = events.toSorted((a, b) => b.at.getTime() - a.at.getTime())
  for (const event of newestFirst) {
    if (event.kind !== 'sent-message' || !event.text) continue
    const found = pattern.exec(event.text)?.[1]
    if (found) return { value: word(found), because: `自己说的：「${shortened(event.text, 24)}」`, origin: 'said', at: event.at }
  }
  return unknown
}

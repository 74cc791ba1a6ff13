import type { EventKind } from './event.ts'
import type { Bilingual } from './notice.ts'

/** Kinds of data that have a period of their own, in days of the Clock. */
export type RetentionKind =
  | 'strangers'
  | 'events'
  | 'purchases'
  | 'payments'
  | 'locked'
  | 'signals'
  | 'alerts'
  | 'messages'
  | 'briefings'
  | 'follow-ups'
  | 'notes'
  | 'observations'
  | 'inbox-handled'
  | 'inbox-unrecognised'
  | 'inbox-left'
  | 'webhooks'
  | 'notices'
  | 'refusals'

/** Kinds that are removed by their own date, one document at a time; strangers go as a whole, and so do the words of one identity. */
export type DatedKind = Exclude<RetentionKind, 'strangers' | 'notices' | 'refusals'>

/** One line of the table. */
export interface Period {
  kind: RetentionKind
  /** What the brand gets without choosing, and between what it may choose. */
  days: number
  least: number
  most: number
  /** What it is, and from when its days count. */
  what: Bilingual
  /** Told to the customer, in their words; null: says nothing about them that another line does not say. */
  toCustomer: string | null
}

/**
 * The one table. `least` is what alerts, rules and resends need, and for purchases what the law asks (电子商务法 第三十一条:
 * three years from the deal); `most` keeps a slip of the finger from keeping everything for ever.
 */
export const periods: readonly Period[] = [
  period('strangers', 90, 7, 365, '没有导购的客人：最后一次活动起，连同一切', 'people without a salesperson: all of it, from their last activity', '没有导购为您服务时，您的全部记录（从最后一次往来算起）'),
  period('events', 730, 30, 1095, '客户动态：发生时起', 'timeline: from when it happened', '浏览、阅读、加购、消息等动态'),
  period('purchases', 1095, 1095, 3650, '动态里的订单与付款：发生时起（法定至少三年）', 'orders and payments in the timeline: from when they happened (three years by law)', '订单和付款记录（法律要求至少三年）'),
  period('payments', 1095, 1095, 3650, '收款单：创建时起（法定至少三年）', 'payments asked for: from creation (three years by law)', null),
  period('locked', 1095, 1095, 3650, '已删除客人的订单与付款（锁存、不含姓名）：锁存时起', 'orders and payments of erased people, locked away without names: from locking', null),
  period('signals', 365, 30, 1095, '规则触发：触发时起', 'signals of the rules: from when they fired', null),
  period('alerts', 365, 30, 1095, '提醒：产生时起', 'alerts: from when they were made', '给导购的提醒'),
  period('messages', 180, 7, 1095, '发给导购的消息：生成时起', 'messages to salespeople: from when they were made', null),
  period('briefings', 365, 30, 1095, '加好友简报：发出时起', 'briefings: from when they were told', null),
  period('follow-ups', 730, 30, 1095, '跟进记录：发生时起', 'follow-ups: from when they happened', '导购的跟进记录'),
  period('notes', 730, 180, 1095, '导购的备注和约好的提醒：写下时起', 'notes and reminders of salespeople: from when they were written', '导购写下的备注'),
  period('observations', 730, 30, 1095, '腾讯接口的回答：得到时起', 'answers of Tencent: from when they came', null),
  period('inbox-handled', 90, 7, 90, '已处理的原始报文：收到时起', 'handled messages as they came: from receipt', '系统收到的原始消息'),
  period('inbox-unrecognised', 90, 7, 90, '用不上的原始报文：收到时起', 'messages we have no use for: from receipt', null),
  period('inbox-left', 365, 30, 730, '搁置待查的原始报文：收到时起', 'messages set aside or stuck: from receipt', null),
  period('webhooks', 90, 2, 90, '发给其他系统的记录：产生时起', 'log of webhooks sent: from when they were made', null),
  period('notices', 365, 30, 1095, '没有留下任何记录的客人：看过的告知、给过的同意，最后一次起', 'notices and consent of people of whom nothing else is noted: from the last of them', null),
  period('refusals', 1095, 365, 3650, '没有留下任何记录的客人：说过的不同意（记着才能不记录），最后一次起', 'the no of people of whom nothing else is noted, which keeps it so: from the last word', null),
]

/** What has no days of its own, and when it goes. */
export const alongWith: readonly { what: Bilingual; until: Bilingual }[] = [
  {
    what: { zh: '身份与关联、规则记忆、分享链、告知与同意、联系人', en: 'identities and joins, rule memory, share chains, notices and consent, contacts' },
    until: { zh: '随客人一起删除', en: 'with the person' },
  },
  {
    what: { zh: '公众号关注名单', en: 'who follows the account' },
    until: { zh: '取消关注后随客人一起删除', en: 'with the person, once they unfollow' },
  },
  {
    what: { zh: '删除与暂停的带密钥摘要、已用过的告知文字', en: 'keyed hashes of who paused or was erased; the notices that were in use' },
    until: { zh: '一直保留，看不出是谁', en: 'kept; they name nobody' },
  },
  { what: { zh: '转给原有系统的回调', en: 'callbacks passed on to the system that had the address before' }, until: { zh: '7 天', en: '7 days' } },
  { what: { zh: '页面实时通知', en: 'live news of open pages' }, until: { zh: '一小时', en: 'an hour' } },
  {
    what: { zh: '还没报上来的阅读时长（只在客人自己的手机里）', en: "reading time not reported yet (on the reader's own phone only)" },
    until: { zh: '下次打开文章时，最多 20 条', en: 'the next article that is opened, 20 reports at most' },
  },
  {
    what: { zh: '文章、图片、海报用的二维码（不指向客人）', en: 'articles, pictures and the codes on them (they name no customer)' },
    until: { zh: '一直保留', en: 'kept' },
  },
  { what: { zh: '微信网页里的身份 Cookie', en: 'the cookie that knows a reader' }, until: { zh: '最多三十天', en: 'thirty days at most' } },
]

/** Days per kind, as the brand has them. */
export type RetentionDays = Readonly<Record<RetentionKind, number>>

/** The table's own days. */
export const usualDays = Object.fromEntries(periods.map(({ kind, days }) => [kind, days])) as RetentionDays

/** Whether the law obliges to keep it: what was bought, paid, asked back and given back. */
const isPurchase: Readonly<Record<EventKind, boolean>> = {
  'order-created': true,
  'order-paid': true,
  'order-cancelled': true,
  'order-delivered': true,
  'order-received': true,
  'order-settled': true,
  'bought-in-store': true,
  'returned-in-store': true,
  paid: true,
  refunded: true,
  'refund-failed': true,
  'refund-asked': true,
  'refund-closed': true,
  complained: true,
  'followed-account': false,
  'unfollowed-account': false,
  'tapped-menu': false,
  'opened-menu-link': false,
  'scanned-code': false,
  'sent-message': false,
  'opened-content': false,
  'read-content': false,
  'shared-content': false,
  'view-item': false,
  'favourite-item': false,
  'add-to-cart': false,
  'remove-from-cart': false,
  checkout: false,
  order: false,
  search: false,
  'claim-coupon': false,
  'view-page': false,
  share: false,
  'asked-about-order': false,
  'asked-about-item': false,
  'used-coupon': false,
  'coupon-expired': false,
  'coupon-returned': false,
  'became-sharer': false,
  'left-sharers': false,
  'became-member': false,
  'half-added-contact': false,
  'edited-contact': false,
  'became-contact': false,
  'removed-by-staff': false,
  'removed-by-customer': false,
  'contact-transfer-failed': false,
}

/** Kinds of events whose period is that of `events`, and that of `purchases`. */
export const eventKindsOf: Readonly<Record<'events' | 'purchases', readonly EventKind[]>> = {
  events: (Object.keys(isPurchase) as EventKind[]).filter((kind) => !isPurchase[kind]),
  purchases: (Object.keys(isPurchase) as EventKind[]).filter((kind) => isPurchase[kind]),
}

const dayMs = 86_400_000

/** What is older than this has had its time. */
export function endOf(kind: RetentionKind, days: RetentionDays, now: Date): Date {
  return new Date(now.getTime() - days[kind] * dayMs)
}

/** What is wrong with the days: outside their bounds, or shorter than what the rules look back. */
export function problemsOfDays(days: RetentionDays, longestWindowMs: number): string[] {
  const outside = periods.flatMap(({ kind, least, most }) => {
    const given = days[kind]
    return Number.isInteger(given) && given >= least && given <= most ? [] : [`${kind} must be whole days from ${least} to ${most}`]
  })
  const needed = Math.ceil(longestWindowMs / dayMs) + 1
  const short = (['events', 'signals', 'strangers'] as const).flatMap((kind) =>
    days[kind] < needed ? [`${kind} must be at least ${needed} days: the rules look back that far`] : [],
  )
  return [...outside, ...short]
}

/** What one daily run removed: how many documents of each kind, persons for `strangers`. */
export interface RetentionRun {
  at: Date
  removed: Readonly<Record<RetentionKind, number>>
}

function period(kind: RetentionKind, days: number, least: number, most: number, zh: string, en: string, toCustomer: string | null): Period {
  return { kind, days, least, most, what: { zh, en }, toCustomer }
}

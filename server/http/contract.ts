/**
 * The shapes that cross the wire between server and pages. Types only: all that the pages see of the server.
 * Times are Unix milliseconds on the server's clock; money is fen. `now` in an answer is the server's now.
 */

/** Every error answer: `{ "error": { "code", "message" } }`. `message` is a Chinese sentence for people. */
export interface ErrorAnswer {
  error: { code: ErrorCode; message: string; details?: Record<string, string> }
}

export type ErrorCode =
  | 'signed-out' // 401: no or expired session; go to GET /api/session?return=…
  | 'not-a-member' // 403: the visitor is not a member of the company
  | 'outside-visible-range' // 403
  | 'not-my-customer' // 403; details.owner names the owner only to a present or former follow user
  | 'erased' // 403: the customer had everything erased; what the page has kept of them must go
  | 'no-contact-right' // 502: the app lacks the customer-contact right (48002)
  | 'not-set-up' // 502, at the sign-in 403: Tencent refuses because of a setting; operators are told which, and its fix
  | 'not-your-note' // 403: a colleague's note or reminder
  | 'not-in-this-chat' // 403: a group of which the member is not
  | 'operators-only' // 403
  | 'managers-only' // 403
  | 'wrong-origin' // 403
  | 'not-found' // 404
  | 'wrong-method' // 405
  | 'bad-request' // 400; message names the field and the rule
  | 'conflict' // 409
  | 'payment-refused' // 502: WeChat Pay would not take the payment; message says why, as far as it told
  | 'too-large' // 413
  | 'too-many' // 429, with Retry-After in seconds
  | 'unavailable' // 503: the store, or Tencent, does not answer
  | 'internal' // 500

/** GET /api/session (Accept: application/json). */
export interface SessionView {
  now: number
  staff: { id: string; name: string | null; operator: boolean; manager: boolean }
  weCom: { corpId: string; agentId: number }
  /** Minutes after which 稍后 brings an alert back. */
  laterMinutes: number
  /** TZ_STORE, the zone in which the pages tell times; Asia/Shanghai when absent. */
  timeZone?: string
  /** Whether payments can be asked for: a merchant is configured. */
  payments?: boolean
  /** What the readable cookie of this member says; the pages bind to it what they keep on the device. */
  mark?: string
}

export type AlertStateView =
  | 'queued' | 'held' | 'merged' | 'sent' | 'sent-unconfirmed' | 'refused' | 'opened'
  | 'acted' | 'snoozed' | 'not-useful' | 'retracted' | 'superseded' | 'expired'

export interface EvidenceView {
  at: number
  text: string
}

export interface AlertView {
  key: string
  customer: { id: string; name: string; avatar: string | null }
  /** Two to four characters: 加购未下单. */
  tag: string
  /** Why now, without the name: 加购了羊绒大衣，还没下单. */
  title: string
  evidence: EvidenceView[]
  /** Proposed first sentences, three or more. */
  openers: string[]
  urgency: 'now' | 'later'
  at: number
  state: AlertStateView
  /** When 稍后 brings it back. */
  dueAt: number | null
  /** Whose alert it is, where it is not the signed-in member's: a manager looks on. */
  ownerName?: string
  /** How the phone was or was not rung, in words: 已送达 20:31, 合并在上一条提醒里, 21:00 后不打扰，明早 09:00 一起告诉你. */
  fate: string
}

/** GET /api/customers/:externalUserId?before=<ms>. Opening it marks the shown alerts as opened. */
export interface CustomerView {
  now: number
  customer: {
    id: string
    name: string
    avatar: string | null
    /** When the owner's relation began. */
    since: number | null
    /** 门店扫码添加, in words; null when WeCom does not tell. */
    addedBy: string | null
    /** True when the signed-in member is the one we alert. */
    mine: boolean
    ownerName: string | null
  }
  /** Whether anything but WeCom is known of this customer; false shows the sentence "customer not linked yet". */
  linked: boolean
  /** A manager looks on: nothing can be sent, answered or asked to be paid. */
  readOnly: boolean
  /** paused: the customer wants nothing noted for now; `timeline` is from before. Absent in views kept by older pages. */
  recording?: 'on' | 'paused'
  /** Open alerts, most urgent and newest first; the first one is the why-now card. */
  alerts: AlertView[]
  timeline: TimelineView[]
  /** Pass as `before` for older entries; null at the end. */
  older: number | null
  /** Reminders about the customer that are still to ring, earliest first; absent in views kept by older pages. */
  reminders?: ReminderView[]
  /** Date of the last follow-up we know of (跟进中, or something sent from our pages). */
  lastFollowUp: number | null
}

/** One entry, repeats folded by the server: 读《…》 3 次，共 4 分 20 秒. */
export interface TimelineView {
  key: string
  at: number
  /** One character for the round mark: 袋 读 搜 享 关 问 付 看 藏 券 … */
  mark: string
  tone: 'hot' | 'brand' | 'ok' | 'gold' | 'plain'
  text: string
  /** 3 when folded. */
  times: number
  /** Small print: ¥2,680 · 小程序商城上报. */
  note: string
  /** Only the day is told, by its beginning in `at`. */
  wholeDay?: true
}

/**
 * GET /api/alerts?filter=open|following|done|all&scope=mine|team. `team` (managers): of the members of the departments that
 * the manager leads; nothing is marked as opened.
 */
export interface InboxView {
  now: number
  staff: { id: string; name: string | null }
  alerts: AlertView[]
  counts: { open: number; following: number; done: number }
  /** The member's own reminders that are still to ring, earliest first; none with `team`. Absent in lists kept by older pages. */
  reminders?: InboxReminderView[]
  /** Today so far; `medianMinutes` null when nothing was answered yet. */
  today: { answered: number; medianMinutes: number | null }
}

/** POST /api/alerts/:key/feedback. Answer: FeedbackAnswer. `sent` notes that something was sent from our pages. */
export interface FeedbackRequest {
  action: 'following' | 'later' | 'not-useful' | 'undo'
  reason?: string
}

export interface FeedbackAnswer {
  alert: AlertView
  /** Until when `undo` works. */
  undoUntil: number | null
}

/** POST /api/customers/:externalUserId/sent: something was sent from our pages. Answer 204. */
export interface SentRequest {
  what: 'opener' | 'article' | 'copied'
  alertKey?: string
  contentId?: string
}

/** POST /api/customers/:externalUserId/payments: asks the customer to pay. Answer 201: PaymentView. */
export interface PaymentRequest {
  /** Fen. */
  amount: number
  description: string
  /** The alert that the payment answers: paid, the alerts about its items are closed. */
  alertKey?: string
}

/** GET /api/customers/:externalUserId/payments: the newest few, newest first. */
export interface PaymentListView {
  now: number
  payments: PaymentView[]
}

/** One payment; its state changes live, told as a change of the customer. */
export interface PaymentView {
  id: string
  /** Fen. */
  amount: number
  description: string
  state: PaymentStateView
  /** Fen that went back. */
  refunded: number
  /** Address of our page, which only this customer can pay on; null: it is a code. */
  url: string | null
  /** Text of the QR code that the customer scans on the salesperson's screen; null: it is a link, or over. */
  code: string | null
  createdAt: number
  expiresAt: number
  paidAt: number | null
}

/** differs: paid with another amount than asked, finance must look. */
export type PaymentStateView = 'open' | 'paid' | 'refunded' | 'differs' | 'closed' | 'failed'

/** POST /api/jssdk/signature. Answer: PageSignature. */
export interface SignatureRequest {
  kind: 'corp' | 'agent'
  url: string
}

export interface PageSignature {
  timestamp: number
  nonceStr: string
  signature: string
}

/** GET /api/content: the member's own copies. */
export interface ContentListView {
  now: number
  /** Sentences that suit any chat, for where WeCom names no customer; absent in lists kept by older pages. */
  sentences?: string[]
  items: ContentView[]
}

export interface ContentView {
  id: string
  title: string
  cover: string | null
  /** The signed-in member's own tracked copy. */
  url: string
  /** A picture (PNG) with title, cover, the member's name and code, to be sent or posted. */
  poster: string
  addedAt: number
}

/** GET /api/customers/:externalUserId/links (operators): why identities count as one person, oldest first. */
export interface JoinListView {
  now: number
  joins: JoinView[]
  /** Proofs of a phone or member number that another person holds: nobody was joined. Newest first. */
  conflicts: ConflictView[]
}

export interface ConflictView {
  at: number
  text: string
}

export interface JoinView {
  id: string
  /** Identity keys, `openid:wx1:oA`, `unionid:uA`, `external:wmA`, `phone:3kJ…`. */
  a: string
  b: string
  /** The evidence. */
  by: string
  appId: string | null
  /** Which two identities: 小程序里的身份 = 微信开放平台的身份. */
  text: string
  /** The evidence in words. */
  because: string
  at: number
  /** When it was undone; null: it stands. */
  undone: number | null
}

/** POST /api/links/:joinId/undo and /redo (operators). */
export interface JoinChangedView {
  /** False when it was so before. */
  changed: boolean
  /** Identity keys of the one or two persons, as they are now. */
  persons: string[][]
}

/** POST /api/content (operators). Answer 201: ContentAdded. */
export interface ContentRequest {
  title: string
  url?: string
  markdown?: string
  cover?: string
  description?: string
}

export interface ContentAdded {
  id: string
  /** userid -> tracked URL. */
  urls: Record<string, string>
}

/** GET /api/live: server-sent events; `event:` is the kind, `data:` this as JSON. A comment line comes every 15 s. */
export interface LiveMessage {
  kind: 'alert' | 'alert-changed' | 'customer'
  /** Alert key, or external_userid. */
  subject: string
  /** external_userid the alert is about. */
  customer: string
  at: number
}

/** First message of a stream, `event: opened`: whether the member missed something between reading and listening. */
export interface LiveOpened {
  /** ms since there was news for them, or since the server listens: of older news it knows nothing. */
  quietMs: number
}

/** A tag of the company as a customer carries it. */
export interface TagView {
  id: string
  name: string
  groupName: string
}

/** GET /api/tags: every tag that the company has, in WeCom's order. */
export interface TagCatalogueView {
  groups: { id: string; name: string; tags: { id: string; name: string }[] }[]
}

/** POST /api/customers/:externalUserId/tags. Answer: CustomerTagsView. Only the member's own tags change. */
export interface TagsRequest {
  add?: string[]
  remove?: string[]
}

export interface CustomerTagsView {
  tags: TagView[]
}

/** GET /api/customers/:externalUserId/portrait. */
export interface PortraitView {
  now: number
  /** A manager looks on: tags cannot be changed. */
  readOnly: boolean
  /** The member's own; for a manager those of all present members. */
  tags: TagView[]
  fields: PortraitFieldView[]
}

/** One field; `value` null: unknown. */
export interface PortraitFieldView {
  id: string
  label: string
  value: string | null
  /** Where it comes from, in words. */
  because: string | null
  origin: 'wecom' | 'said' | 'ordered' | 'showed' | null
  at: number | null
}

/** GET /api/customers/:externalUserId/orders, newest first. */
export interface OrderListView {
  now: number
  orders: OrderView[]
}

/** One purchase; money in fen. */
export interface OrderView {
  no: string
  state: 'unpaid' | 'paid' | 'shipped' | 'received' | 'cancelled' | 'refund-asked' | 'refund-failed' | 'partly-refunded' | 'refunded' | 'returned'
  at: number
  paidAt: number | null
  amount: number | null
  refunded: number
  items: { title: string; count: number; price: number | null }[]
  refunds: { kind: 'asked' | 'closed' | 'done' | 'failed' | 'returned' | 'complained'; at: number; amount: number | null }[]
  /** How we know, in words. */
  source: string
}

export type NoteKindView = 'call' | 'visit' | 'chat' | 'other'

/** GET /api/customers/:externalUserId/notes, newest first. */
export interface NoteListView {
  now: number
  readOnly: boolean
  notes: NoteView[]
  /** Still to ring, earliest first. */
  reminders: ReminderView[]
}

export interface NoteView {
  id: string
  kind: NoteKindView
  text: string
  at: number
  edited: boolean
  /** Who wrote it; null: the reader. */
  by: string | null
  /** Whether the reader may still change or remove it. */
  changeable: boolean
  /** When its reminder rings; null: none is to come. */
  remindAt: number | null
}

/** A reminder that is still to ring. */
export interface ReminderView {
  id: string
  at: number
  text: string
  /** Whether it rings the reader. */
  mine: boolean
  /** Whom it rings, where that is somebody else. */
  forName: string | null
}

/** POST /api/customers/:externalUserId/notes. Answer 201: NoteView. The same `id` twice is one note. */
export interface NoteRequest {
  id?: string
  kind: NoteKindView
  text: string
  remindAt?: number | null
}

/** POST /api/notes/:noteId (own, within a day). Answer: NoteView. POST /api/notes/:noteId/delete: 204. */
export interface NoteChangeRequest {
  kind: NoteKindView
  text: string
}

/** POST /api/customers/:externalUserId/reminders. Answer 201: ReminderView. */
export interface ReminderRequest {
  id?: string
  at: number
  text?: string
}

/** POST /api/reminders/:noteId. Answer 204. */
export interface ReminderEndRequest {
  state: 'done' | 'cancelled'
}

/** GET /api/group-chats/:chatId: customers of the group whom the member follows; all others are only counted. */
export interface GroupChatView {
  now: number
  name: string
  customers: GroupCustomerView[]
  others: number
}

export interface GroupCustomerView {
  id: string
  name: string
  avatar: string | null
  openAlerts: number
  /** The most urgent, newest one. */
  alert: { key: string; tag: string; title: string; urgency: 'now' | 'later'; at: number } | null
}

/** A reminder in the inbox. */
export interface InboxReminderView extends ReminderView {
  customer: { id: string; name: string; avatar: string | null }
}

/** GET /api/shares: per article, which of the member's own customers shared her copy. Never who opened it. */
export interface MemberSharesView {
  now: number
  articles: { contentId: string; sharers: SharerView[]; /** Further own customers who shared it. */ more: number }[]
}

/** One own customer who shared; `contacts`: friends who became contacts after they had opened it. */
export interface SharerView {
  customerId: string
  name: string
  friends: number
  contacts: number
}

/** GET /api/customers/:externalUserId/shares: what this customer shared, in numbers. */
export interface CustomerSharesView {
  now: number
  articles: { contentId: string; title: string; friends: number; contacts: number }[]
}

/** Numbers of one chain. oauth, cookie: how the people in it were known; `anonymous` is in no other number. */
export interface ChainView {
  reach: { all: number; oauth: number; cookie: number }
  depth: number
  /** People by level, the first being direct. */
  levels: number[]
  sharers: number
  shares: number
  friends: { all: number; oauth: number; cookie: number }
  contacts: number
  anonymous: { snapshot: number; refused: number; outside: number }
}

/** GET /api/operator/shares (operators): the newest articles as last counted; nobody is named but members. */
export interface ShareChainsView {
  now: number
  articles: {
    id: string
    title: string
    addedAt: number
    countedAt: number
    whole: ChainView
    /** `staff` null: the copy that belongs to nobody. */
    copies: { staff: string | null; name: string | null; chain: ChainView }[]
  }[]
  /** Sums over these articles: who read two of them counts twice. */
  members: {
    staff: string | null
    name: string | null
    articles: number
    readings: number
    shares: number
    friends: number
    contacts: number
    deepest: number
  }[]
}

/** GET /api/operator/link-rate (operators): the last nightly count and the nights before, newest first. */
export interface LinkRateView {
  now: number
  /** null: not counted yet. */
  last: { at: number; people: number; linked: number; percent: number; paused: number; snapshots: number } | null
  /** Most people first. */
  reasons: LinkReasonView[]
  /** `day` is a local day, `2026-03-02`. */
  nights: { day: string; people: number; linked: number; percent: number }[]
}

export interface LinkReasonView {
  reason: string
  count: number
  text: string
  english: string
  /** bind, mini-program-card, follow, identify, contact-way, member-card. */
  way: string
  wayText: string
  wayEnglish: string
  /** Step of the operator's guide; null: nothing to set up. */
  guide: string | null
}

/** GET /api/customers/:externalUserId/link-way; `way` null: linked, or nothing may be noted. */
export interface LinkWayView {
  now: number
  way: {
    reason: string
    text: string
    english: string
    /** A mini-program card to send; null: none will do. */
    send: { appId: string; title: string; page: string } | null
    /** Whether sending an article will do. */
    article: boolean
  } | null
}

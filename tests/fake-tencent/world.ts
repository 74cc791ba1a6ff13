import { createHash } from 'node:crypto'
import type { CrowdRecord } from './crowd.ts'
import type { ConsoleRecord } from './console.ts'
import type { PayRecord } from './pay/ledger.ts'

/** Everything the stand-in remembers: plain JSON, so that the demo can save it and go on after a restart. */
export interface World {
  /** Last number given out; ids of any kind are made from it. */
  counter: number
  /** By lower-cased userid. */
  staff: Record<string, StaffRecord>
  /** By the actor's name. */
  customers: Record<string, CustomerRecord>
  follows: FollowRecord[]
  tokens: Record<string, TokenRecord>
  codes: Record<string, CodeRecord>
  tickets: Record<string, { kind: TicketKind; expiresAtMs: number }>
  orders: Record<string, OrderRecord>
  /** By number; absent in worlds saved before there were any. */
  afterSales?: Record<string, AfterSaleRecord>
  /** Coupons that customers hold: user_coupon_id -> the customer. */
  coupons?: Record<string, string>
  /** What the shop has listed, as far as anybody mentioned it. */
  products?: Record<string, OrderItem>
  /** By the merchant's own number. */
  payments: Record<string, PayRecord>
  messages: MessageRecord[]
  responseCodes: Record<string, { msgId: string; userid: string | null; atMs: number; used: boolean }>
  departments: DepartmentRecord[]
  /** People whom nobody plays. */
  crowd?: CrowdRecord
  /** Contact ways 联系我 by config_id; absent in worlds saved before there were any. */
  contactWays?: Record<string, { userid: string; state: string; remark: string }>
  /** Groups of corp tags; absent in worlds saved before there were any. */
  tagGroups?: TagGroupRecord[]
  /** Customer groups by chat_id; absent in worlds saved before there were any. */
  groupChats?: Record<string, GroupChatRecord>
  /** Whether Official Account, mini-program, shop and WeCom share one Open Platform account. */
  openPlatformBound: boolean
  /** What differs from a console that is set up as it should be; absent: nothing. */
  console?: Partial<ConsoleRecord>
  /** Whether externalcontact/get goes on naming a member whose relation has ended. */
  listsDeleted: boolean
}

export interface StaffRecord {
  userid: string
  name: string
  departments: number[]
  inVisibleRange: boolean
  /** 客户联系 enabled: named by get_follow_user_list. */
  contacts: boolean
}

export interface TagGroupRecord {
  id: string
  name: string
  order: number
  tags: { id: string; name: string; order: number }[]
}

/** A customer group: userids of members, external_userids of people from outside. */
export interface GroupChatRecord {
  name: string
  owner: string
  members: string[]
  customers: string[]
}

export interface DepartmentRecord {
  id: number
  name: string
  parentid: number
  /** userids. */
  leaders: string[]
}

export interface CustomerRecord {
  id: string
  name: string
  unionId: string | null
  externalUserId: string
  openIds: { account: string; miniProgram: string; shop: string }
  follows: boolean
  followedAtMs: number | null
  followScene: string
  /** As WeCom knows it: 1 male, 2 female; absent: unknown. */
  gender?: 1 | 2
  /** A snapshot page's virtual identity answers instead of the real one. */
  snapshot: boolean
}

export interface FollowRecord {
  userid: string
  externalUserId: string
  createdAtMs: number
  state: string | null
  addWay: number
  /** What the member calls the customer; empty: nothing of her own. */
  remark?: string
  /** Ids of corp tags that the member gave; absent: none. */
  tags?: string[]
  /** staff: the member deleted the customer; customer: the other way round; null: they are friends. */
  endedBy: 'staff' | 'customer' | null
}

export type TokenKind = 'agent' | 'contact' | 'account' | 'shop' | 'mini-program' | 'web'
export interface TokenRecord {
  kind: TokenKind
  issuedAtMs: number
  expiresAtMs: number
  revoked: boolean
  /** Web tokens only: whose, and with which scope. */
  actor: string | null
  scope: string | null
}

export interface CodeRecord {
  kind: 'corp' | 'account' | 'mini-program' | 'phone'
  /** `staff:mei` or `customer:lin`. */
  actor: string
  scope: string
  /** Of a phone button: country code and number. */
  phone?: { countryCode: string; number: string }
  expiresAtMs: number
  used: boolean
}

export type TicketKind = 'corp' | 'agent' | 'account'

export interface OrderItem {
  productId: string
  skuId?: string
  outProductId?: string
  outSkuId?: string
  skuCode?: string
  title: string
  /** fen. */
  price: number
  count?: number
}

export interface OrderRecord {
  /** 19 digits. */
  orderNo: string
  customer: string
  status: number
  items: OrderItem[]
  createdAtMs: number
  paidAtMs: number | null
  /** Last change of any kind; absent: the payment, or the creation. */
  updatedAtMs?: number
  shippedAtMs?: number
  receivedAtMs?: number
  /** userid of the member whose forwarding brought it. */
  forwardedBy?: string
}

/** An application after the sale. */
export interface AfterSaleRecord {
  no: string
  orderNo: string
  status: string
  type: 'REFUND' | 'RETURN' | 'EXCHANGE'
  reason: string
  /** fen. */
  amount: number
  createdAtMs: number
  updatedAtMs: number
}

export interface MessageRecord {
  msgId: string
  /** Request body as it came, byte for byte. */
  json: string
  body: SentBody
  /** Lower-cased userids on whose phones it appeared. */
  shownTo: string[]
  atMs: number
  recalled: boolean
  /** Per member: the grey text that took the buttons' place. */
  replacedBy: Record<string, string>
  /** Per member: the card that took this one's place. */
  cards: Record<string, CardBody>
  duplicateUntilMs: number | null
}

export interface CardBody {
  card_type: string
  task_id?: string | undefined
  main_title?: { title?: string | undefined; desc?: string | undefined } | undefined
  sub_title_text?: string | undefined
  horizontal_content_list?:
    readonly { keyname: string; value?: string | undefined; url?: string | undefined }[] | undefined
  button_list?:
    | readonly { text: string; key?: string | undefined; type?: number | undefined; url?: string | undefined }[]
    | undefined
  card_action?: { type: number; url?: string | undefined } | undefined
}

export interface SentBody {
  msgtype: string
  touser?: string | undefined
  text?: { content: string } | undefined
  textcard?: { title: string; description: string; url: string } | undefined
  markdown?: { content: string } | undefined
  template_card?: CardBody | undefined
}

export function newWorld(): World {
  return {
    counter: 0,
    staff: {},
    customers: {},
    follows: [],
    tokens: {},
    codes: {},
    tickets: {},
    orders: {},
    payments: {},
    messages: [],
    responseCodes: {},
    departments: [{ id: 1, name: 'MIRA', parentid: 0, leaders: [] }],
    openPlatformBound: true,
    listsDeleted: false,
  }
}

/** The same name gives the same id in every run: `o` or `wm` and letters, as long as Tencent's. */
export function idFor(prefix: string, text: string, length: number): string {
  const letters = createHash('sha256')
    .update(text)
    .digest('base64')
    .replace(/[^A-Za-z0-9]/g, 'x')
  return prefix + letters.slice(0, length - prefix.length)
}

/** Member behind a userid, whatever its case. */
export function staffOf(world: World, userid: string): StaffRecord | null {
  return world.staff[userid.toLowerCase()] ?? null
}

export function customerBy(world: World, test: (one: CustomerRecord) => boolean): CustomerRecord | null {
  return Object.values(world.customers).find(test) ?? null
}

/** unionid as a platform answer gives it: only while the accounts are bound. */
export function unionIdOf(world: World, customer: CustomerRecord): string | null {
  return world.openPlatformBound ? customer.unionId : null
}

/** Next number, and a text made of it that cannot be guessed from the last. */
export function nextId(world: World, prefix: string): string {
  world.counter += 1
  return `${prefix}${world.counter}${idFor('', `${prefix}${world.counter}`, 24)}`
}

/** When the order last changed in any way. */
export function updatedAt({ updatedAtMs, paidAtMs, createdAtMs }: OrderRecord): number {
  return updatedAtMs ?? paidAtMs ?? createdAtMs
}

export function afterSalesOf(world: World, orderNo: string): AfterSaleRecord[] {
  return Object.values(world.afterSales ?? {}).filter((one) => one.orderNo === orderNo)
}

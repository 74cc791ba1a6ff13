/** What crosses the wire between the demo's server and its page. Types only. Times are Unix ms on the demo's clock. */

export type PersonName = 'lin' | 'zhou' | 'su' | 'mei' | 'office'

/** One line of a chat, as both phones show it. */
export interface ChatLine {
  id: number
  at: number
  by: string
  text: string
  /** A link card instead of text. */
  link: { title: string; url: string; desc: string } | null
  /** A menu of the Official Account, a system line: no bubble. */
  plain: boolean
}

export interface ChatView {
  id: string
  name: string
  /** @微信 for customers, the department for colleagues. */
  label: string
  lines: ChatLine[]
  unread: number
}

/** One message of the app on the salesperson's phone. */
export interface CardNote {
  msgId: string
  kind: string
  title: string
  desc: string
  lines: { name: string; value: string }[]
  buttons: { text: string; key: string | null }[]
  replacedBy: string | null
  url: string | null
  at: number
}

export type StepTone = 'hot' | 'brand' | 'ok' | 'plain' | 'quiet'

/** One real step, as the middle column shows it. */
export interface StepView {
  id: number
  at: number
  tone: StepTone
  title: string
  text: string
  small: string
  hasRaw: boolean
}

export interface RawStep {
  request: string
  answer: string
}

export interface ArticleCard {
  id: string
  title: string
  summary: string
  /** Address of the cover; absent in memories of older demos. */
  cover?: string | null
  /** Mei's tracked copy. */
  url: string
}

export interface Product {
  id: string
  title: string
  colour: string
  category: string
  /** fen. */
  price: number
  /** Two colours of the picture's gradient. */
  hues: [string, string]
}

export interface OrderView {
  orderNo: string
  productId: string
  state: 'unpaid' | 'paid' | 'cancelled' | 'refund-asked'
  /** While a refund is asked for. */
  afterSaleNo?: string
}

/** What the customer's own page last said of her recording; unseen: she has not opened it. */
export type Recording = 'unseen' | 'on' | 'paused' | 'erasing' | 'erased'

/** How the till knows who buys: the code on her phone, her phone number, the number of her member card. */
export type TillWay = 'code' | 'phone' | 'member'

/** A code to be paid by whoever scans it, as it stands on the salesperson's screen. */
export interface PayCode {
  url: string
  what: string
  /** fen. */
  price: number
}

/** Everything the page shows; sent whole on every change. */
export interface DemoState {
  now: number
  speed: number
  /** False while the product starts. */
  ready: boolean
  origins: Record<PersonName, string>
  articles: ArticleCard[]
  products: Product[]
  lin: {
    follows: boolean
    account: ChatLine[]
    basket: string[]
    orders: OrderView[]
    /** What WeChat would share now: the page open in the reader. */
    share: { title: string; url: string } | null
    /** As WeCom names her. */
    externalUserId: string
    /** Whether she and the salesperson are friends in WeCom. */
    hasMei: boolean
    recording: Recording
    phone: { number: string; proved: boolean }
    card: { number: string; held: boolean }
    codes: PayCode[]
  }
  friends: ChatView[]
  mei: {
    chats: ChatView[]
    /** Chat that is open, or app (the cards) or workbench. */
    open: string
    cards: CardNote[]
    /** Neither looked at nor answered. */
    newCards: number
    clipboard: string | null
    /** Counted up when a chat is opened from a page, so that the page follows. */
    moved: number
  }
  steps: StepView[]
  /** What the stand-in refused or our contract forbids; empty in a sound product. */
  problems: string[]
}

export type Act =
  | { act: 'follow' | 'unfollow' }
  | { act: 'tap-menu'; key: string }
  | { act: 'open-menu-link'; articleId: string }
  | { act: 'write'; text: string }
  | { act: 'say'; chat: string; by: string; text: string }
  | { act: 'share'; friend: 'zhou' | 'su' }
  | { act: 'send-article'; articleId: string }
  | { act: 'view' | 'favourite' | 'put-in' | 'take-out'; productId: string }
  | { act: 'search'; text: string }
  | { act: 'order'; productId: string }
  | { act: 'buy-in-store'; productId: string; by?: TillWay }
  | { act: 'prove-phone' | 'take-card' }
  | { act: 'scan-code'; url: string }
  | { act: 'remove-mei' | 'add-mei' | 'remove-lin' }
  | { act: 'pay' | 'cancel' | 'ask-refund' | 'withdraw-refund'; orderNo: string }
  | { act: 'tap-card'; msgId: string; key: string }
  | { act: 'open-chat'; chat: string }
  | { act: 'speed'; speed: number }
  | { act: 'jump'; ms: number }

import type { AppId, Fen, Identity, StaffId } from './ids.ts'

/** How we know: shown in small print beside every timeline entry. */
export type EvidenceSource =
  | 'official-account' // a signed callback of the Official Account, or its list of followers
  | 'wecom' // a signed callback of WeCom
  | 'wechat-shop' // a signed callback of the shop, completed by its API
  | 'mini-program' // a signed callback of the mini-program
  | 'tracked-link' // our own link, identity by OAuth or our signed cookie
  | 'wechat-pay' // a signed notification of WeChat Pay, or its answer to our query
  | 'share-chain' // a different person opened the sharer's copy
  | 'beacon' // the mall's own report under a session that we issued
  | 'inbound-mall' // a signed report of another mall's server
  | 'inbound-erp' // a signed report of the brand's ERP
  | 'inbound-till' // a signed report of a store's till

/** Something that can be looked at, put in a basket or bought. Ids as their source spells them. */
export interface Item {
  id: string
  /** Other ids of the same thing (product, sku, out_product, out_sku, sku_code): any match is a match. */
  aliases?: readonly string[]
  title?: string
  category?: string
  price?: Fen
  count?: number
}

/** One thing a customer did, in our words. Every channel parses into this union. */
export type CustomerEvent = EventHead & EventBody

export interface EventHead {
  /** Stable across resends; the same key is the same event, for ever. */
  key: string
  /** When it happened, in the source's words. */
  at: Date
  who: Identity
  source: EvidenceSource
}

export type EventBody =
  | { kind: 'followed-account'; scene: string | null }
  | { kind: 'unfollowed-account' }
  | { kind: 'tapped-menu'; menuKey: string }
  | { kind: 'opened-menu-link'; url: string }
  | { kind: 'scanned-code'; scene: string }
  | { kind: 'sent-message'; messageType: string; text: string | null }
  | {
      kind: 'opened-content'
      contentId: string
      title: string
      /** Whose copy of the link was opened; null for a copy that belongs to nobody. */
      linkOf: StaffId | null
      /** oauth: identified on this arrival; cookie: by our signed cookie. */
      via: 'oauth' | 'cookie'
      /** True when the visitor came through somebody else's share. */
      viaShare: boolean
    }
  | {
      kind: 'read-content'
      contentId: string
      title: string
      seconds: number
      percent: number
      /** Text of the last heading that was seen. */
      section?: string
    }
  | {
      kind: 'shared-content'
      contentId: string
      title: string
      /** Identity key of the friend; never shown to anybody, needed to withdraw a share between two ids of one person. */
      friend: string
    }
  | { kind: ItemKind; item: Item | null; text: string | null }
  | {
      kind: OrderKind
      orderNo: string
      amount: Fen | null
      items: readonly Item[]
      /** WeChat Pay's number of the payment, where known: an order and its payment are one purchase. */
      transactionId?: string
      /** Members whose forwarding brought the order, as the shop credits them. */
      creditedTo?: readonly StaffId[]
      /** What was asked for after the sale. */
      afterSale?: AfterSaleWish
    }
  | { kind: ShopKind; item: Item | null; text: string | null }
  | { kind: 'half-added-contact' | 'edited-contact'; staffId: StaffId; contactWay: string | null }
  /** `userid`: the member as WeCom spells them, for calls about them. `codeOf`: title of the article whose code it was, for showing only. */
  | { kind: 'became-contact'; staffId: StaffId; userid?: string; contactWay: string | null; codeOf?: string }
  | { kind: 'removed-by-staff'; staffId: StaffId; byTransfer: boolean }
  | { kind: 'removed-by-customer'; staffId: StaffId }
  | { kind: 'contact-transfer-failed'; staffId: StaffId; failReason: string }

/** What a mall's beacon reports; the names cross the wire as they are. */
export type ItemKind =
  | 'view-item'
  | 'favourite-item'
  | 'add-to-cart'
  | 'remove-from-cart'
  | 'checkout'
  | 'order'
  | 'search'
  | 'claim-coupon'
  | 'view-page'
  | 'share'

/** Life of an order in the WeChat shop or another mall; and what a store's till reports, `orderNo` being the receipt's number. */
export type OrderKind =
  | 'order-created'
  | 'order-paid'
  | 'order-cancelled'
  | 'order-delivered'
  | 'order-settled'
  | 'bought-in-store'
  | 'returned-in-store'
  | PaymentKind
  | AfterSaleKind
  | 'order-received' // the customer, or time, confirmed the receipt
  | 'asked-about-order' // a card of an order, sent to the shop's customer service

/** What WeChat Pay tells; `orderNo` is the merchant's own number of the payment (out_trade_no). */
export type PaymentKind = 'paid' | 'refunded' | 'refund-failed'

/** What is wanted after a sale; 'complained': the platform was asked to step in. `amount` is what is asked back. */
export type AfterSaleKind = 'refund-asked' | 'refund-closed' | 'complained'

/** type: money back, goods and money back, other goods. */
export interface AfterSaleWish {
  no: string
  type: 'refund' | 'return' | 'exchange'
  /** In the customer's words, as the shop lists them. */
  reason: string | null
}

/** What else the WeChat shop tells of a customer. */
export type ShopKind =
  | 'asked-about-item' // a card of a product, sent to the shop's customer service
  | 'used-coupon'
  | 'coupon-expired'
  | 'coupon-returned'
  | 'became-sharer'
  | 'left-sharers'
  | 'became-member'

export type EventKind = EventBody['kind']

/** What a delivery tells: about a customer, about staff, about the company, or nothing that we use. */
export type Fact =
  | { about: 'customer'; event: CustomerEvent }
  | { about: 'staff'; fact: StaffFact }
  | { about: 'company'; fact: CompanyFact }
  | { about: 'link'; link: LinkFact }
  | { about: 'refund'; refund: RefundFact }
  | { about: 'shop-order'; report: ShopReport }
  | { about: 'coupon'; coupon: CouponFact }
  /** Trusted and read, but contradicting what we know: for a person to look at. */
  | { about: 'doubt'; reason: string }
  | { about: 'nothing'; reason: string }

/** A tap on one of our cards, or a member that changed. */
export type StaffFact =
  | {
      kind: 'tapped-card'
      key: string
      at: Date
      staffId: StaffId
      taskId: string
      button: string
      /** Usable once within 72 h to update the card; null when the event carried none. */
      responseCode: string | null
    }
  | { kind: 'member-changed' | 'member-left' | 'entered-app' | 'left-app'; key: string; at: Date; staffId: StaffId }

export type CompanyFact = { kind: 'tags-changed' | 'app-health'; key: string; at: Date; detail: string }

/** A refund names no payer: whose it is, the payment it belongs to tells. */
export interface RefundFact {
  key: string
  at: Date
  kind: 'refunded' | 'refund-failed'
  /** Key of the payment's event. */
  paymentKey: string
  refundId: string
  orderNo: string
  transactionId: string
  /** What was given back. */
  amount: Fen
}

/** What the shop tells of an order without saying whose it is: its API tells. */
export interface ShopReport {
  /** Of the after-sale or complaint, whatever its state. */
  key: string
  at: Date
  kind: 'after-sale' | 'complaint'
  appId: AppId
  orderNo: string
  /** null: the complaint names none. */
  afterSaleNo: string | null
}

/** A coupon that a user of the shop holds: asking for it may tell the user's unionid. */
export interface CouponFact {
  key: string
  at: Date
  who: Identity & { kind: 'openid' }
  couponNo: string
}

/** Two identities seen to be one person by a platform's own answer. */
export interface LinkFact {
  key: string
  at: Date
  a: Identity
  b: Identity
  evidence: LinkEvidence
}

/** Why two identities count as one person: platform ids, a phone or a card that its owner proved; never what staff typed. */
export interface LinkEvidence {
  by: 'user-info' | 'code2session' | 'oauth' | 'contact' | 'order' | 'coupon' | 'phone' | 'member-card'
  appId?: AppId
}

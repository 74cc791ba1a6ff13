import type { AppId, Fen, OpenId, UnionId } from '../domain/ids.ts'
import type { Item } from '../domain/event.ts'
import type { Phone } from '../domain/phone.ts'

/** Official Account users: openid -> unionid, OAuth. */
export interface AccountUsers {
  /** user/info. `unionId` null: not bound to an Open Platform account, or not following. @throws TencentRefused, TencentUnreachable */
  info(openId: OpenId): Promise<{ follows: boolean; unionId: UnionId | null }>
}

/** What a web OAuth code of the Official Account tells. */
export interface AccountOAuth {
  /** The page to send the visitor to; `state` is ours, `[a-zA-Z0-9]`, at most 128. */
  authorizeUrl(redirectUri: string, scope: 'snsapi_base' | 'snsapi_userinfo', state: string): string
  /** @throws TencentRefused (40029 invalid, 40163 used), TencentUnreachable */
  exchange(code: string): Promise<{ openId: OpenId; unionId: UnionId | null; snapshot: boolean }>
}

/** wx.login codes of the mini-program. */
export interface MiniProgramLogin {
  /** @throws TencentRefused (40029, 40163, 45011, 40226), TencentUnreachable */
  exchange(code: string): Promise<{ openId: OpenId; unionId: UnionId | null }>
}

/** Codes of the mini-program's phone button (`open-type="getPhoneNumber"`), each good for one use within 5 minutes. */
export interface MiniProgramPhones {
  /** null: not a mobile number that we can compare. @throws TencentRefused (40029, 40013 wrong code), TencentUnreachable */
  numberOf(code: string): Promise<Phone | null>
}

/** Orders of the WeChat shop. */
export interface ShopOrders {
  /** order/get. null when the shop knows no such order. Ids stay strings. @throws TencentRefused, TencentUnreachable */
  read(orderNo: string): Promise<ShopOrder | null>
}

export interface ShopOrder {
  orderNo: string
  appId: AppId
  openId: OpenId
  unionId: UnionId | null
  /** 10 unpaid, 20 to ship, 30 to receive, 100 done, 200 and 250 cancelled … */
  status: number
  /** order_price: what was paid. */
  amount: Fen | null
  paidAt: Date | null
  /** WeChat Pay's number of the payment; null while unpaid. */
  transactionId: string | null
  items: readonly Item[]
  createdAt: Date
  updatedAt: Date
  /** All parcels are on their way; null: not yet, or nothing to send. */
  shippedAt: Date | null
  receivedAt: Date | null
  afterSaleNos: readonly string[]
  /** `account_id` of every source that is a WeCom member (account_type 4): a code of the shop's own. */
  memberCodes: readonly string[]
  /** source_infos, sharer_info and sku_sharer_infos as the shop tells them; null when there are none. */
  credit: Readonly<Record<string, unknown>> | null
}

/** Identities whose platform answer is still owed (Tencent was down): asked again with back-off. */
export interface Lookups {
  /** Which of these still have to be asked at `now` (never asked, or due again). */
  due(keys: readonly string[], now: Date): Promise<ReadonlySet<string>>
  /** Notes an answer or a failure; `askAgainAt` null: not before something new is known. */
  note(key: string, result: { askAgainAt: Date | null; tries: number }): Promise<void>
  /** Owed lookups, earliest first. */
  owed(now: Date, limit: number): Promise<readonly { key: string; tries: number }[]>
}

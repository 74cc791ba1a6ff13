import type { AfterSaleWish, Item } from '../domain/event.ts'
import type { AppId, Fen, OpenId, UnionId } from '../domain/ids.ts'
import type { ShopOrders } from './identities.ts'

/** All that we ask the WeChat shop. Ids stay strings. Every method: @throws TencentRefused, TencentUnreachable */
export interface Shop extends ShopOrders {
  appId: AppId
  /** getaftersaleorder. null when the shop knows no such after-sale. */
  readAfterSale(no: string): Promise<AfterSale | null>
  /** order/list/get by update time, at most 7 days; `cursor` '' starts; `nextCursor` '' ends. */
  changedOrders(range: TimeRange, cursor: string): Promise<NumbersPage>
  /** getaftersalelist by creation time, at most 24 h; the contract knows no list by update time. */
  newAfterSales(range: TimeRange, cursor: string): Promise<NumbersPage>
  /** get_user_coupon. null: issued before the shop was bound to an Open Platform account. */
  couponOwner(coupon: { couponNo: string; openId: OpenId }): Promise<UnionId | null>
  /** product/get. null when the product is not listed (any more). */
  item(productId: string): Promise<Item | null>
  /** get_wecom_id: what the shop calls this member in `source_infos`; null when it does not know the member. */
  memberCode(userid: string): Promise<string | null>
}

/** Both ends inclusive, in whole seconds. */
export interface TimeRange {
  from: Date
  to: Date
}

export interface NumbersPage {
  numbers: readonly string[]
  nextCursor: string
}

/** One application for money back, goods and money back, or other goods. */
export interface AfterSale extends AfterSaleWish {
  orderNo: string
  /** The order's owner; of a gift, its receiver. */
  openId: OpenId
  unionId: UnionId | null
  /** USER_CANCELD, MERCHANT_PROCESSING … */
  status: string
  /** What is asked back; null when nothing is said. */
  amount: Fen | null
  productId: string | null
  skuId: string | null
  createdAt: Date
  updatedAt: Date
}

import type { Delivering } from './post.ts'
import { seconds, type Stage } from './stage.ts'
import type { Fields } from './wire-text.ts'
import { updatedAt, type AfterSaleRecord, type CustomerRecord, type OrderItem } from './world.ts'

/** What a customer does in the WeChat shop beside ordering. Methods return the HTTP status of each delivery. */
export interface ShopService {
  /** An application after the sale; `no` has 16 digits. */
  asksForRefund(
    orderNo: string,
    options?: Delivering & { type?: AfterSaleRecord['type']; reason?: string },
  ): Promise<{ no: string; statuses: number[] }>
  /** The application moves on: USER_CANCELD, MERCHANT_REFUND_SUCCESS … */
  refundBecomes(no: string, status: string, options?: Delivering): Promise<number[]>
  /** Asks the platform to step in. */
  complains(orderNo: string, options?: Delivering): Promise<number[]>
  takesCoupon(options?: Delivering): Promise<{ couponNo: string; statuses: number[] }>
  usesCoupon(couponNo: string, orderNo: string, options?: Delivering): Promise<number[]>
  losesCoupon(couponNo: string, options?: Delivering): Promise<number[]>
  /** A card of a product, or a text, sent to the shop's customer service. */
  asksInShop(about: OrderItem | { orderNo: string } | string, options?: Delivering): Promise<number[]>
  /** 分享员: bound, or no longer. */
  sharesForShop(bound: boolean, options?: Delivering): Promise<number[]>
  /** The shop asks the mini-program about a member of 小程序会员 who opened the order page, or orders. */
  isAskedAbout(what: MemberQuestion, options?: Delivering): Promise<number[]>
}

export type MemberQuestion = 'is-member' | 'order-page' | 'discount'

const platform = 'oPlatform0000000000000000000'

/** Source: contract wechat-shop.md sections 2 and 3. */
export function shopServiceOf(stage: Stage, customer: CustomerRecord): ShopService {
  const { desk } = stage
  const { world } = desk
  const nowMs = () => desk.now().getTime()
  const shopEvent = (event: string, from: string, more: Fields, options?: Delivering) =>
    stage.send('wechat-shop', { ...head(stage, desk.brand.shop.ghId, from), Event: event, ...more }, options)
  const own = (event: string, more: Fields, options?: Delivering) => shopEvent(event, customer.openIds.shop, more, options)
  const nextNumber = (prefix: string, digits: number) => {
    world.counter += 1
    return prefix + String(world.counter).padStart(digits - prefix.length, '0')
  }
  const touch = (orderNo: string) => {
    const order = world.orders[orderNo]
    if (!order) throw new Error(`no order ${orderNo}`)
    order.updatedAtMs = Math.max(updatedAt(order), nowMs())
    return order
  }
  const tellAfterSale = ({ no, orderNo, status }: AfterSaleRecord, options?: Delivering) =>
    shopEvent('channels_ec_aftersale_update', platform, {
      finder_shop_aftersale_status_update: { status, after_sale_order_id: no, order_id: orderNo },
    }, options)

  return {
    async asksForRefund(orderNo, { type = 'REFUND', reason = '拍错了', ...options } = {}) {
      const order = touch(orderNo)
      const no = nextNumber('2', 16)
      const amount = order.items.reduce((sum, one) => sum + one.price * (one.count ?? 1), 0)
      const record = { no, orderNo, status: 'MERCHANT_PROCESSING', type, reason, amount, createdAtMs: nowMs(), updatedAtMs: nowMs() }
      world.afterSales = { ...world.afterSales, [no]: record }
      return { no, statuses: await tellAfterSale(record, options) }
    },
    async refundBecomes(no, status, options) {
      const record = world.afterSales?.[no]
      if (!record) throw new Error(`no after-sale ${no}`)
      Object.assign(record, { status, updatedAtMs: nowMs() })
      touch(record.orderNo)
      return tellAfterSale(record, options)
    },
    async complains(orderNo, options) {
      touch(orderNo)
      const complaint = { complaint_id: nextNumber('9', 12), after_sale_order_id: '', order_id: orderNo, complaint_status: 100 }
      return shopEvent('channels_ec_complaint_update', platform, { finder_shop_complaint: complaint }, options)
    },
    async takesCoupon(options) {
      const couponNo = nextNumber('5', 12)
      world.coupons = { ...world.coupons, [couponNo]: customer.id }
      const info = { coupon_id: '10001', user_coupon_id: couponNo, receive_time: String(seconds(stage)) }
      return { couponNo, statuses: await own('channels_ec_coupon_receive', { receive_info: info }, options) }
    },
    usesCoupon: (couponNo, orderNo, options) =>
      own('channels_ec_user_coupon_use', {
        use_info: { coupon_id: '10001', user_coupon_id: couponNo, order_id: orderNo, use_time: String(seconds(stage)) },
      }, options),
    losesCoupon: (couponNo, options) =>
      own('channels_ec_user_coupon_expire', {
        user_coupon_info: { coupon_id: '10001', user_coupon_id: couponNo, expire_time: String(seconds(stage)) },
      }, options),
    async asksInShop(about, options) {
      if (typeof about !== 'string' && 'productId' in about) world.products = { ...world.products, [about.productId]: about }
      const message = { msg_id: nextNumber('3', 19), msg_event: 'EVENT_TYPE_SEND_MSG', ...said(about) }
      return own('commkf_send_msg_to_kf', message, options)
    },
    sharesForShop: (bound, options) =>
      own('channels_ec_sharer_change', { openid: customer.openIds.shop, sharer_type: 0, bind_status: bound ? 1 : 2 }, options),
    isAskedAbout: (what, options) =>
      stage.send('mini-program', {
        ...head(stage, desk.brand.miniProgram.ghId, customer.openIds.miniProgram),
        ...question(what, desk.brand.shop.appId),
      }, options),
  }
}

function head(stage: Stage, to: string, from: string): Fields {
  return { ToUserName: to, FromUserName: from, CreateTime: seconds(stage), MsgType: 'event' }
}

function said(about: OrderItem | { orderNo: string } | string): Fields {
  if (typeof about === 'string') return { msg_type: 'text', text: { content: about } }
  if ('orderNo' in about) return { msg_type: 'order_share', order_share: { order_id: about.orderNo } }
  return { msg_type: 'product_share', product_share: { product_id: about.productId } }
}

function question(what: MemberQuestion, shopAppId: string): Fields {
  const order = { shop_appid: shopAppId, order_session_id: 'session-1', scene: 1, price_info: { order_price: 299_900 } }
  switch (what) {
    case 'is-member':
      return { Event: 'channels_ec_vip_user_info_get', info: { shop_appid: shopAppId } }
    case 'order-page':
      return {
        Event: 'channels_ec_gen_order_info_init',
        gen_order_info: { ...order, product_infos: [{ product_id: '10001', sku_id: '770001', sku_cnt: 1, sale_price: 299_900 }] },
      }
    case 'discount':
      return { Event: 'channels_ec_order_use_vip_discount', order_info: { ...order, unique_id: 'unique-1' } }
  }
}

import type { Fact } from '../../server/domain/event.ts'
import type { Delivery } from '../../server/ports/inbox.ts'
import { readContent } from '../content.ts'
import { textOf, type Fields } from '../fields.ts'
import { afterSaleFact, complaintFact } from './after-sales.ts'
import { couponFacts } from './coupons.ts'
import { notUsed } from './not-used.ts'
import { orderFact } from './orders.ts'
import { sharerFact } from './sharers.ts'
import { talkFact } from './talks.ts'

type Reader = (fields: Fields, delivery: Delivery) => readonly Fact[]

/**
 * Every event that names a customer or an order of one, by its whole name, never by a prefix: events of one prefix name
 * different people, and some name the platform. All others are somebody's work in the shop, or too old.
 * Source: wechat-shop.md sections 2 and 3 (doc/store/shop/notify).
 */
const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['channels_ec_order_new', orderFact('order-created')],
  ['channels_ec_order_pay', orderFact('order-paid', 'pay_time')],
  ['channels_ec_order_cancel', orderFact('order-cancelled')],
  // Partial shipping is reported as delivery too.
  ['channels_ec_order_deliver', orderFact('order-delivered')],
  ['channels_ec_order_confirm', orderFact('order-received')],
  ['channels_ec_order_settle', orderFact('order-settled', 'settle_time')],
  ['channels_ec_aftersale_update', afterSaleFact('finder_shop_aftersale_status_update')],
  ['channels_ec_present_aftersale_update', afterSaleFact('finder_shop_present_aftersale_status_update')],
  ['channels_ec_complaint_update', complaintFact],
  ['channels_ec_coupon_receive', couponFacts('claim-coupon', 'receive_time')],
  ['channels_ec_user_coupon_use', couponFacts('used-coupon', 'use_time')],
  ['channels_ec_user_coupon_expire', couponFacts('coupon-expired', 'expire_time')],
  ['channels_ec_user_coupon_unuse', couponFacts('coupon-returned', 'unuse_time')],
  ['commkf_send_msg_to_kf', talkFact],
  ['channels_ec_sharer_change', sharerFact],
])

/**
 * What one event of the shop tells. It carries ids only: amount, items and whose it is are read from the shop afterwards.
 * @throws MalformedCallback
 */
export function parseShop(delivery: Delivery): readonly Fact[] {
  const fields = readContent(delivery.bytes)
  const isEvent = textOf(fields, 'MsgType') === 'event'
  const read = isEvent ? readers.get(textOf(fields, 'Event')?.toLowerCase() ?? '') : undefined
  return read ? read(fields, delivery) : notUsed(fields)
}

import { MalformedCallback } from '../../server/domain/errors.ts'
import type { EventHead, Fact, OrderKind } from '../../server/domain/event.ts'
import type { Delivery } from '../../server/ports/inbox.ts'
import { readContent } from '../content.ts'
import { partsOf, textOf, type Fields } from '../fields.ts'
import { headOfAppUser, required, secondsToDate, unrecognised } from '../message-head.ts'

/**
 * Events whose FromUserName is the buyer and that we use. A list, never a prefix: channels_ec_order_use_vip_discount
 * shares it, yet names a user of the mini-program and no order. Partial shipping is reported as delivery too.
 * Source: wechat-shop.md sections 2 and 3 (doc/store/shop/notify/order_callback).
 */
const orderEvents: ReadonlyMap<string, OrderKind> = new Map([
  ['channels_ec_order_new', 'order-created'],
  ['channels_ec_order_pay', 'order-paid'],
  ['channels_ec_order_cancel', 'order-cancelled'],
  ['channels_ec_order_deliver', 'order-delivered'],
  ['channels_ec_order_settle', 'order-settled'],
])

/**
 * What one event of the shop tells. It carries ids only: amount and items are read by order/get afterwards.
 * @throws MalformedCallback
 */
export function parseShop(delivery: Delivery): readonly Fact[] {
  const fields = readContent(delivery.bytes)
  const isEvent = required(fields, 'MsgType') === 'event'
  const kind = isEvent ? orderEvents.get(required(fields, 'Event').toLowerCase()) : undefined
  if (!kind) return unrecognised(fields)

  const order = partsOf(fields, 'order_info')
  if (order === null) throw new MalformedCallback('order_info is missing')
  const head = headOfAppUser(fields, delivery, 'wechat-shop')
  const at = kind === 'order-paid' ? paidAt(order, head) : head.at
  return [{ about: 'customer', event: { ...head, at, kind, orderNo: orderNo(order), amount: null, items: [] } }]
}

/** 19 digits, quoted or not; a number that lost digits on its way is written with an exponent. */
function orderNo(order: Fields): string {
  const id = required(order, 'order_id')
  if (!/^[\w-]{1,64}$/.test(id)) throw new MalformedCallback('order_id is not an id')
  return id
}

function paidAt(order: Fields, head: EventHead): Date {
  return secondsToDate(textOf(order, 'pay_time')) ?? head.at
}

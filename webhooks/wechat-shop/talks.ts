import type { Fact } from '../../server/domain/event.ts'
import type { Delivery } from '../../server/ports/inbox.ts'
import { partsOf, textOf, type Fields } from '../fields.ts'
import { headOfAppUser, nothing, required } from '../message-head.ts'

/**
 * A message to the shop's customer service, FromUserName its writer. A card of a product or an order says what the
 * customer asks about. Source: doc/store/shop/notify/kf_callback/kf_msg_event; the cards' parts as in commkf/sendmsg.
 */
export function talkFact(fields: Fields, delivery: Delivery): readonly Fact[] {
  const what = textOf(fields, 'msg_event')
  if (what !== null && what !== 'EVENT_TYPE_SEND_MSG') return nothing(required(fields, 'Event'), what)
  const messageType = required(fields, 'msg_type')
  const head = headOfAppUser(fields, delivery, 'wechat-shop')
  const said = (name: string) => textOf(partsOf(fields, messageType) ?? new Map(), name)
  const [productId, orderNo] = [said('product_id'), said('order_id')]
  if (messageType === 'product_share') {
    const item = productId === null ? null : { id: productId }
    return [{ about: 'customer', event: { ...head, kind: 'asked-about-item', item, text: null } }]
  }
  if (messageType === 'order_share' && orderNo !== null) {
    return [{ about: 'customer', event: { ...head, kind: 'asked-about-order', orderNo, amount: null, items: [] } }]
  }
  const text = messageType === 'text' ? said('content') : null
  return [{ about: 'customer', event: { ...head, kind: 'sent-message', messageType, text } }]
}

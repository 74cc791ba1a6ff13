import { MalformedCallback } from '../../server/domain/errors.ts'
import type { Fact, OrderKind } from '../../server/domain/event.ts'
import { shopOrderKey } from '../../server/domain/shop-order.ts'
import type { Delivery } from '../../server/ports/inbox.ts'
import { partsOf, textOf, type Fields } from '../fields.ts'
import { headOfAppUser, required, secondsToDate } from '../message-head.ts'

/**
 * A step of an order whose FromUserName is the buyer. `timeField`: where the step's own time stands, in seconds.
 * One step is one fact: a resend, a second partial parcel and reconciliation all have its key.
 */
export function orderFact(kind: OrderKind, timeField?: string) {
  return (fields: Fields, delivery: Delivery): readonly Fact[] => {
    const order = partsOf(fields, 'order_info')
    if (order === null) throw new MalformedCallback('order_info is missing')
    const orderNo = numberOf(order, 'order_id')
    const head = headOfAppUser(fields, delivery, 'wechat-shop')
    const at = (timeField && secondsToDate(textOf(order, timeField))) || head.at
    const key = shopOrderKey(delivery.account, orderNo, kind)
    return [{ about: 'customer', event: { ...head, key, at, kind, orderNo, amount: null, items: [] } }]
  }
}

/**
 * A number of the shop's: 19 digits, quoted or not; one that lost digits on its way is written with an exponent.
 * @throws MalformedCallback
 */
export function numberOf(fields: Fields, name: string): string {
  const id = required(fields, name)
  if (!/^[\w-]{1,64}$/.test(id)) throw new MalformedCallback(`${name} is not an id`)
  return id
}

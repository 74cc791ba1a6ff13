import { MalformedCallback } from '../../server/domain/errors.ts'
import type { Fact } from '../../server/domain/event.ts'
import type { AppId } from '../../server/domain/ids.ts'
import { afterSaleKey } from '../../server/domain/shop-order.ts'
import type { Delivery } from '../../server/ports/inbox.ts'
import { partsOf, textOf, type Fields } from '../fields.ts'
import { createdAt } from '../message-head.ts'
import { numberOf } from './orders.ts'

/**
 * FromUserName is a fixed openid of the platform here: whose the order is, its API tells. The state in the callback may
 * be older than the answer, so it is not used.
 */
export function afterSaleFact(body: string) {
  return (fields: Fields, delivery: Delivery): readonly Fact[] => {
    const update = partsOf(fields, body)
    if (update === null) throw new MalformedCallback(`${body} is missing`)
    const appId = delivery.account as AppId
    const afterSaleNo = numberOf(update, 'after_sale_order_id')
    const [orderNo, at] = [numberOf(update, 'order_id'), createdAt(fields)]
    const report = { key: afterSaleKey(appId, afterSaleNo), at, kind: 'after-sale' as const, appId, orderNo, afterSaleNo }
    return [{ about: 'shop-order', report }]
  }
}

/** The platform was asked to step in; its further states are the merchant's business with the platform. */
export function complaintFact(fields: Fields, delivery: Delivery): readonly Fact[] {
  const complaint = partsOf(fields, 'finder_shop_complaint')
  if (complaint === null) throw new MalformedCallback('finder_shop_complaint is missing')
  const appId = delivery.account as AppId
  const key = `wechat-shop:${appId}:complaint:${numberOf(complaint, 'complaint_id')}`
  const [orderNo, at] = [numberOf(complaint, 'order_id'), createdAt(fields)]
  const afterSaleNo = textOf(complaint, 'after_sale_order_id')
  return [{ about: 'shop-order', report: { key, at, kind: 'complaint', appId, orderNo, afterSaleNo } }]
}

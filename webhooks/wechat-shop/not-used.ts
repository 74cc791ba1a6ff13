import type { Fact } from '../../server/domain/event.ts'
import { textOf, type Fields } from '../fields.ts'
import { nothing, required, unrecognised } from '../message-head.ts'

/**
 * Products before the WeChat shop of today, by what their events begin with: closed or without new access, so they are
 * kept and named, not used. Source: wechat-shop.md sections 1 and 8.
 */
const older: readonly (readonly [string, RegExp])[] = [
  ['trade component', /^(open_product_|aftersale_|miniprogram_sharer_|funds_order_)/],
  ['minishop', /^(product_order_status_update|minishop)/],
  ['minishop', /^complaint[_ ]callback$/],
  ['shop of 2014', /^merchant_order$/],
]

/**
 * Events of the shop that tell nothing of a customer, or leave open of whom: products, funds, the shop's own affairs,
 * vip_join and its kin (known from one SDK only, whose FromUserName nobody has documented), and older products. Some of
 * these come without a MsgType. @throws MalformedCallback when it is neither an event nor a message
 */
export function notUsed(fields: Fields): readonly Fact[] {
  const event = textOf(fields, 'Event')
  if (event === null) return unrecognised(fields)
  const product = older.find(([, names]) => names.test(event.toLowerCase()))?.[0]
  return product ? nothing(product, event) : textOf(fields, 'MsgType') ? unrecognised(fields) : nothing(required(fields, 'Event'))
}

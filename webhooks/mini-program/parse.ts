import type { CustomerEvent, Fact, Item } from '../../server/domain/event.ts'
import type { Fen } from '../../server/domain/ids.ts'
import type { Delivery } from '../../server/ports/inbox.ts'
import { readContent } from '../content.ts'
import { isFields, listOf, partsOf, textOf, type Fields } from '../fields.ts'
import { headOfAppUser } from '../message-head.ts'
import { notUsed } from '../wechat-shop/not-used.ts'

type Reader = (fields: Fields, delivery: Delivery) => readonly Fact[]

/**
 * What the WeChat shop pushes to the mini-program's URL about its users, FromUserName being the mini-program's openid.
 * Messages, and all other events, are kept as unrecognised until something uses them.
 * Source: wechat-shop.md sections 2 and 3 (doc/store/shop/notify/wxa_callback, linkstore).
 */
const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['channels_ec_gen_order_info_init', orderPageFacts],
  ['channels_ec_vip_user_auto_add', memberFact],
  ['cooperation_shop_order', orderFact],
  ['related_shop_order_submission', orderFact],
])

/** @throws MalformedCallback */
export function parseMiniProgram(delivery: Delivery): readonly Fact[] {
  const fields = readContent(delivery.bytes)
  const isEvent = textOf(fields, 'MsgType') === 'event'
  const read = isEvent ? readers.get(textOf(fields, 'Event')?.toLowerCase() ?? '') : undefined
  return read ? read(fields, delivery) : notUsed(fields)
}

/** A member opened the order page: the only push before there is an order. One event for each product on it. */
function orderPageFacts(fields: Fields, delivery: Delivery): readonly Fact[] {
  const head = headOfAppUser(fields, delivery, 'mini-program')
  const page = partsOf(fields, 'gen_order_info')
  const items = page ? listOf(page, 'product_infos').filter(isFields).flatMap(itemOf) : []
  const events = items.map(
    (item): CustomerEvent => ({ ...head, key: `${head.key}:${item.id}`, kind: 'checkout', item, text: null }),
  )
  const bare: CustomerEvent = { ...head, kind: 'checkout', item: null, text: null }
  return (events.length > 0 ? events : [bare]).map((event) => ({ about: 'customer', event }))
}

function itemOf(product: Fields): Item[] {
  const id = textOf(product, 'product_id')
  if (id === null) return []
  const sku = textOf(product, 'sku_id')
  const price = wholeOf(product, 'sale_price')
  const count = wholeOf(product, 'sku_cnt')
  return [
    {
      id,
      ...(sku ? { aliases: [sku] } : {}),
      ...(price === null ? {} : { price: price as Fen }),
      ...(count === null ? {} : { count }),
    },
  ]
}

function wholeOf(fields: Fields, name: string): number | null {
  const text = textOf(fields, name)
  return text !== null && /^\d{1,12}$/.test(text) ? Number(text) : null
}

function memberFact(fields: Fields, delivery: Delivery): readonly Fact[] {
  const head = headOfAppUser(fields, delivery, 'mini-program')
  const info = partsOf(fields, 'info')
  const level = info && textOf(info, 'identity')
  return [{ about: 'customer', event: { ...head, kind: 'became-member', item: null, text: level } }]
}

/** An order placed through the linked mini-program; its number is not the shop's, so nothing more can be asked about it. */
function orderFact(fields: Fields, delivery: Delivery): readonly Fact[] {
  const head = headOfAppUser(fields, delivery, 'mini-program')
  return [{ about: 'customer', event: { ...head, kind: 'order', item: null, text: null } }]
}

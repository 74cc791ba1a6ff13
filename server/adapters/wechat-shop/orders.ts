import { z } from 'zod'
import { TencentRefused } from '../../domain/errors.ts'
import type { Item } from '../../domain/event.ts'
import type { AppId, Fen, OpenId, UnionId } from '../../domain/ids.ts'
import type { ShopOrder } from '../../ports/identities.ts'
import type { TencentApi } from '../tencent/api.ts'
import { id, optionalText, optionalTime, whole } from '../tencent/words.ts'

const optionalId = id.nullish()
const product = z.object({
  product_id: id,
  sku_id: optionalId,
  out_product_id: optionalId,
  out_sku_id: optionalId,
  sku_code: optionalId,
  title: optionalText,
  sku_cnt: whole.nullish(),
  sale_price: whole.nullish(),
  real_price: whole.nullish(),
})
const source = z.looseObject({ account_type: whole.nullish(), account_id: optionalId })
const nothingOrList = <Shape extends z.ZodType>(shape: Shape) => z.array(shape).nullish().transform((list) => list ?? [])
const orderAnswer = z.object({
  order: z.object({
    order_id: id,
    status: whole,
    openid: z.string().min(1),
    unionid: optionalText,
    create_time: optionalTime,
    update_time: optionalTime,
    present_giver_openid: optionalText,
    present_giver_unionid: optionalText,
    order_detail: z.object({
      product_infos: nothingOrList(product),
      price_info: z.object({ order_price: whole.nullish() }).nullish(),
      pay_info: z.object({ pay_time: optionalTime, transaction_id: id.nullish() }).nullish(),
      ext_info: z.object({ confirm_receipt_time: optionalTime }).nullish(),
      delivery_info: z.object({ ship_done_time: optionalTime }).nullish(),
      source_infos: nothingOrList(source),
      sharer_info: z.looseObject({}).nullish(),
      sku_sharer_infos: nothingOrList(z.looseObject({})),
    }),
    aftersale_detail: z.object({ aftersale_order_list: nothingOrList(z.object({ aftersale_order_id: id })) }).nullish(),
  }),
})

/** order/get of the WeChat shop (doc/store, getorder). Money in fen, ids as strings; null: no such order. */
export async function readOrder({ api, appId }: { api: TencentApi; appId: AppId }, orderNo: string): Promise<ShopOrder | null> {
  try {
    const { order } = await api.post('/channels/ec/order/get', { order_id: orderNo }, orderAnswer)
    return orderOf(order, appId)
  } catch (error) {
    if (error instanceof TencentRefused && error.errcode === 100002) return null
    throw error
  }
}

function orderOf(order: z.infer<typeof orderAnswer>['order'], appId: AppId): ShopOrder {
  const detail = order.order_detail
  const buyer = buyerOf(order)
  return {
    orderNo: order.order_id,
    appId,
    openId: buyer.openid as OpenId,
    unionId: buyer.unionid as UnionId | null,
    status: order.status,
    amount: (detail.price_info?.order_price ?? amountOf(detail.product_infos)) as Fen | null,
    paidAt: detail.pay_info?.pay_time ?? null,
    transactionId: detail.pay_info?.transaction_id || null,
    items: detail.product_infos.map(itemOf),
    createdAt: order.create_time ?? order.update_time ?? new Date(0),
    updatedAt: order.update_time ?? order.create_time ?? new Date(0),
    shippedAt: detail.delivery_info?.ship_done_time ?? null,
    receivedAt: detail.ext_info?.confirm_receipt_time ?? null,
    afterSaleNos: order.aftersale_detail?.aftersale_order_list.map((one) => one.aftersale_order_id) ?? [],
    memberCodes: [...new Set(detail.source_infos.flatMap(memberCodeOf))],
    credit: creditOf(detail),
  }
}

/** Where the answer leaves the order's price out, what its lines cost stands for it; null: not every line says so. */
function amountOf(lines: readonly z.infer<typeof product>[]): number | null {
  const costs = lines.map(itemOf).map(({ price, count }) => (price === undefined ? null : price * (count ?? 1)))
  if (costs.length === 0 || costs.includes(null)) return null
  return costs.reduce<number>((sum, cost) => sum + (cost ?? 0), 0)
}

/** account_type 4 is 企业微信 (doc/store, getorder, source_infos). */
function memberCodeOf({ account_type, account_id }: z.infer<typeof source>): string[] {
  return account_type === 4 && account_id ? [account_id] : []
}

/** Who brought the order, for whoever settles commissions later. */
function creditOf(detail: z.infer<typeof orderAnswer>['order']['order_detail']): Record<string, unknown> | null {
  const { source_infos: sources, sharer_info: sharer, sku_sharer_infos: sharers } = detail
  const hasSharer = Object.keys(sharer ?? {}).length > 0
  if (sources.length + sharers.length === 0 && !hasSharer) return null
  return { sources, sharers, ...(hasSharer ? { sharer } : {}) }
}

/** A gift names its receiver as owner and tells the giver apart; who paid is the giver. */
function buyerOf(order: z.infer<typeof orderAnswer>['order']): { openid: string; unionid: string | null } {
  const giver = order.present_giver_openid
  return giver === null ? order : { openid: giver, unionid: order.present_giver_unionid }
}

/** `real_price` is what was paid for the whole line, so it only stands in for a missing price of one piece. */
export function itemOf(line: z.infer<typeof product>): Item {
  const count = line.sku_cnt || 1
  const price = line.sale_price ?? (line.real_price == null ? null : Math.round(line.real_price / count))
  const others = [line.sku_id, line.out_product_id, line.out_sku_id, line.sku_code]
  const aliases = others.filter((other): other is string => Boolean(other) && other !== '0')
  return {
    id: line.product_id,
    aliases: [...new Set(aliases)].filter((alias) => alias !== line.product_id),
    count,
    ...(line.title === null ? {} : { title: line.title }),
    ...(price === null ? {} : { price: price as Fen }),
  }
}

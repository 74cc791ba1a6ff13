import { z } from 'zod'
import { TencentRefused } from '../../domain/errors.ts'
import type { Item } from '../../domain/event.ts'
import type { AppId, Fen, UnionId } from '../../domain/ids.ts'
import type { NumbersPage, Shop, TimeRange } from '../../ports/shop.ts'
import type { TencentApi } from '../tencent/api.ts'
import { id, optionalText, whole } from '../tencent/words.ts'
import { readAfterSale } from './after-sales.ts'
import { readOrder } from './orders.ts'

const pageSize = 100
const page = { next_key: optionalText, has_more: z.boolean().nullish() }
const ids = z.array(id).nullish()
const ordersPage = z.object({ order_id_list: ids, ...page })
const afterSalesPage = z.object({ after_sale_order_id_list: ids, ...page })
const couponAnswer = z.object({ unionid: optionalText })
const productAnswer = z.object({
  product: z.object({ product_id: id, out_product_id: id.nullish(), title: optionalText, min_price: whole.nullish() }).nullish(),
})
const memberAnswer = z.object({ data: z.object({ wecom_user_id: optionalText }).nullish() })

/** The company is not bound to the shop, the member unknown or outside 微信小店's visible range (doc/store, get_wecom_id). */
const unknownMember: ReadonlySet<number> = new Set([914911001, 914911002, 914911003])

/** The API of the WeChat shop (contract wechat-shop.md sections 3 to 5). `corpId` is the company whose members it credits. */
export function weChatShop({ api, appId, corpId }: { api: TencentApi; appId: AppId; corpId: string }): Shop {
  return {
    appId,
    read: (orderNo) => readOrder({ api, appId }, orderNo),
    readAfterSale: (no) => readAfterSale(api, no),

    async changedOrders(range, cursor) {
      const body = { update_time_range: { start_time: seconds(range.from), end_time: seconds(range.to) }, page_size: pageSize }
      const { order_id_list: numbers, ...rest } = await api.post('/channels/ec/order/list/get', { ...body, ...from(cursor) }, ordersPage)
      return pageOf(numbers, rest)
    },

    async newAfterSales(range, cursor) {
      const body = { ...created(range), ...from(cursor) }
      const answer = await api.post('/channels/ec/aftersale/getaftersalelist', body, afterSalesPage)
      return pageOf(answer.after_sale_order_id_list, answer)
    },

    async couponOwner({ couponNo, openId }) {
      const body = { user_coupon_id: couponNo, openid: openId }
      const { unionid } = await api.post('/channels/ec/coupon/get_user_coupon', body, couponAnswer)
      return unionid as UnionId | null
    },

    async item(productId) {
      const { product } = await api.post('/channels/ec/product/get', { product_id: productId, data_type: 1 }, productAnswer)
      return product ? itemOf(product) : null
    },

    async memberCode(userid) {
      try {
        const body = { corp_id: corpId, user_id: userid }
        const { data } = await api.post('/channels/ec/wecom/get_wecom_id', body, memberAnswer)
        return data?.wecom_user_id ?? null
      } catch (error) {
        if (error instanceof TencentRefused && unknownMember.has(error.errcode)) return null
        throw error
      }
    },
  }
}

const seconds = (at: Date) => Math.floor(at.getTime() / 1000)
const from = (cursor: string) => (cursor === '' ? {} : { next_key: cursor })

function created({ from: first, to }: TimeRange) {
  return { begin_create_time: seconds(first), end_create_time: seconds(to) }
}

/** A next_key stands there even on the last page: `has_more` tells. */
function pageOf(
  numbers: readonly string[] | null | undefined,
  { next_key: next, has_more: more }: { next_key: string | null; has_more?: boolean | null | undefined },
): NumbersPage {
  return { numbers: numbers ?? [], nextCursor: more && next ? next : '' }
}

function itemOf(product: NonNullable<z.infer<typeof productAnswer>['product']>): Item {
  const { product_id: productId, out_product_id: outer, title, min_price: price } = product
  return {
    id: productId,
    ...(outer && outer !== productId ? { aliases: [outer] } : {}),
    ...(title === null ? {} : { title }),
    ...(price == null ? {} : { price: price as Fen }),
  }
}

import { z } from 'zod'
import { postApi, Refusal, type Api, type Desk } from '../api.ts'
import { afterSalesOf, unionIdOf, updatedAt, type OrderRecord } from '../world.ts'
import { shopLists } from './shop-lists.ts'
import { memberCode, shopService } from './shop-service.ts'

/** order/get of the WeChat shop. Contract section 4. */
const orderGet = postApi(
  ['shop'],
  z.strictObject({}),
  z.strictObject({ order_id: z.string().regex(/^\d{1,20}$/), encode_sensitive_info: z.boolean().optional() }),
  (desk, { body }) => {
    const order = desk.world.orders[body.order_id]
    if (!order) throw new Refusal(100002, 'order not found')
    return { order: orderRow(desk, order) }
  },
)

const seconds = (ms: number) => Math.floor(ms / 1000)

function orderRow(desk: Desk, order: OrderRecord) {
  const customer = desk.world.customers[order.customer]
  if (!customer) throw new Refusal(-1, 'system error')
  const unionid = unionIdOf(desk.world, customer)
  const afterSales = afterSalesOf(desk.world, order.orderNo)
  const total = order.items.reduce((sum, one) => sum + one.price * (one.count ?? 1), 0)
  return {
    order_id: order.orderNo,
    status: order.status,
    openid: customer.openIds.shop,
    ...(unionid ? { unionid } : {}),
    create_time: seconds(order.createdAtMs),
    update_time: seconds(updatedAt(order)),
    order_detail: {
      product_infos: order.items.map(productRow),
      price_info: {
        product_price: total,
        order_price: total,
        freight: 0,
        is_discounted: false,
        original_order_price: total,
      },
      pay_info:
        order.paidAtMs === null
          ? {}
          : {
              prepay_id: `up_${order.orderNo}`,
              prepay_time: seconds(order.createdAtMs),
              pay_time: seconds(order.paidAtMs),
              transaction_id: `4200${order.orderNo}`,
              payment_method: 1,
            },
      ext_info: {
        customer_notes: '', merchant_notes: '', order_scene: 1, ...(order.receivedAtMs ? { confirm_receipt_time: seconds(order.receivedAtMs) } : {}),
      },
      delivery_info: order.shippedAtMs ? { ship_done_time: seconds(order.shippedAtMs) } : {},
      source_infos: order.forwardedBy === undefined ? [] : order.items.map((item) => sourceRow(desk, item, order.forwardedBy ?? '')),
    },
    aftersale_detail: {
      on_aftersale_order_cnt: afterSales.length,
      aftersale_order_list: afterSales.map(({ no }) => ({ aftersale_order_id: no, status: 1 })),
    },
    is_present: false,
  }
}

/** Forwarded by a member of the company: account_type 4, content_type 1. */
function sourceRow(desk: Desk, item: OrderRecord['items'][number], userid: string) {
  return {
    sku_id: item.skuId ?? `${item.productId}1`,
    account_type: 4,
    account_id: memberCode(desk, userid),
    account_nickname: '',
    sale_channel: 0,
    content_type: 1,
    content_id: '',
  }
}

function productRow(item: OrderRecord['items'][number]) {
  const line = item.price * (item.count ?? 1)
  return {
    product_id: item.productId,
    sku_id: item.skuId ?? `${item.productId}1`,
    out_product_id: item.outProductId ?? '',
    out_sku_id: item.outSkuId ?? '',
    sku_code: item.skuCode ?? '',
    title: item.title,
    thumb_img: '',
    sku_cnt: item.count ?? 1,
    sale_price: item.price,
    market_price: item.price,
    real_price: line,
    estimate_price: line,
    sku_attrs: [],
    on_aftersale_sku_cnt: 0,
    finish_aftersale_sku_cnt: 0,
  }
}

export const shop: Record<string, Api> = { '/channels/ec/order/get': orderGet, ...shopLists, ...shopService }

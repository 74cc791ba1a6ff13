import { z } from 'zod'
import { postApi, Refusal, type Api, type Desk } from '../api.ts'
import { idFor, staffOf, unionIdOf } from '../world.ts'

const number = z.string().regex(/^\d{1,20}$/)
const seconds = (ms: number) => Math.floor(ms / 1000)

/** aftersale/getaftersaleorder. Contract section 5. */
const afterSaleGet = postApi(['shop'], z.strictObject({}), z.strictObject({ after_sale_order_id: number }), (desk, { body }) => {
  const { world } = desk
  const found = world.afterSales?.[body.after_sale_order_id]
  const order = found && world.orders[found.orderNo]
  const customer = order && world.customers[order.customer]
  if (!found || !order || !customer) throw new Refusal(100002, 'after-sale not found')
  const unionid = unionIdOf(world, customer)
  const [first] = order.items
  return {
    after_sale_order: {
      after_sale_order_id: found.no,
      order_id: found.orderNo,
      status: found.status,
      type: found.type,
      openid: customer.openIds.shop,
      ...(unionid ? { unionid } : {}),
      product_info: { product_id: first?.productId ?? '', sku_id: first?.skuId ?? `${first?.productId}1`, count: first?.count ?? 1 },
      refund_info: { amount: found.amount, refund_reason: 1 },
      details: { desc: '', receive_product: true, media_id_list: [], tel_number: '' },
      reason: 'OTHERS',
      reason_text: found.reason,
      create_time: seconds(found.createdAtMs),
      update_time: seconds(found.updatedAtMs),
      gen_scene: 1,
    },
  }
})

/** coupon/get_user_coupon: whose it is, with the unionid of whoever got it after the accounts were bound. */
const userCoupon = postApi(
  ['shop'],
  z.strictObject({}),
  z.strictObject({ user_coupon_id: number, openid: z.string().min(1) }),
  ({ world }, { body }) => {
    const customer = world.customers[world.coupons?.[body.user_coupon_id] ?? '']
    if (!customer || customer.openIds.shop !== body.openid) throw new Refusal(40097, 'no such coupon of this user')
    const unionid = unionIdOf(world, customer)
    return { openid: body.openid, ...(unionid ? { unionid } : {}), user_coupon: { user_coupon_id: body.user_coupon_id, status: 100 } }
  },
)

/** product/get; `product` is absent when it is not listed. */
const productGet = postApi(
  ['shop'],
  z.strictObject({}),
  z.strictObject({ product_id: z.string().min(1), data_type: z.literal([1, 2, 3]).optional() }),
  ({ world }, { body }) => {
    const item = world.products?.[body.product_id]
    if (!item) return {}
    const { productId, outProductId = '', title, price } = item
    return { product: { product_id: productId, out_product_id: outProductId, title, head_imgs: [], status: 5, min_price: price, skus: [] } }
  },
)

/** wecom/get_wecom_id: the shop's own name for a member, only from ours to theirs. */
const wecomId = postApi(
  ['shop'],
  z.strictObject({}),
  z.strictObject({ corp_id: z.string(), user_id: z.string().min(1) }),
  (desk, { body }) => {
    if (body.corp_id !== desk.brand.corpId) throw new Refusal(914911001, 'company not bound to the shop', true)
    if (!staffOf(desk.world, body.user_id)?.inVisibleRange) throw new Refusal(914911002, 'no such user_id')
    return { data: { wecom_corp_id: idFor('wc', desk.brand.corpId, 20), wecom_user_id: memberCode(desk, body.user_id) } }
  },
)

/** What `source_infos` call a member. */
export function memberCode(desk: Desk, userid: string): string {
  return idFor('wu', `${desk.brand.corpId} ${userid.toLowerCase()}`, 24)
}

export const shopService: Record<string, Api> = {
  '/channels/ec/aftersale/getaftersaleorder': afterSaleGet,
  '/channels/ec/coupon/get_user_coupon': userCoupon,
  '/channels/ec/product/get': productGet,
  '/channels/ec/wecom/get_wecom_id': wecomId,
}

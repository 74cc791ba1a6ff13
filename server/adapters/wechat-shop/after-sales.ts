import { z } from 'zod'
import { TencentRefused } from '../../domain/errors.ts'
import type { AfterSaleWish } from '../../domain/event.ts'
import type { Fen, OpenId, UnionId } from '../../domain/ids.ts'
import type { AfterSale } from '../../ports/shop.ts'
import type { TencentApi } from '../tencent/api.ts'
import { id, optionalText, optionalTime, whole } from '../tencent/words.ts'

const answer = z.object({
  after_sale_order: z.object({
    after_sale_order_id: id,
    order_id: id,
    status: z.string().min(1),
    type: optionalText,
    openid: z.string().min(1),
    unionid: optionalText,
    product_info: z.object({ product_id: id.nullish(), sku_id: id.nullish() }).nullish(),
    refund_info: z.object({ amount: whole.nullish() }).nullish(),
    reason_text: optionalText,
    create_time: optionalTime,
    update_time: optionalTime,
  }),
})

const types: Readonly<Record<string, AfterSaleWish['type']>> = { REFUND: 'refund', RETURN: 'return', EXCHANGE: 'exchange' }
/** No such order for this token, here as in order/get; Unverified: the after-sale API's own code for it. */
const unknownNumber = 100002

/** getaftersaleorder of the WeChat shop (doc/store, getaftersaleorder); null: no such after-sale. */
export async function readAfterSale(api: TencentApi, no: string): Promise<AfterSale | null> {
  try {
    const body = { after_sale_order_id: no }
    const { after_sale_order: found } = await api.post('/channels/ec/aftersale/getaftersaleorder', body, answer)
    return afterSaleOf(found)
  } catch (error) {
    if (error instanceof TencentRefused && error.errcode === unknownNumber) return null
    throw error
  }
}

function afterSaleOf(found: z.infer<typeof answer>['after_sale_order']): AfterSale {
  return {
    no: found.after_sale_order_id,
    orderNo: found.order_id,
    type: types[found.type ?? ''] ?? 'refund',
    reason: found.reason_text,
    openId: found.openid as OpenId,
    unionId: found.unionid as UnionId | null,
    status: found.status,
    amount: (found.refund_info?.amount ?? null) as Fen | null,
    productId: found.product_info?.product_id ?? null,
    skuId: found.product_info?.sku_id ?? null,
    createdAt: found.create_time ?? found.update_time ?? new Date(0),
    updatedAt: found.update_time ?? found.create_time ?? new Date(0),
  }
}

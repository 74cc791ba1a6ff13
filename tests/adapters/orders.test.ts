import { expect, test } from 'vitest'
import type { ZodType } from 'zod'
import type { AppId } from '../../server/domain/ids.ts'
import { readOrder } from '../../server/adapters/wechat-shop/orders.ts'

const line = (over: object) => ({ product_id: '10000001', sku_id: '1', title: '双面羊绒大衣', sku_cnt: 2, ...over })

/** order/get of an order with these parts; what it does not name is as bare as the manual allows. */
async function amountOf(detail: object): Promise<number | null | undefined> {
  const answer = { order: { order_id: '3704612354559743232', status: 20, openid: 'o-lin', create_time: 1_772_416_800, order_detail: detail } }
  const api = { get: () => Promise.reject(new Error('not asked')), post: async <T>(_api: string, _body: unknown, shape: ZodType<T>) => shape.parse(answer) }
  return (await readOrder({ api, appId: 'wxshop' as AppId }, '3704612354559743232'))?.amount
}

test.each([
  ['the order\'s price', { product_infos: [line({ sale_price: 100 })], price_info: { order_price: 379_700 } }, 379_700],
  ['a price of nothing', { product_infos: [line({ sale_price: 100 })], price_info: { order_price: 0 } }, 0],
  ['what the lines cost', { product_infos: [line({ sale_price: 59_900 }), line({ sku_cnt: 1, real_price: 268_000 })] }, 387_800],
  ['unknown, where a line does not say', { product_infos: [line({ sale_price: 59_900 }), line({})] }, null],
  ['unknown, without lines', { product_infos: [] }, null],
])('A3: an order costs %s', async (_what, detail, amount) => {
  expect(await amountOf(detail)).toBe(amount)
})

import { z } from 'zod'
import { postApi, Refusal, type Api } from '../api.ts'
import { updatedAt } from '../world.ts'

const time = z.number().int().positive()
const range = z.strictObject({ start_time: time, end_time: time })
const weekSeconds = 7 * 86_400
const daySeconds = 86_400

/** order/list/get: by exactly one range of at most 7 days. Contract section 4. */
const orderList = postApi(
  ['shop'],
  z.strictObject({}),
  z.strictObject({
    create_time_range: range.optional(),
    update_time_range: range.optional(),
    status: z.number().int().optional(),
    openid: z.string().optional(),
    page_size: z.number().int().min(1).max(100),
    next_key: z.string().min(1).optional(),
  }),
  ({ world }, { body }) => {
    const asked = body.update_time_range ?? body.create_time_range
    if (!asked || (body.update_time_range && body.create_time_range)) throw new Refusal(40097, 'exactly one range', true)
    if (asked.end_time - asked.start_time > weekSeconds) throw new Refusal(40097, 'range longer than 7 days', true)
    const timeOf = body.update_time_range ? updatedAt : (order: { createdAtMs: number }) => order.createdAtMs
    const found = Object.values(world.orders)
      .filter((order) => within(timeOf(order), asked.start_time, asked.end_time))
      .filter((order) => body.status === undefined || order.status === body.status)
      .toSorted((a, b) => timeOf(a) - timeOf(b))
    const { rows, ...more } = pageOf(found, body.next_key, body.page_size)
    return { order_id_list: rows.map(({ orderNo }) => orderNo), ...more }
  },
)

/** aftersale/getaftersalelist: by creation, at most 24 hours. Contract section 5. */
const afterSaleList = postApi(
  ['shop'],
  z.strictObject({}),
  z.strictObject({ begin_create_time: time, end_create_time: time, next_key: z.string().min(1).optional() }),
  ({ world }, { body }) => {
    const { begin_create_time: from, end_create_time: to } = body
    if (to - from > daySeconds) throw new Refusal(10020004, 'range longer than 24 hours', true)
    const found = Object.values(world.afterSales ?? {}).filter(({ createdAtMs }) => within(createdAtMs, from, to))
    const { rows, ...more } = pageOf(found, body.next_key, 50)
    return { after_sale_order_id_list: rows.map(({ no }) => no), ...more }
  },
)

function within(atMs: number, fromSeconds: number, toSeconds: number): boolean {
  const at = Math.floor(atMs / 1000)
  return at >= fromSeconds && at <= toSeconds
}

function pageOf<Row>(all: readonly Row[], key: string | undefined, size: number) {
  const start = key === undefined ? 0 : Number(key.replace(/^page-/, ''))
  if (!Number.isInteger(start)) throw new Refusal(40097, 'next_key is not ours')
  const end = start + size
  return { rows: all.slice(start, end), next_key: `page-${end}`, has_more: end < all.length }
}

export const shopLists: Record<string, Api> = {
  '/channels/ec/order/list/get': orderList,
  '/channels/ec/aftersale/getaftersalelist': afterSaleList,
}

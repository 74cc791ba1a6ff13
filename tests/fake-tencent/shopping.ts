import type { Delivering } from './post.ts'
import { seconds, type Stage } from './stage.ts'
import type { CustomerRecord, OrderItem, OrderRecord } from './world.ts'
import type { Fields } from './wire-text.ts'

/** What a customer, or the shop for them, does with orders of the WeChat shop. */
export interface Shopping {
  /** Created, not paid. `orderNo` has 19 digits and travels as a JSON number. `forwardedBy`: a member's userid. */
  orders(items: readonly OrderItem[], options?: Delivering & { forwardedBy?: string }): Promise<{ orderNo: string; statuses: number[] }>
  pays(orderNo: string, options?: Delivering): Promise<number[]>
  /** type 1: by the user; 2: timeout. */
  cancels(orderNo: string, options?: Delivering & { type?: number }): Promise<number[]>
  isSent(orderNo: string, options?: Delivering): Promise<number[]>
  confirms(orderNo: string, options?: Delivering): Promise<number[]>
  isSettled(orderNo: string, options?: Delivering): Promise<number[]>
}

const firstOrder = 3_700_000_000_000_000_000n

/** Source: channels_ec_order_* of the shop's notification index. */
export function shoppingOf(stage: Stage, customer: CustomerRecord): Shopping {
  const { desk } = stage
  const event = (name: string, orderNo: string, more: Fields, options?: Delivering) =>
    stage.send(
      'wechat-shop',
      {
        ToUserName: desk.brand.shop.ghId,
        FromUserName: customer.openIds.shop,
        CreateTime: seconds(stage),
        MsgType: 'event',
        Event: `channels_ec_order_${name}`,
        order_info: { order_id: BigInt(orderNo), ...more },
      },
      options,
    )
  const order = (orderNo: string): OrderRecord => {
    const found = desk.world.orders[orderNo]
    if (!found) throw new Error(`no order ${orderNo}`)
    return found
  }
  const change = (orderNo: string, to: Partial<OrderRecord>) =>
    Object.assign(order(orderNo), { ...to, updatedAtMs: desk.now().getTime() })

  return {
    async orders(items, { forwardedBy, ...options } = {}) {
      desk.world.counter += 1
      const orderNo = String(firstOrder + BigInt(desk.world.counter))
      desk.world.orders[orderNo] = {
        orderNo,
        customer: customer.id,
        status: 10,
        items: [...items],
        createdAtMs: desk.now().getTime(),
        paidAtMs: null,
        ...(forwardedBy === undefined ? {} : { forwardedBy }),
      }
      return { orderNo, statuses: await event('new', orderNo, {}, options) }
    },
    async pays(orderNo, options) {
      change(orderNo, { status: 20, paidAtMs: desk.now().getTime() })
      return event('pay', orderNo, { pay_time: seconds(stage) }, options)
    },
    async cancels(orderNo, options = {}) {
      change(orderNo, { status: 250 })
      return event('cancel', orderNo, { cancel_type: options.type ?? 1 }, options)
    },
    async isSent(orderNo, options) {
      change(orderNo, { status: 30, shippedAtMs: desk.now().getTime() })
      return event('deliver', orderNo, { finish_delivery: 1 }, options)
    },
    async confirms(orderNo, options) {
      change(orderNo, { status: 100, receivedAtMs: desk.now().getTime() })
      return event('confirm', orderNo, { confirm_type: 1 }, options)
    },
    isSettled: (orderNo, options) => event('settle', orderNo, { settle_time: seconds(stage) }, options),
  }
}

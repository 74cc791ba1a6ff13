import type { EventKind } from '../../server/domain/event.ts'
import type { CustomerActor } from '../fake-tencent/customer.ts'
import type { FakeTencent } from '../fake-tencent/main.ts'
import type { StaffActor } from '../fake-tencent/staff.ts'
import type { Sender } from './ladder.ts'
import type { Plan, PlannedCallback } from './plan.ts'

/** What one callback must have led to. */
export interface Expectation {
  /** Null: nothing on the timeline. */
  event: EventKind | null
  /** In what the event keeps: nothing else of its kind has it. */
  token: string
  /** A salesperson must hear of it, once. */
  rings: boolean
}

/** A callback that has happened: how each try sends it, and what it must lead to. */
export interface Happened {
  sender: Sender
  expected: Expectation
  /** One try, sealed anew; the HTTP status, 0 for none. */
  send(): Promise<number>
}

/** Everybody of the plan, and how they do what it says. */
export interface People {
  /** The doing itself; nothing is sent yet. */
  act(callback: PlannedCallback): Happened
}

const kept = { deliveries: 0 }
const nothing: Expectation = { event: null, token: '', rings: false }

/** Those who are friends already are so before the product starts, without a callback. */
export function gather(tencent: FakeTencent, plan: Plan): People {
  const staff = Array.from({ length: plan.staff }, (_, index) => tencent.staff(`member-${index}`, { name: `导购${index}` }))
  const customers = Array.from({ length: plan.customers }, (_, index) => tencent.customer(`customer-${index}`, { name: `客户${index}` }))
  const member = (index: number) => staff[index % staff.length] as StaffActor
  const orders = new Map<number, string>()
  const long = { ...kept, at: new Date(Date.now() - 30 * 86_400_000) }
  for (const [index, customer] of customers.entries()) if (index < plan.friends) void member(index).adds(customer, long)

  /** What the last act wrote, for every try. */
  function letter(event: EventKind | null, token: string, rings = false): Happened {
    const written = tencent.letters.at(-1)
    if (!written) throw new Error('nothing was written')
    return { sender: written.channel, expected: { event, token, rings }, send: () => tencent.delivers(written) }
  }

  function act({ deed, customer: index, marker, order }: PlannedCallback): Happened {
    const customer = customers[index] as CustomerActor
    const isFriend = index < plan.friends
    switch (deed) {
      case 'adds':
        void member(index).adds(customer, { ...kept, state: marker })
        return letter('became-contact', marker)
      case 'is-edited':
        void member(index).edits(customer, kept)
        return { ...letter(null, ''), expected: nothing }
      case 'follows':
        void customer.follows({ ...kept, scene: marker })
        return letter('followed-account', marker, isFriend)
      case 'writes':
        void customer.writes(`看看新款 ${marker}`, kept)
        return letter('sent-message', marker)
      case 'asks-for-a-price':
        void customer.writes(`这件多少钱 ${marker}`, kept)
        return letter('sent-message', marker, isFriend)
      case 'taps':
        void customer.taps(marker, kept)
        return letter('tapped-menu', marker)
      case 'opens-link':
        void customer.opensMenuLink(`https://brand.test/${marker}`, kept)
        return letter('opened-menu-link', marker)
      case 'is-located':
        return located(customer, marker)
      case 'orders':
        return ordered(customer, marker)
      case 'pays-order':
        return paid(customer, orders.get(order ?? -1) ?? '', isFriend)
      case 'pays-in-mall':
        return paidInMall(customer, marker)
    }
  }

  function located(customer: CustomerActor, marker: string): Happened {
    const head = { ToUserName: tencent.brand.account.ghId, FromUserName: customer.openIds.account, CreateTime: Math.floor(Date.now() / 1000) }
    const place = { Latitude: `31.${marker.replace(/\D/g, '')}`, Longitude: '121.473701', Precision: '65.000000' }
    void tencent.sends('official-account', { ...head, MsgType: 'event', Event: 'LOCATION', ...place }, kept)
    return { ...letter(null, ''), expected: nothing }
  }

  function ordered(customer: CustomerActor, marker: string): Happened {
    void customer.orders([{ productId: marker, title: '羊绒大衣', price: 268_000 }], kept)
    const orderNo = String(Object.keys(tencent.world.orders).at(-1))
    orders.set(Number(marker.replace(/\D/g, '')), orderNo)
    return letter('order-created', orderNo)
  }

  function paid(customer: CustomerActor, orderNo: string, rings: boolean): Happened {
    void customer.pays(orderNo, kept)
    return letter('order-paid', orderNo, rings)
  }

  /** Nothing has told us whose openid of the mini-program that is: it is kept, and nobody can be told. */
  function paidInMall(customer: CustomerActor, marker: string): Happened {
    void customer.paysInMall(marker, 9_900, kept)
    const send = async () => (await tencent.pay.tells(marker))[0] ?? 0
    return { sender: 'wechat-pay', expected: { event: 'paid', token: marker, rings: false }, send }
  }

  return { act }
}

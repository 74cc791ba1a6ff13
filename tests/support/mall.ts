import type { CustomerActor } from '../fake-tencent/customer.ts'
import type { MallAnswer, MallEvent } from '../fake-tencent/mall.ts'
import type { OrderItem } from '../fake-tencent/world.ts'
import type { TestClock } from './open-brand.ts'

/** What the brand sells; ids as the mall spells them. */
export const coat = { id: '10001', title: '羊绒大衣', category: 'coats', price: 299_900 }
export const scarf = { id: '10002', title: '羊毛围巾', category: 'scarves', price: 39_900 }

/** Coats enough to compare. */
export const coats = ['驼色', '黑色', '灰色', '藏青', '酒红'].map((colour, index) => ({
  id: String(20_001 + index),
  title: `${colour}大衣`,
  category: 'coats',
  price: 259_900,
}))

/** The coat as the WeChat shop spells it: the mall's id is the product's own, or its outer one. */
export const coatInShop: OrderItem = { productId: coat.id, skuId: '770001', skuCode: 'COAT-M', title: coat.title, price: coat.price }
export const coatByOuterId: OrderItem = { ...coatInShop, productId: '880001', outProductId: coat.id }
export const scarfInShop: OrderItem = { productId: '990002', title: scarf.title, price: scarf.price }

let reported = 0

/** One row of the mall's report, now unless `at` (Unix ms) says otherwise. */
export function row(clock: TestClock, kind: string, item?: MallEvent['item'], at = clock.now().getTime()): MallEvent {
  reported += 1
  return { id: `row-${reported}`, at, kind, ...(item ? { item } : {}) }
}

/** The customer does one thing in the mall, now. */
export function inMall(clock: TestClock, customer: CustomerActor) {
  return (kind: string, item?: MallEvent['item']): Promise<MallAnswer> => customer.reports([row(clock, kind, item)])
}

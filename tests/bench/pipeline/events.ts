import type { AppId, OpenId } from '../../../server/domain/ids.ts'
import type { Delivery } from '../../../server/ports/inbox.ts'
import { beaconDelivery } from '../../../webhooks/beacon/deliveries.ts'

/** The mini-program that reports. */
export const mallAppId = 'wxbenchmall00001' as AppId

/** The n-th customer's openid in it. */
export function openIdOf(customer: number): OpenId {
  return `oBench${String(customer).padStart(22, '0')}` as OpenId
}

const categories = ['coats', 'knitwear', 'skirts', 'shoes', 'bags']

/**
 * The n-th event of a mall's day: of 100, 82 views, 8 searches, 6 baskets, 2 taken out, 2 orders. Customers come in an
 * order that looks random and is the same every time.
 */
export function mallDelivery(index: number, customers: number, from: Date): Delivery {
  const customer = (index * 7_919 + Math.floor(index / customers)) % customers
  const at = from.getTime() + index
  const part = index % 100
  const kind = part < 82 ? 'view-item' : part < 90 ? 'search' : part < 96 ? 'add-to-cart' : part < 98 ? 'remove-from-cart' : 'order'
  const category = categories[index % categories.length] ?? 'coats'
  const item = { id: `item-${index % 500}`, title: `羊绒大衣 ${index % 500}`, category, price: 268_000 }
  const content = kind === 'search' ? { text: `大衣 ${index % 50}`, item: undefined } : { text: undefined, item }
  return beaconDelivery({ appId: mallAppId, openId: openIdOf(customer), now: new Date(at) }, { id: `e${index}`, at, kind, ...content })
}

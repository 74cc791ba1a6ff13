import { createHash } from 'node:crypto'
import { z } from 'zod'
import { MalformedCallback } from '../../server/domain/errors.ts'
import type { CustomerEvent, Fact } from '../../server/domain/event.ts'
import type { AppId, Fen, OpenId, StaffId, UnionId } from '../../server/domain/ids.ts'
import { eventsOfAfterSale, eventsOfOrder, linkOfOwner } from '../../server/domain/shop-order.ts'
import type { Delivery } from '../../server/ports/inbox.ts'
import { storedJson } from '../json-answers.ts'

const fen = z.number().int().transform((amount) => amount as Fen)
const item = z.object({
  id: z.string(),
  aliases: z.array(z.string()).readonly().exactOptional(),
  title: z.string().exactOptional(),
  category: z.string().exactOptional(),
  price: fen.exactOptional(),
  count: z.number().exactOptional(),
})
const time = z.coerce.date()
const owner = {
  openId: z.string().transform((text) => text as OpenId),
  unionId: z.string().transform((text) => text as UnionId).nullable(),
  createdAt: time,
  updatedAt: time,
}
const appId = z.string().transform((text) => text as AppId)
const orderState = z.object({
  ...owner,
  appId,
  orderNo: z.string(),
  status: z.number(),
  amount: fen.nullable(),
  transactionId: z.string().nullable(),
  items: z.array(item).readonly(),
  paidAt: time.nullable(),
  shippedAt: time.nullable(),
  receivedAt: time.nullable(),
  creditedTo: z.array(z.string().transform((text) => text as StaffId)).readonly(),
})
const afterSaleState = z.object({
  ...owner,
  no: z.string(),
  type: z.enum(['refund', 'return', 'exchange']),
  reason: z.string().nullable(),
  orderNo: z.string(),
  status: z.string(),
  amount: fen.nullable(),
})
const snapshot = z.discriminatedUnion('what', [
  z.object({ what: z.literal('order'), order: orderState }),
  z.object({ what: z.literal('after-sale'), appId, items: z.array(item).readonly(), afterSale: afterSaleState }),
])

/** The state of an order or after-sale as the shop's API told it, from which missed callbacks are made good. */
export type ShopSnapshot = z.output<typeof snapshot>

/** The events of a snapshot, each with the key that a callback of the same fact has. */
export function eventsOfSnapshot(told: ShopSnapshot): CustomerEvent[] {
  return told.what === 'order' ? eventsOfOrder(told.order) : eventsOfAfterSale(told.afterSale, told.appId, told.items)
}

/** A delivery that carries the snapshot; another one that tells the same facts is the same delivery. */
export function snapshotDelivery(told: ShopSnapshot, receivedAt: Date): Delivery {
  const keys = eventsOfSnapshot(told).map(({ key }) => key)
  return {
    channel: 'reconciled',
    account: told.what === 'order' ? told.order.appId : told.appId,
    key: createHash('sha256').update(keys.join('\n')).digest('base64url'),
    bytes: Buffer.from(JSON.stringify(told)),
    receivedAt,
  }
}

/** @throws MalformedCallback */
export function parseReconciled(delivery: Delivery): readonly Fact[] {
  const read = snapshot.safeParse(storedJson(delivery.bytes))
  if (!read.success) throw new MalformedCallback('not a state of the shop')
  const told = read.data
  const events = eventsOfSnapshot(told)
  const links = told.what === 'order' ? linkOfOwner(told.order, told.order.appId, delivery.key) : linkOfOwner(told.afterSale, told.appId, delivery.key)
  return [
    ...events.map((event): Fact => ({ about: 'customer', event })),
    ...links.map((link): Fact => ({ about: 'link', link })),
  ]
}

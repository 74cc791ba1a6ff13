import { z } from 'zod'
import { MalformedCallback } from '../../server/domain/errors.ts'
import type { Fact, Item } from '../../server/domain/event.ts'
import type { Fen } from '../../server/domain/ids.ts'
import type { Delivery } from '../../server/ports/inbox.ts'
import { storedJson } from '../json-answers.ts'
import { learntLink, linkFact } from '../learnt-link.ts'
import { beaconEventKey, storedBeaconEvent } from './deliveries.ts'
import { phoneFact, provedPhone } from './phone.ts'

const stored = z.union([learntLink, provedPhone, storedBeaconEvent])
type StoredEvent = z.output<typeof storedBeaconEvent>

/** What a delivery of the beacon tells. @throws MalformedCallback */
export function parseBeacon(delivery: Delivery): readonly Fact[] {
  const { data } = stored.safeParse(storedJson(delivery.bytes))
  if (!data) throw new MalformedCallback('not an event of the beacon')
  if (data.kind === 'proved-phone') return [{ about: 'link', link: phoneFact(data) }]
  return [data.kind === 'linked' ? { about: 'link', link: linkFact(data) } : customerFact(data)]
}

function customerFact(event: StoredEvent): Fact {
  const { appId, openId, id, at, kind, item, text } = event
  return {
    about: 'customer',
    event: {
      key: beaconEventKey(appId, openId, id),
      at: new Date(at),
      who: { kind: 'openid', appId, openId },
      source: 'beacon',
      kind,
      item: item ? itemOf(item) : null,
      text: text ?? null,
    },
  }
}

function itemOf({ id, title, category, price }: NonNullable<StoredEvent['item']>): Item {
  return {
    id,
    ...(title === undefined ? {} : { title }),
    ...(category === undefined ? {} : { category }),
    ...(price === undefined ? {} : { price: price as Fen }),
  }
}

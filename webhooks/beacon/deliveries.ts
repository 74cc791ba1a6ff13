import { z } from 'zod'
import type { AppId, OpenId } from '../../server/domain/ids.ts'
import type { Delivery } from '../../server/ports/inbox.ts'
import { beaconEvent, type BeaconEvent } from './check-batch.ts'

/** Bytes of one stored event: the mall's words, and the openid that its session speaks for. */
export const storedBeaconEvent = beaconEvent.extend({
  appId: z.string().transform((text) => text as AppId),
  openId: z.string().transform((text) => text as OpenId),
})

/** Whose report it is, and when it came. */
export interface Reporter {
  appId: AppId
  openId: OpenId
  now: Date
}

/** One event of one openid: the id is the mall's, so the same id is the same delivery, whatever else differs. */
export function beaconDelivery({ appId, openId, now }: Reporter, event: BeaconEvent): Delivery {
  return {
    channel: 'beacon',
    account: appId,
    key: `${openId}:${event.id}`,
    bytes: Buffer.from(JSON.stringify({ ...event, appId, openId })),
    receivedAt: now,
  }
}

/** Key of the event in the timeline. */
export function beaconEventKey(appId: AppId, openId: OpenId, id: string): string {
  return `beacon:${appId}:${openId}:${id}`
}

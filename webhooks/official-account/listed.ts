import { createHash } from 'node:crypto'
import { z } from 'zod'
import { MalformedCallback } from '../../server/domain/errors.ts'
import type { EventBody, Fact } from '../../server/domain/event.ts'
import type { AppId, OpenId } from '../../server/domain/ids.ts'
import { listedFollowKey, type ListedFollow } from '../../server/domain/listed-follow.ts'
import type { Delivery } from '../../server/ports/inbox.ts'
import { storedJson } from '../json-answers.ts'

const prefix = 'follow|'
const stored = z.object({
  appId: z.string().transform((text) => text as AppId),
  openId: z.string().transform((text) => text as OpenId),
  follows: z.boolean(),
  at: z.coerce.date(),
  scene: z.string().nullable(),
})

/** A delivery that carries what the list of followers told; the same finding is the same delivery. */
export function listedFollowDelivery(found: ListedFollow, receivedAt: Date): Delivery {
  return {
    channel: 'reconciled',
    account: found.appId,
    key: `${prefix}${createHash('sha256').update(listedFollowKey(found)).digest('base64url')}`,
    bytes: Buffer.from(JSON.stringify(found)),
    receivedAt,
  }
}

/** Whether a reconciled delivery is one of these. */
export function isListedFollowDelivery({ key }: Delivery): boolean {
  return key.startsWith(prefix)
}

/** @throws MalformedCallback */
export function parseListedFollow(delivery: Delivery): readonly Fact[] {
  const read = stored.safeParse(storedJson(delivery.bytes))
  if (!read.success) throw new MalformedCallback('not a finding of the list of followers')
  const { appId, openId, at, scene, follows } = read.data
  const body: EventBody = follows ? { kind: 'followed-account', scene } : { kind: 'unfollowed-account' }
  const head = { key: listedFollowKey(read.data), at, who: { kind: 'openid', appId, openId }, source: 'official-account' } as const
  return [{ about: 'customer', event: { ...head, ...body } }]
}

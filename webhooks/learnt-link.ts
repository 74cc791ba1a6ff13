import { createHash } from 'node:crypto'
import { z } from 'zod'
import { identityKey, type AppId, type OpenId, type UnionId } from '../server/domain/ids.ts'
import type { LinkFact } from '../server/domain/event.ts'
import type { ChannelName, Delivery } from '../server/ports/inbox.ts'

/** What one login told us: this openid and this unionid are one customer. */
export const learntLink = z.object({
  kind: z.literal('linked'),
  by: z.enum(['code2session', 'oauth']),
  appId: z.string().transform((text) => text as AppId),
  openId: z.string().transform((text) => text as OpenId),
  unionId: z.string().transform((text) => text as UnionId),
  at: z.number(),
})

/** Shape of the stored bytes; `at` in Unix ms. */
export type LearntLink = z.output<typeof learntLink>

/** A delivery that carries the link; the same link learnt again is the same delivery. */
export function linkDelivery(channel: ChannelName, link: LearntLink): Delivery {
  return {
    channel,
    account: link.appId,
    key: `link|${createHash('sha256').update(linkKey(link)).digest('base64url')}`,
    bytes: Buffer.from(JSON.stringify(link)),
    receivedAt: new Date(link.at),
  }
}

/** The link in our words. */
export function linkFact(link: LearntLink): LinkFact {
  return {
    key: linkKey(link),
    at: new Date(link.at),
    a: { kind: 'openid', appId: link.appId, openId: link.openId },
    b: { kind: 'unionid', unionId: link.unionId },
    evidence: { by: link.by, appId: link.appId },
  }
}

function linkKey({ by, appId, openId, unionId }: LearntLink): string {
  return `link:${by}:${identityKey({ kind: 'openid', appId, openId })}:${unionId}`
}

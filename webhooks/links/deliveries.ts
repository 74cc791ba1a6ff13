import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { AppId, IdentityKey, OpenId, StaffId } from '../../server/domain/ids.ts'
import type { Delivery } from '../../server/ports/inbox.ts'
import { learntLink } from '../learnt-link.ts'

const openId = z.string().transform((text) => text as OpenId)
const appId = z.string().transform((text) => text as AppId)
const identity = z.string().transform((text) => text as IdentityKey)
const staffId = z.string().transform((text) => text as StaffId)

/** Times are Unix ms. The title travels along, so that reading needs no store. */
const opened = z.object({
  kind: z.literal('opened'),
  /** Random, one per navigation. */
  arrival: z.string(),
  contentId: z.string(),
  title: z.string(),
  slug: z.string(),
  staffId: staffId.nullable(),
  appId,
  openId,
  via: z.enum(['oauth', 'cookie']),
  /** Token of somebody else's share that led here. */
  viaToken: z.string().nullable(),
  at: z.number(),
})

const read = z.object({
  kind: z.literal('read'),
  arrival: z.string(),
  /** Place among the reports of one arrival; each tells the seconds since the one before. */
  part: z.number(),
  contentId: z.string(),
  title: z.string(),
  appId,
  openId,
  seconds: z.number(),
  percent: z.number(),
  /** Text of the last heading that was seen; absent: none, or told before there were any. */
  section: z.string().optional(),
  at: z.number(),
})

const shared = z.object({
  kind: z.literal('shared'),
  contentId: z.string(),
  title: z.string(),
  sharer: identity,
  friend: identity,
  at: z.number(),
})

/** Everything that a delivery of channel `links` may say. */
export const storedOnLinks = z.discriminatedUnion('kind', [opened, read, shared, learntLink])

export type Opened = z.output<typeof opened>
export type Read = z.output<typeof read>
export type Shared = z.output<typeof shared>

/** One arrival, one report of one arrival, one share: each is a delivery, and the same one again is the same. */
export function linksDelivery(account: AppId, told: Opened | Read | Shared): Delivery {
  return {
    channel: 'links',
    account,
    key: linksEventKey(told),
    bytes: Buffer.from(JSON.stringify(told)),
    receivedAt: new Date(told.at),
  }
}

/**
 * Key of delivery and event alike. A share's key follows from content, sharer and friend alone, so that it is one for
 * ever, across slugs; hashed, because keys reach pages where nobody may learn who is whose friend (A6).
 */
export function linksEventKey(told: Opened | Read | Shared): string {
  if (told.kind === 'opened') return `opened:${told.arrival}`
  if (told.kind === 'read') return `read:${told.arrival}:${told.part}`
  const parties = JSON.stringify([told.contentId, told.sharer, told.friend])
  return `shared:${createHash('sha256').update(parties).digest('base64url')}`
}

import { randomBytes } from 'node:crypto'
import { StoreUnavailable } from '../../server/domain/errors.ts'
import type { Clock } from '../../server/ports/clock.ts'
import type { Content, ContentLink, Shares, ShareToken } from '../../server/ports/content.ts'
import type { Inbox } from '../../server/ports/inbox.ts'
import type { Consent } from '../consent.ts'
import { within } from '../within.ts'
import { linksDelivery, type Opened, type Shared } from './deliveries.ts'
import { keyOf, type Visitor } from './visitor.ts'

/** One copy of a content, as a slug names it. */
export interface Copy {
  link: ContentLink
  content: Content
}

/** One navigation of an identified visitor. */
export interface Arrival {
  id: string
  /** The visitor's own token for this copy. */
  token: string
}

/** How a navigation came about. known: the same reading goes on after 用微信身份阅读, so it is no further arrival. */
export type ArrivedBy = 'oauth' | 'cookie' | 'known'

export type Arrivals = ReturnType<typeof arrivals>

/** A reader is answered within 4 s, whatever the store does. */
const storeMs = 3_000

/** Records who arrived, through whose share. */
export function arrivals(deps: { inbox: Inbox; shares: Shares; consent: Pick<Consent, 'isPaused'>; clock: Clock }) {
  const nextArrivalId = arrivalIds()
  const { inbox, shares, consent, clock } = deps

  /** The share a token stands for, if it is one of this content; across slugs. */
  async function shareOf(copy: Copy, token: string | null): Promise<ShareToken | null> {
    const share = token ? await shares.find(token) : null
    return share?.contentId === copy.content.id ? share : null
  }

  return {
    shareOf,

    /**
     * Stores the arrival, and the share it proves when the token is another person's. The share goes into the inbox
     * before it is noted, under a key made of content, sharer and friend: a crash in between loses nothing, and what
     * is told twice is one event. @throws StoreUnavailable
     */
    async record(copy: Copy, visitor: Visitor, given: string | null, by: ArrivedBy): Promise<Arrival> {
      const id = nextArrivalId()
      const friend = keyOf(visitor)
      const found = await shareOf(copy, given)
      const isTold = found !== null && found.visitor !== friend && !(await consent.isPaused(found.visitor))
      const share = isTold ? found : null
      const at = clock.now()
      const { appId } = visitor
      const told = by === 'known' ? [] : [openedBy(copy, visitor, { id, by, share, at })]
      const proof = share ? [sharedBy(copy, share, friend, at)] : []
      const deliveries = [...told, ...proof].map((event) => linksDelivery(appId, event))
      if (deliveries.length > 0) await within(storeMs, inbox.accept(deliveries), () => new StoreUnavailable())
      const { contentId, slug } = copy.link
      const named = by === 'known' ? 'oauth' : by
      if (share) await shares.noteShare({ contentId, slug, sharer: share.visitor, friend, by: named, at })
      const depth = (share?.depth ?? 0) + 1
      const own = await shares.tokenFor({ contentId, slug, visitor: friend, parent: share?.token ?? null, depth, by: named, at })
      return { id, token: own.token }
    },
  }
}

interface Circumstances {
  id: string
  by: 'oauth' | 'cookie'
  share: ShareToken | null
  at: Date
}

function openedBy({ link, content }: Copy, { appId, openId }: Visitor, { id, by, share, at }: Circumstances): Opened {
  return {
    kind: 'opened',
    arrival: id,
    contentId: content.id,
    title: content.title,
    slug: link.slug,
    staffId: link.staffId,
    appId,
    openId,
    via: by,
    viaToken: share?.token ?? null,
    at: at.getTime(),
  }
}

function sharedBy({ content }: Copy, share: ShareToken, friend: Shared['friend'], at: Date): Shared {
  return {
    kind: 'shared',
    contentId: content.id,
    title: content.title,
    sharer: share.visitor,
    friend,
    at: at.getTime(),
  }
}

/**
 * Ids that grow as people arrive at this process: rules break ties in time by key, and two arrivals of one millisecond
 * must count in the order in which they came.
 */
function arrivalIds(): () => string {
  let count = 0
  const process = randomBytes(9).toString('base64url')
  return () => {
    count += 1
    return `${count.toString(36).padStart(8, '0')}-${process}`
  }
}

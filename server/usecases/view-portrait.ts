import type { CustomerEvent } from '../domain/event.ts'
import { identityKey, type AppId, type ExternalUserId, type StaffId } from '../domain/ids.ts'
import { ordersOf, type Order } from '../domain/orders.ts'
import { portraitOf, type PortraitField } from '../domain/portrait.ts'
import type { Clock } from '../ports/clock.ts'
import type { CorpTag, CorpTags } from '../ports/corp-tags.ts'
import type { People } from '../ports/people.ts'
import type { Timeline } from '../ports/timeline.ts'
import type { LookOn } from './look-on.ts'
import { identitiesOf } from './remember-events.ts'

export interface ViewPortraitDeps {
  lookOn: Pick<LookOn, 'find'>
  people: Pick<People, 'find'>
  timeline: Pick<Timeline, 'of' | 'between'>
  corpTags: Pick<CorpTags, 'many'>
  wording: { officialAccount: AppId | null }
  clock: Clock
}

/** A corp tag as a customer carries it. */
export type GivenTag = Pick<CorpTag, 'id' | 'name'> & { groupName: string }

/** What is known of one customer, beside what they did lately. */
export interface PortraitSeen {
  /** The looking member's own tags; for a manager those of all present members. */
  tags: readonly GivenTag[]
  fields: readonly PortraitField[]
  readOnly: boolean
}

export type ViewPortrait = ReturnType<typeof createViewPortrait>

/** A portrait looks at the newest events only: more would tell nothing else. */
const mostEvents = 5000

/** 画像 and 订单 of one customer (F2). */
export function createViewPortrait({ lookOn, people, timeline, corpTags, wording, clock }: ViewPortraitDeps) {
  async function identities(id: ExternalUserId) {
    const key = identityKey({ kind: 'external', externalUserId: id })
    const person = (await people.find([key])).get(key)
    return person ? identitiesOf(person) : [key]
  }

  async function tagsNamed(ids: readonly string[]): Promise<readonly GivenTag[]> {
    const known = ids.length > 0 ? await corpTags.many(ids) : new Map()
    return ids.flatMap((id) => known.get(id) ?? []).map(({ id, name, groupName }) => ({ id, name, groupName }))
  }

  return {
    tagsNamed,
    /** @throws Denied (not-my-customer), TencentRefused */
    async portrait(staffId: StaffId, id: ExternalUserId): Promise<PortraitSeen> {
      const { contact, team } = await lookOn.find(staffId, id)
      const present = contact.follows.filter(({ ended }) => ended === null)
      const follow = present.find((one) => one.staffId === staffId) ?? null
      const tagIds = follow ? (follow.tags ?? []) : present.flatMap(({ tags }) => tags ?? [])
      const [events, tags] = await Promise.all([timeline.of(await identities(id), { limit: mostEvents }), tagsNamed([...new Set(tagIds)])])
      const reader = { staffId, officialAccount: wording.officialAccount }
      return { tags, fields: portraitOf({ contact, follow, events, reader, now: clock.now() }), readOnly: team !== null }
    },

    /** @throws Denied (not-my-customer), TencentRefused */
    async orders(staffId: StaffId, id: ExternalUserId): Promise<{ orders: readonly Order[]; events: readonly CustomerEvent[] }> {
      await lookOn.find(staffId, id)
      const events = await timeline.between(await identities(id), new Date(0), clock.now(), [...orderKinds])
      return { orders: ordersOf(events), events }
    },
  }
}

const orderKinds = [
  'order-created', 'order-paid', 'order-cancelled', 'order-delivered', 'order-received', 'order-settled', 'bought-in-store',
  'returned-in-store', 'paid', 'refunded', 'refund-failed', 'refund-asked', 'refund-closed', 'complained',
] as const satisfies readonly CustomerEvent['kind'][]

import type { LinkEvidence } from './event.ts'
import type { ExternalUserId, IdentityKey, JoinId, PersonId, StaffId, UnionId } from './ids.ts'

/** One human: all identities known to be theirs, each with what put it there. */
export interface Person {
  id: PersonId
  /** Persons that were joined into this one: what is still stored under their ids belongs here. */
  formerIds: readonly PersonId[]
  identities: readonly { key: IdentityKey; since: Date; evidence: LinkEvidence | null }[]
}

/** Two identities that counted as one human from `at` on: why, and whether an operator has undone it since. */
export interface Join {
  id: JoinId
  a: IdentityKey
  b: IdentityKey
  evidence: LinkEvidence
  at: Date
  /** When it was undone; null: it stands. */
  undone: Date | null
}

/** Whether an undone join says that this evidence must not join these two again; other evidence may. */
export function isKeptApart(joins: readonly Join[], link: Pick<Join, 'a' | 'b' | 'evidence'>): boolean {
  return joins.some(({ a, b, evidence, undone }) => {
    const samePair = (a === link.a && b === link.b) || (a === link.b && b === link.a)
    return undone && samePair && evidence.by === link.evidence.by && (evidence.appId ?? null) === (link.evidence.appId ?? null)
  })
}

/** One member's relation to one contact, as WeCom's answers and callbacks tell it. */
export interface Follow {
  staffId: StaffId
  /** The userid as WeCom spells it, for API calls and display. */
  userid: string
  /** WeCom's createtime. */
  since: Date
  remark: string | null
  /** `state` of the contact way used. */
  contactWay: string | null
  /** WeCom's add_way (document/path/92114): 1 scanned a code, 3 card, 16 acquisition link … */
  addWay: number | null
  /** Ids of the corp tags that this member gave the customer (document/path/92114); absent: none. */
  tags?: readonly string[]
  /** How the part ended; null: it has not. */
  ended: Ending | null
}

/**
 * A deletion callback (`staff`, `customer`, `transfer`) ends the part at once and stands until an add event or a later
 * createtime. `absent`: an answer of WeCom no longer lists the member, which the next one that does takes back.
 */
export interface Ending {
  at: Date
  by: 'staff' | 'customer' | 'transfer' | 'absent'
}

export type Gender = 'male' | 'female'

/** A WeCom external contact as our index keeps it. */
export interface Contact {
  externalUserId: ExternalUserId
  name: string
  avatar: string | null
  unionId: UnionId | null
  /** As WeCom tells it; absent: it does not. */
  gender?: Gender
  follows: readonly Follow[]
  /** When WeCom last told us about it. */
  readAt: Date
}

export type OwnerRule = 'newest' | 'oldest'

/** The one we alert: among present follow users the one with the newest (or oldest) createtime; ties by userid. */
export function ownerOf(contact: Contact, rule: OwnerRule): Follow | null {
  return inRank(contact, rule).find((follow) => follow.ended === null) ?? null
}

/** When the owner's time began: with the add, or when the last member who stood before her was gone. */
export function ownedSince(contact: Contact, owner: Follow, rule: OwnerRule): Date {
  const ranked = inRank(contact, rule)
  const ends = ranked.slice(0, ranked.indexOf(owner)).flatMap(({ ended }) => ended?.at ?? [])
  return ends.reduce((latest, at) => (at > latest ? at : latest), owner.since)
}

function inRank(contact: Contact, rule: OwnerRule): readonly Follow[] {
  const order = rule === 'newest' ? -1 : 1
  return contact.follows.toSorted(
    (a, b) => order * (a.since.getTime() - b.since.getTime()) || (a.staffId < b.staffId ? -1 : 1),
  )
}

/** Whether the member is a present follow user of the contact. */
export function followsNow(contact: Contact, staffId: StaffId): boolean {
  return contact.follows.some((follow) => follow.staffId === staffId && follow.ended === null)
}

/** Whether the member ever followed the contact; only such members are told who the owner is. */
export function everFollowed(contact: Contact, staffId: StaffId): boolean {
  return contact.follows.some((follow) => follow.staffId === staffId)
}

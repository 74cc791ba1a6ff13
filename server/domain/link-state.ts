/**
 * What decides whether one human is linked (C3): a person, a WeCom contact that is nobody's yet, or a follower of the
 * account of whom nothing else is known.
 */
export interface LinkFacts {
  /** WeCom's external contact; null: none. `present`: a member has them now. */
  contact: { present: boolean; unionId: boolean } | null
  /** Known by an openid of the Official Account. */
  account: { follows: boolean } | null
  /** Known by an openid of the mini-program or the WeChat shop. */
  shops: boolean
  /** Some platform told a unionid. */
  unionId: boolean
}

/** Whether the Open Platform account is bound, as far as answers show. */
export interface UnionIdsSeen {
  /** Some contact has a unionid; false where there are contacts and none has one; null: there are no contacts. */
  contacts: boolean | null
  followers: boolean | null
}

/** Why somebody is not linked. */
export type UnlinkedReason =
  | 'contact-platform-not-bound'
  | 'contact-without-unionid'
  | 'contact-not-follower'
  | 'contact-left'
  | 'follower-platform-not-bound'
  | 'follower-without-unionid'
  | 'follower-without-salesperson'
  | 'reader-without-unionid'
  | 'reader-without-salesperson'
  | 'shopper-without-unionid'
  | 'shopper-without-salesperson'
  | 'number-only'

/** What will work: an act of the customer that a member or the brand can offer, or a setting. */
export type LinkWay = 'bind' | 'mini-program-card' | 'follow' | 'identify' | 'contact-way' | 'member-card'

/** In the order of the table. */
export const unlinkedReasons: readonly UnlinkedReason[] = [
  'contact-platform-not-bound',
  'contact-without-unionid',
  'contact-not-follower',
  'contact-left',
  'follower-platform-not-bound',
  'follower-without-unionid',
  'follower-without-salesperson',
  'reader-without-unionid',
  'reader-without-salesperson',
  'shopper-without-unionid',
  'shopper-without-salesperson',
  'number-only',
]

/** `linked`: a member has them, and we know them in the account, the mini-program or the shop. */
export function linkStateOf({ contact, account, shops, unionId }: LinkFacts, seen: UnionIdsSeen): 'linked' | UnlinkedReason {
  const known = account !== null || shops
  if (contact?.present) {
    if (known) return 'linked'
    if (contact.unionId || unionId) return 'contact-not-follower'
    return seen.contacts === false ? 'contact-platform-not-bound' : 'contact-without-unionid'
  }
  if (contact) return 'contact-left'
  if (account?.follows) {
    if (unionId) return 'follower-without-salesperson'
    return seen.followers === false ? 'follower-platform-not-bound' : 'follower-without-unionid'
  }
  if (account && !shops) return unionId ? 'reader-without-salesperson' : 'reader-without-unionid'
  if (known || unionId) return unionId ? 'shopper-without-salesperson' : 'shopper-without-unionid'
  return 'number-only'
}

/** What was counted at one moment: numbers about nobody. */
export interface LinkRate {
  at: Date
  /** People who are counted: all whom we know, but those who paused or were erased. */
  people: number
  linked: number
  reasons: Readonly<Record<UnlinkedReason, number>>
  /** Who paused: not in `people`. Of the erased nothing is left that could be counted. */
  paused: number
  /** Openings by a snapshot page's made-up identity: no people, and none can be made of them. */
  snapshots: number
}

export const noReasons = Object.fromEntries(unlinkedReasons.map((reason) => [reason, 0])) as Record<UnlinkedReason, number>

/** Per cent with one digit, rounded down, so that 100 means all; 0 of nobody. */
export function percentOf({ people, linked }: Pick<LinkRate, 'people' | 'linked'>): number {
  return people === 0 ? 0 : Math.floor((linked * 1000) / people) / 10
}

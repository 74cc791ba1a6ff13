import type { ExternalUserId, IdentityKey } from './ids.ts'

/** One share as it is stored: whose copy, and who opened it. */
export interface StoredShare {
  contentId: string
  sharer: IdentityKey
  friend: IdentityKey
  at: Date
}

/** Who stands behind an identity, as far as counting needs it. */
export interface Someone {
  /** Equal for all identities of one human. */
  person: string
  /** When the newest part of a member with them began; null: no member has them now. */
  contactSince: Date | null
}

/** All that a member is told about one customer's sharing of one article. */
export interface SharerCounts {
  contentId: string
  friends: number
  /** Friends who became a contact, of whichever member, after they had opened it. */
  contacts: number
}

/** The same with the customer's name, for the list of articles. */
export interface NamedSharer {
  externalUserId: ExternalUserId
  name: string
  friends: number
  contacts: number
}

/**
 * THE RULE (A6). A member sees, of a customer who is her own, how many friends opened what the customer shared, and how
 * many of those became contacts. Nothing else: no friend's name, id, picture or time, also where the friend is her own
 * customer; no level, order or total of a chain (three readers on three levels and two sharers would tell who is whose
 * friend); no sign on a friend's own page that an opening came through a share, and of a share only its day. So two of
 * her own customers in one chain are two lines that would look the same if they had never met.
 * Operators see the totals of articles and members, and no names.
 *
 * Counts per article, most friends first. Somebody's share to themselves is none; friends are counted as people.
 */
export function sharerCounts(shares: readonly StoredShare[], who: (key: IdentityKey) => Someone): readonly SharerCounts[] {
  const articles = new Map<string, { friends: Set<string>; contacts: Set<string> }>()
  for (const { contentId, sharer, friend, at } of shares) {
    const [from, to] = [who(sharer), who(friend)]
    if (from.person === to.person) continue
    const seen = articles.get(contentId) ?? { friends: new Set<string>(), contacts: new Set<string>() }
    seen.friends.add(to.person)
    if (to.contactSince !== null && to.contactSince >= at) seen.contacts.add(to.person)
    articles.set(contentId, seen)
  }
  const counts = [...articles].map(([contentId, { friends, contacts }]) => ({ contentId, friends: friends.size, contacts: contacts.size }))
  return counts.toSorted((a, b) => b.friends - a.friends || (a.contentId < b.contentId ? -1 : 1))
}

/** Names by count, then by name: never by time, which would follow the chain. */
export function inSight(sharers: readonly NamedSharer[]): readonly NamedSharer[] {
  return sharers.toSorted((a, b) => b.friends - a.friends || b.contacts - a.contacts || (a.name < b.name ? -1 : 1) || (a.externalUserId < b.externalUserId ? -1 : 1))
}

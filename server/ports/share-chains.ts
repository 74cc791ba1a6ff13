import type { IdentityKey, StaffId } from '../domain/ids.ts'
import type { AnonymousWhy, Chain, KnownBy } from '../domain/share-chain.ts'
import type { StoredShare } from '../domain/share-sight.ts'

/** A reader's token as it is counted. */
export interface ReaderToken {
  token: string
  parent: string | null
  depth: number
  slug: string
  /** An identity, or a name that stands for somebody who was erased and leads to nobody. */
  visitor: IdentityKey
  by: KnownBy
}

/** A share as it is counted; `id` is its place in the order of reading. */
export interface ShareNoted extends StoredShare {
  id: string
  /** null: noted before copies were told apart. */
  slug: string | null
  by: KnownBy
}

/** What was counted of one article: `staffId` null is the copy of nobody, `whole` all copies together. */
export interface CountedChain {
  contentId: string
  of: { whole: true } | { whole: false; staffId: StaffId | null }
  chain: Chain
  countedAt: Date
}

/** Reading what `Shares` noted, by indexes, and keeping what was counted. */
export interface ShareChains {
  /** One page of an article's readers, by token, after this one. */
  readers(contentId: string, after: string | null, limit: number): Promise<readonly ReaderToken[]>
  /** One page of an article's shares, by id, after this one. */
  sharesOf(contentId: string, after: string | null, limit: number): Promise<readonly ShareNoted[]>
  anonymousOf(contentId: string): Promise<readonly { slug: string; counts: Readonly<Record<AnonymousWhy, number>> }[]>
  /** When something was last noted about an article; null: nothing yet. */
  lastNoted(contentId: string): Promise<Date | null>
  /** Shares by these identities, newest first. */
  bySharers(keys: readonly IdentityKey[], limit: number): Promise<readonly ShareNoted[]>
  /** Shares that came by these copies, newest first. */
  byCopies(slugs: readonly string[], limit: number): Promise<readonly ShareNoted[]>
  /** What was counted of one article, in place of what was kept of it before. */
  keep(contentId: string, counted: readonly CountedChain[]): Promise<void>
  /** What was kept of these articles. */
  counted(contentIds: readonly string[]): Promise<readonly CountedChain[]>
}

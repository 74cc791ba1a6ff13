import type { IdentityKey, StaffId } from '../domain/ids.ts'
import type { AnonymousWhy, KnownBy } from '../domain/share-chain.ts'

/** An article or page that salespeople send as their own tracked copies. */
export interface Content {
  id: string
  title: string
  /** For previews and share cards; absent: the article's beginning. */
  description?: string
  /** Redirected to; exactly one of url and markdown is set. */
  url: string | null
  /** Shown on our own reader page. */
  markdown: string | null
  /** Web address, or path of a picture of our own. */
  cover: string | null
  addedAt: Date
}

/** One copy of a content: `/l/<slug>`. */
export interface ContentLink {
  slug: string
  contentId: string
  staffId: StaffId | null
}

export interface ContentLibrary {
  add(content: Content): Promise<void>
  get(id: string): Promise<Content | null>
  /** Newest first. */
  list(limit: number): Promise<readonly Content[]>
  /** The member's own copy, made on first asking; concurrent askers get the same. */
  linkFor(contentId: string, staffId: StaffId | null): Promise<ContentLink>
  /** The same for many copies at once, in their order. */
  linksFor(copies: readonly Omit<ContentLink, 'slug'>[]): Promise<readonly ContentLink[]>
  bySlug(slug: string): Promise<ContentLink | null>
}

/** Share tokens: random, one per (content, slug, visitor identity), never expiring. */
export interface ShareToken {
  token: string
  contentId: string
  slug: string
  visitor: IdentityKey
  /** Token through which this visitor came; null for a direct arrival. */
  parent: string | null
  /** 1 for a direct arrival, one more than the parent's else. */
  depth: number
  /** What named the visitor on this first arrival. */
  by: KnownBy
}

export interface Shares {
  /** The visitor's token for this copy, made on first asking with `parent`; later parents change nothing. */
  tokenFor(share: Omit<ShareToken, 'token'> & { at: Date }): Promise<ShareToken>
  find(token: string): Promise<ShareToken | null>
  /**
   * Notes that `friend` opened `sharer`'s copy of `contentId`: first ever -> true. One per (content, sharer, friend) across
   * slugs; `slug` is the copy by which it came first, `by` what named the friend then.
   */
  noteShare(share: { contentId: string; slug: string; sharer: IdentityKey; friend: IdentityKey; by: KnownBy; at: Date }): Promise<boolean>
  /** One more opening that names nobody: a number, nothing about anybody. */
  noteAnonymous(opening: { contentId: string; slug: string; why: AnonymousWhy; at: Date }): Promise<void>
}

import type { IdentityKey, StaffId } from '../domain/ids.ts'

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
}

export interface Shares {
  /** The visitor's token for this copy, made on first asking with `parent`; later parents change nothing. */
  tokenFor(share: { contentId: string; slug: string; visitor: IdentityKey; parent: string | null }): Promise<ShareToken>
  find(token: string): Promise<ShareToken | null>
  /** Notes that `friend` opened `sharer`'s copy of `contentId`: first ever -> true. One per (content, sharer, friend) across slugs. */
  noteShare(share: { contentId: string; sharer: IdentityKey; friend: IdentityKey; at: Date }): Promise<boolean>
}

/** How we knew, or did not know, who opened a content. */
export type OpenedBy = 'oauth' | 'cookie' | 'anonymous'

export type OpenCounts = Readonly<Record<OpenedBy, number>>

/** How often each copy was opened, by how it was obtained. Counts name nobody. */
export interface Opens {
  note(copy: { slug: string; contentId: string }, by: OpenedBy): Promise<void>
  /** In the order asked; zeros for a copy that nobody opened. */
  of(slugs: readonly string[]): Promise<readonly OpenCounts[]>
}

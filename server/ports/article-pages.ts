/** What was read from a page of the web. */
export interface ArticlePage {
  title: string
  description: string | null
  /** Address of the cover, as the page says it. */
  cover: string | null
  /** Markdown whose pictures are the page's own addresses. */
  markdown: string
  /** What could not be kept, and how often: video 2. */
  leftOut: Readonly<Record<LeftOut, number>>
  /** False: no article was found in it. */
  hasBody: boolean
}

export type LeftOut = 'video' | 'voice' | 'card' | 'vote' | 'frame' | 'drawing' | 'background'

/** Reads HTML. Pure. */
export type ReadArticlePage = (html: string) => ArticlePage

import { shortened } from '../../server/domain/words.ts'
import type { ContentLibrary } from '../../server/ports/content.ts'
import { renderArticle } from './markdown.ts'

const mostKept = 200
const mostChars = 40

/** The heading at a place of an article; null: it has none there. A page tells the place only: words come from our own text. */
export function createSections({ content }: { content: Pick<ContentLibrary, 'get'> }) {
  const kept = new Map<string, readonly string[]>()

  async function sectionsOf(contentId: string): Promise<readonly string[]> {
    const known = kept.get(contentId)
    if (known) return known
    const found = await content.get(contentId)
    const sections = found?.markdown ? renderArticle(found.markdown, found.title).sections.map((text) => shortened(text, mostChars)) : []
    kept.set(contentId, sections)
    if (kept.size > mostKept) kept.delete(kept.keys().next().value ?? '')
    return sections
  }

  return async function sectionAt(contentId: string, place: number | null): Promise<string | null> {
    return place === null ? null : (await sectionsOf(contentId))[place] || null
  }
}

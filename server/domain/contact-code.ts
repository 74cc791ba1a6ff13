import { articleText } from './words.ts'

/** Where one of our contact codes is seen: at the end of an article, or on a poster. */
export type CodePlace = 'article' | 'poster'

const marks: Readonly<Record<CodePlace, string>> = { article: 'a', poster: 'p' }

/**
 * `a-<slug>`: place and copy, hence content and salesperson, in the 30 characters that `state` has (document/path/92228).
 * It comes back when somebody adds the salesperson by it.
 */
export function codeState(place: CodePlace, slug: string): string {
  return `${marks[place]}-${slug}`
}

/** The place and copy that a `state` names; null: it is not ours. */
export function placeOfState(state: string | null): { place: CodePlace; slug: string } | null {
  const [, mark, slug] = /^([ap])-([a-z2-9]{10})$/.exec(state ?? '') ?? []
  if (!mark || !slug) return null
  return { place: mark === marks.article ? 'article' : 'poster', slug }
}

/** 扫了《秋冬大衣怎么选》末尾的二维码, for the small print; without a title 文章末尾. null: another source. */
export function codePlaceText(state: string | null, title: string | null): string | null {
  const found = placeOfState(state)
  if (!found) return null
  const whose = title === null ? '' : articleText(title)
  return found.place === 'article' ? `扫了${whose || '文章'}末尾的二维码` : `扫了${whose}海报上的二维码`
}

import MarkdownIt from 'markdown-it'
import { sizeInName } from '../../server/domain/picture.ts'

/** An article ready to be shown: `html` is safe, the rest is plain text. */
export interface Article {
  html: string
  /** Its beginning, for previews; at most 120 characters. */
  description: string
  /** Whole minutes at 400 characters a minute, at least 1. */
  minutes: number
  /** Texts of the headings, in order: how deep somebody read is told by them. */
  sections: readonly string[]
}

type Token = ReturnType<MarkdownIt['parse']>[number]

const perMinute = 400

/** HTML in the text stays text, and only links are made that lead to a page, a mail or a call. */
const markdownIt = MarkdownIt({ html: false, linkify: true, breaks: true })
const scheme = /^\s*(?:https?:|mailto:|tel:|[^:]*$|[^:]*[/?#])/i
markdownIt.validateLink = (url) => scheme.test(url)

/**
 * A picture keeps its place before it has come: ours has its size in its name, a foreign one gets a box of 3:2. A title
 * is its caption.
 */
markdownIt.renderer.rules.image = (tokens, index, options, env, renderer) => {
  const token = tokens[index] as Token
  const caption = token.attrGet('title')
  token.attrs = (token.attrs ?? []).filter(([name]) => name !== 'title')
  token.attrSet('alt', renderer.renderInlineAsText(token.children ?? [], options, env))
  const size = sizeInName(token.attrGet('src') ?? '')
  if (size) for (const [name, value] of Object.entries(size)) token.attrSet(name, String(value))
  else token.attrSet('class', 'unsized')
  token.attrSet('loading', 'lazy')
  token.attrSet('decoding', 'async')
  const picture = renderer.renderToken(tokens, index, options)
  return caption ? `<span class="figure">${picture}<span class="caption">${markdownIt.utils.escapeHtml(caption)}</span></span>` : picture
}
markdownIt.renderer.rules.table_open = () => '<div class="table"><table>'
markdownIt.renderer.rules.table_close = () => '</table></div>'
markdownIt.renderer.rules.link_open = (tokens, index, options, _env, renderer) => {
  tokens[index]?.attrSet('rel', 'noopener noreferrer')
  return renderer.renderToken(tokens, index, options)
}

/** Renders an article's Markdown; a first heading that repeats the title is left out, the rest begin at h2. */
export function renderArticle(markdown: string, title: string): Article {
  const tokens = withoutTitle(markdownIt.parse(markdown, {}), title)
  const headings = tokens.filter(({ type }) => type === 'heading_open' || type === 'heading_close')
  const topmost = Math.min(...headings.map(levelOf))
  for (const heading of headings) heading.tag = `h${Math.min(levelOf(heading) - topmost + 2, 6)}`
  const sections = tokens.flatMap((token, index) => (token.type === 'heading_open' ? [textOf(tokens[index + 1] ?? token)] : []))
  const text = tokens.map(textOf).join(' ').replace(/\s+/g, ' ').trim()
  const characters = [...text.replace(/\s/g, '')]
  return {
    html: markdownIt.renderer.render(tokens, markdownIt.options, {}),
    description: [...text].slice(0, 120).join(''),
    minutes: Math.max(1, Math.round(characters.length / perMinute)),
    sections,
  }
}

/** Text for HTML, in an element or a quoted attribute. */
export function escapeHtml(text: string): string {
  return markdownIt.utils.escapeHtml(text)
}

/** 1 for `h1`. */
function levelOf(heading: Token): number {
  return Number(heading.tag.slice(1))
}

function withoutTitle(tokens: Token[], title: string): Token[] {
  const [open, inline] = tokens
  const repeats = open?.type === 'heading_open' && open.tag === 'h1' && inline?.content.trim() === title.trim()
  return repeats ? tokens.slice(3) : tokens
}

function textOf(token: Token): string {
  const inside = (token.children ?? []).filter(({ type }) => type === 'text' || type === 'code_inline')
  return inside.map(({ content }) => content).join('')
}

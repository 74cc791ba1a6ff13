import { parse } from 'parse5'
import type { ArticlePage } from '../../ports/article-pages.ts'
import { attributeOf, childrenOf, isElement, textIn, type Element, type Node } from './nodes.ts'
import { createMarkdownWriter } from './markdown-writer.ts'

/**
 * What an Official Account article keeps: title, description, cover, author's text with headings, quotes, lists, tables
 * and pictures; of another page the same from its <article> or body. Scripts, styles, trackers and whatever needs
 * WeChat's own reader (videos, voices, cards of accounts and mini-programs, votes) are left out and counted.
 *
 * A page of the Official Account has its text in #js_content, its title in #activity-name and og:title, its pictures in
 * data-src (src is a placeholder). Unverified beyond the pages that were looked at in 2026: Tencent documents none of it.
 */
export function readArticlePage(html: string): ArticlePage {
  const document = parse(html)
  const elements = [...walk(document)]
  const byId = (id: string) => elements.find((element) => attributeOf(element, 'id') === id) ?? null
  const meta = (name: string) => metaIn(elements, name)
  const body = byId('js_content') ?? elements.find(({ tagName }) => tagName === 'article') ?? null
  const writer = createMarkdownWriter()
  const markdown = body ? writer.write(body) : ''
  const heading = byId('activity-name') ?? elements.find(({ tagName }) => tagName === 'h1') ?? null
  const title = [meta('og:title'), heading && oneLine(textIn(heading)), titleOf(elements)].find(Boolean) ?? ''
  return {
    title,
    description: meta('og:description') ?? meta('description'),
    cover: meta('og:image'),
    markdown,
    leftOut: writer.leftOut(),
    hasBody: body !== null,
  }
}

function* walk(node: Node): Generator<Element> {
  for (const child of childrenOf(node)) {
    if (isElement(child)) yield child
    yield* walk(child)
  }
}

function metaIn(elements: readonly Element[], name: string): string | null {
  const found = elements.find((element) => element.tagName === 'meta' && [attributeOf(element, 'property'), attributeOf(element, 'name')].includes(name))
  return (found && oneLine(attributeOf(found, 'content') ?? '')) || null
}

function titleOf(elements: readonly Element[]): string {
  const found = elements.find(({ tagName }) => tagName === 'title')
  return found ? oneLine(textIn(found)) : ''
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

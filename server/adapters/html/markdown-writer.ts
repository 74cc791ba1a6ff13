import type { LeftOut } from '../../ports/article-pages.ts'
import { attributeOf, childrenOf, isElement, isText, styleOf, textIn, type Element, type Node } from './nodes.ts'

const ignored = new Set(['script', 'style', 'noscript', 'template', 'link', 'meta', 'input', 'button', 'form', 'head', 'title', 'object', 'embed'])
const blocks = new Set(['p', 'div', 'section', 'article', 'figure', 'figcaption', 'header', 'footer', 'main', 'center', 'dl', 'dd', 'dt'])
const left: Readonly<Record<string, LeftOut>> = {
  video: 'video', mpvideo: 'video', 'mp-video': 'video', 'mp-common-videosnap': 'video',
  audio: 'voice', mpvoice: 'voice', 'mp-common-mpaudio': 'voice', qqmusic: 'voice', 'mp-common-qqmusic': 'voice',
  'mp-common-profile': 'card', 'mp-miniprogram': 'card', 'mp-weapp': 'card', 'mp-common-product': 'card', 'mp-common-cpsad': 'card', 'mp-common-poi': 'card',
  mpvote: 'vote', 'mp-common-vote': 'vote', iframe: 'frame', svg: 'drawing', canvas: 'drawing',
}
/** Many articles have no headings but bold lines of this size, in px. */
const headingPx = 18
const headingChars = 30

/** Writes elements as Markdown, and counts what has no place in it. */
export function createMarkdownWriter() {
  const counts: Record<LeftOut, number> = { video: 0, voice: 0, card: 0, vote: 0, frame: 0, drawing: 0, background: 0 }

  function skip(element: Element): boolean {
    const what = left[element.tagName]
    if (what) counts[element.tagName === 'iframe' && /video/.test(attributeOf(element, 'class') ?? '') ? 'video' : what] += 1
    return what !== undefined || ignored.has(element.tagName) || styleOf(element, 'display') === 'none' || attributeOf(element, 'hidden') !== null
  }

  /** Blocks of what is inside, each without blank lines around it. */
  function blocksOf(node: Node): string[] {
    const found: string[] = []
    let line = ''
    const end = () => {
      if (line.trim() !== '') found.push(tidy(line))
      line = ''
    }
    for (const child of childrenOf(node)) {
      if (isElement(child) && isBlock(child)) {
        end()
        found.push(...blockOf(child))
      } else line += inline(child)
    }
    end()
    return found
  }

  function blockOf(element: Element): string[] {
    if (skip(element)) return []
    if (/url\(/.test(styleOf(element, 'background-image') ?? styleOf(element, 'background') ?? '')) counts.background += 1
    const { tagName } = element
    if (/^h[1-6]$/.test(tagName)) return headed(Math.max(2, Number(tagName[1])), element)
    if (tagName === 'blockquote') return [blocksOf(element).join('\n\n').replace(/^/gm, '> ')].filter((text) => text !== '> ')
    if (tagName === 'ul' || tagName === 'ol') return [listOf(element)].filter(Boolean)
    if (tagName === 'table') return [tableOf(element)].filter(Boolean)
    if (tagName === 'pre') return [`\`\`\`\n${textIn(element).replace(/\n$/, '')}\n\`\`\``]
    if (tagName === 'hr') return ['---']
    return looksLikeHeading(element) ? headed(2, element) : blocksOf(element)
  }

  function headed(level: number, element: Element): string[] {
    const text = tidy(childrenOf(element).map(inline).join('')).replaceAll('**', '').replace(/\s*\n\s*/g, ' ')
    return text === '' ? [] : [`${'#'.repeat(level)} ${text}`]
  }

  function listOf(list: Element): string {
    const items = childrenOf(list).filter(isElement).filter(({ tagName }) => tagName === 'li')
    const mark = (index: number) => (list.tagName === 'ol' ? `${index + 1}. ` : '- ')
    const texts = items.map(blocksOf).filter((inside) => inside.length > 0)
    return texts.map((inside, index) => mark(index) + inside.join('\n\n').replace(/\n(?=.)/g, `\n${' '.repeat(mark(index).length)}`)).join('\n')
  }

  function tableOf(table: Element): string {
    const rows = elementsIn(table, 'tr').map((row) => childrenOf(row).filter(isElement).filter(({ tagName }) => tagName === 'td' || tagName === 'th'))
    const cells = rows.map((row) => row.map((cell) => blocksOf(cell).join(' ').replace(/\s*\n\s*/g, ' ').replaceAll('|', '\\|')))
    const [first, ...rest] = cells.filter((row) => row.some((cell) => cell !== ''))
    if (!first) return ''
    // A table of one cell is a frame around a text.
    if (first.length === 1 && rest.length === 0) return first[0] ?? ''
    const line = (row: readonly string[]) => `| ${first.map((_, index) => row[index] ?? '').join(' | ')} |`
    return [line(first), line(first.map(() => '---')), ...rest.map(line)].join('\n')
  }

  function inline(node: Node): string {
    if (isText(node)) return escaped(node.value.replace(/[\s\u200b\ufeff]+/g, ' '))
    if (!isElement(node) || skip(node)) return ''
    const { tagName } = node
    if (tagName === 'br') return '\n'
    if (tagName === 'img') return picture(node)
    const inside = isBlock(node) ? blocksOf(node).join('\n') : childrenOf(node).map(inline).join('')
    if (tagName === 'a') return linked(node, inside)
    if (tagName === 'code') return textIn(node).trim() ? `\`${textIn(node).trim().replaceAll('`', "'")}\`` : ''
    return isBold(node) ? around(inside, '**') : tagName === 'em' || tagName === 'i' ? around(inside, '*') : inside
  }

  /** WeChat's own pictures wait in data-src; those of one pixel count readers. */
  function picture(image: Element): string {
    const source = attributeOf(image, 'data-src') ?? attributeOf(image, 'src')
    const isTiny = ['width', 'height'].some((name) => Number.parseFloat(attributeOf(image, name) ?? '9') <= 2)
    if (!source || isTiny || !/^(https?:)?\/\//i.test(source)) return ''
    const address = source.startsWith('//') ? `https:${source}` : source
    return `\n\n![${escaped(attributeOf(image, 'alt') ?? '')}](<${address.replace(/[<>\s]/g, encodeURIComponent)}>)\n\n`
  }

  return {
    write: (element: Element): string => blocksOf(element).join('\n\n').replace(/\n{3,}/g, '\n\n').trim(),
    leftOut: (): Readonly<Record<LeftOut, number>> => counts,
  }
}

function isBlock({ tagName, childNodes }: Element): boolean {
  if (blocks.has(tagName) || /^(h[1-6]|ul|ol|li|table|pre|blockquote|hr)$/.test(tagName)) return true
  return tagName === 'span' && childNodes.some((child) => isElement(child) && isBlock(child))
}

function isBold(element: Element): boolean {
  return ['strong', 'b'].includes(element.tagName) || /^(bold|bolder|[6-9]00)$/.test(styleOf(element, 'font-weight') ?? '')
}

/** A short line that is wholly bold and large. */
function looksLikeHeading(element: Element): boolean {
  const text = textIn(element).replace(/\s+/g, '')
  if (text === '' || text.length > headingChars || /[。；，]$/.test(text)) return false
  if (elementsIn(element, 'img').length > 0 || [...descendants(element)].some((child) => blocks.has(child.tagName))) return false
  const all = [element, ...descendants(element)]
  const covers = (wanted: (one: Element) => boolean) => all.some((one) => wanted(one) && textIn(one).replace(/\s+/g, '') === text)
  return covers(isBold) && covers((one) => Number.parseFloat(/^([\d.]+)px$/.exec(styleOf(one, 'font-size') ?? '')?.[1] ?? '0') >= headingPx)
}

function* descendants(node: Node): Generator<Element> {
  for (const child of childrenOf(node)) {
    if (isElement(child)) yield child
    yield* descendants(child)
  }
}

function elementsIn(element: Element, tagName: string): Element[] {
  return [...descendants(element)].filter((one) => one.tagName === tagName)
}

function linked(link: Element, inside: string): string {
  const address = attributeOf(link, 'href') ?? ''
  const isPage = /^https?:\/\//i.test(address)
  return isPage && inside.trim() !== '' && !inside.includes('![') ? `[${inside.trim()}](<${address.replace(/[<>\s]/g, encodeURIComponent)}>)` : inside
}

/** Marks stand at the words, or Markdown does not see them. */
function around(inside: string, mark: string): string {
  if (inside.trim() === '' || inside.includes('![') || inside.includes(mark)) return inside
  return inside.split('\n').map((line) => line.replace(/^(\s*)(.*?)(\s*)$/s, (_, before: string, text: string, after: string) => (text ? before + mark + text + mark + after : line))).join('\n')
}

/** Signs that Markdown would read as its own. */
function escaped(text: string): string {
  return text.replace(/([\\`*_[\]<>])/g, '\\$1').replace(/^(\s*)([#+-]|\d+(?=\.))(\.?\s)/, (_, before: string, mark: string, after: string) => (/\d/.test(mark) ? `${before}${mark}\\${after}` : `${before}\\${mark}${after}`))
}

function tidy(text: string): string {
  return text.replace(/[ \t]+\n/g, '\n').replace(/\n[ \t]+/g, '\n').replace(/[ \t]{2,}/g, ' ').replace(/\n{3,}/g, '\n\n').trim()
}

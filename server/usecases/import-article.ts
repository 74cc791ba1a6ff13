import { BadRequest } from '../domain/errors.ts'
import { mostPictureBytes, picturePath } from '../domain/picture.ts'
import type { ArticlePage, LeftOut } from '../ports/article-pages.ts'
import type { Clock } from '../ports/clock.ts'
import type { Pictures, WebFetcher } from '../ports/pictures.ts'
import type { NewContent } from './add-content.ts'
import { inParallel } from './in-parallel.ts'

export interface ImportArticleDeps {
  pictures: Pictures
  webFetcher: WebFetcher
  clock: Clock
}

/** What became of a page. */
export interface ImportedArticle {
  content: NewContent
  /** Pictures that are in the library now. */
  pictures: number
  /** What was left out, in words for the operator; empty: nothing. */
  remarks: readonly string[]
}

const mostPictures = 100
const atOnce = 4

const words: Readonly<Record<LeftOut, string>> = {
  video: '视频 videos',
  voice: '音频 voices and music',
  card: '名片、小程序与商品卡片 cards of accounts, mini-programs and products',
  vote: '投票 votes',
  frame: '内嵌页面 embedded pages',
  drawing: '互动图形（SVG） interactive drawings (SVG)',
  background: '背景图 background pictures',
}

/** Makes a content of an article page: its text as it is, its pictures taken into the library (A5). */
export function createImportArticle({ pictures, webFetcher, clock }: ImportArticleDeps) {
  async function taken(address: string): Promise<{ path: string } | { problem: string }> {
    const { bytes, problem } = await webFetcher.get(address, mostPictureBytes)
    if (!bytes) return { problem }
    const name = await pictures.put(bytes, clock.now())
    return name ? { path: picturePath + name } : { problem: 'not a PNG, JPEG, GIF or WebP' }
  }

  /** @throws BadRequest in words of what is missing */
  return async function importArticle(page: ArticlePage, given: { title?: string }): Promise<ImportedArticle> {
    const title = given.title ?? page.title
    if (!page.hasBody || page.markdown === '') throw new BadRequest(missing(page))
    if (title === '') throw new BadRequest('网页里没有标题，请用 --title 给一个 the page has no title: give one with --title')
    const addresses = [...new Set([...page.markdown.matchAll(picture)].map(([, , address = '']) => address))]
    const wanted = [...addresses.slice(0, mostPictures), ...(page.cover ? [page.cover] : [])]
    const outcomes = new Map<string, { path: string } | { problem: string }>()
    await inParallel(atOnce, [...new Set(wanted)], async (address) => void outcomes.set(address, await taken(address)))
    const pathOf = (address: string | null) => {
      const outcome = address === null ? null : outcomes.get(address)
      return outcome && 'path' in outcome ? outcome.path : null
    }
    const markdown = page.markdown.replace(picture, (_, before: string, address: string) => {
      const path = pathOf(address)
      return path ? `${before}${path})` : ''
    })
    const description = [...(page.description ?? '')].slice(0, 120).join('')
    const content = { title: [...title].slice(0, 120).join(''), url: null, markdown: markdown.replace(/\n{3,}/g, '\n\n').trim(), cover: pathOf(page.cover), ...(description && { description }) }
    const remarks = [...leftOut(page), ...lost(addresses, outcomes), ...(page.cover && !content.cover ? ['封面没有取到 the cover could not be fetched'] : [])]
    return { content, pictures: new Set([...outcomes.values()].flatMap((one) => ('path' in one ? [one.path] : []))).size, remarks }
  }
}

/** `![alt](<address>)`, as articles are written when they are read. */
const picture = /(!\[(?:[^\]\\]|\\.)*\]\()<([^<>\n]+)>\)/g

function leftOut(page: ArticlePage): string[] {
  return Object.entries(page.leftOut).flatMap(([what, count]) => (count > 0 ? [`没有保留 left out: ${words[what as LeftOut]} × ${count}`] : []))
}

/** By its place in the article: an address says little, and may carry a key. */
function lost(addresses: readonly string[], outcomes: ReadonlyMap<string, { path: string } | { problem: string }>): string[] {
  return addresses.flatMap((address, index) => {
    const outcome = outcomes.get(address)
    if (outcome && 'path' in outcome) return []
    return [`第 ${index + 1} 张图片没有取到 picture ${index + 1} is missing: ${outcome?.problem ?? `only ${mostPictures} are taken`}`]
  })
}

function missing(page: ArticlePage): string {
  const what = Object.entries(page.leftOut).filter(([, count]) => count > 0).map(([name]) => words[name as LeftOut])
  const instead = what.length > 0 ? `；里面只有 there is only: ${what.join('，')}` : ''
  return `网页里没有找到文章正文（可能是图片或视频消息、已删除，或需要验证）：请在浏览器打开后另存为网页，用 --html 导入 no article text was found (a picture or video message, deleted, or behind a check): open it in a browser, save the page and import it with --html${instead}`
}

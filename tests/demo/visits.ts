import { shippedRules } from '../../config/rules.ts'
import type { Visit } from './actor-proxy.ts'
import type { Cast } from './cast.ts'
import { shownMs } from './feed.ts'

const reading = shippedRules.find((one) => one.id === 'article-read-again')
/** Opens closer than this count once. */
const spacingMs = reading?.shape === 'counting' ? reading.spacingMs : 0

/** What the customer's WeChat notes of an opened page: what it would share, and whether the open counts. */
export function noteLinVisit(cast: Cast, visit: Visit): void {
  const path = visit.trail.at(-1) ?? ''
  if (!path.startsWith('/l/') || visit.status !== 200) return
  const { memory, clock, feed } = cast
  const share = { url: metaOf(visit.html, 'og:url'), title: metaOf(visit.html, 'og:title') }
  memory.share = share.url ? { url: share.url, title: share.title || '文章' } : null
  const nowMs = clock.now().getTime()
  const last = memory.lastOpens[path]
  const tooClose = last !== undefined && nowMs - last < spacingMs
  if (!tooClose) memory.lastOpens[path] = nowMs
  const title = articleTitle(cast, share.title)
  if (tooClose)
    feed.add({
      tone: 'quiet',
      title: '太近，不算',
      text: `${title}，离上次不到 ${spacingMs / 1000} 秒`,
      small: wayOf(visit),
    })
  else feed.add({ tone: 'plain', title: '打开文章', text: `${title}，追踪链接`, small: wayOf(visit) })
  cast.changed()
}

/** A friend who opened the customer's copy. */
export function noteFriendVisit(cast: Cast, name: string, visit: Visit): void {
  const path = visit.trail.at(-1) ?? ''
  if (!path.startsWith('/l/') || visit.status !== 200) return
  cast.feed.add({ tone: 'plain', title: '朋友打开了分享', text: `${name}，分享链`, small: wayOf(visit) })
}

function articleTitle({ memory }: Cast, shown: string): string {
  return `《${memory.articles.find((one) => shown.includes(one.title))?.title ?? shown}》`
}

function wayOf({ trail, ms }: Visit): string {
  const hops = trail.length - 1
  const how = trail.includes('tencent') ? `网页授权 · 跳转 ${hops} 次` : '认得这台手机'
  return `${how} · ${shownMs(ms)}`
}

function metaOf(html: string, name: string): string {
  const tag = html.match(new RegExp(`<meta[^>]+"${name}"[^>]*>`, 'i'))?.[0] ?? ''
  return (/content="([^"]*)"/i.exec(tag)?.[1] ?? '').replaceAll('&amp;', '&').replaceAll('&quot;', '"')
}

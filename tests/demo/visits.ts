import { shippedRules } from '../../config/rules.ts'
import type { Visit } from './actor-proxy.ts'
import type { Cast } from './cast.ts'
import type { Recording } from './contract.ts'
import { shownMs } from './feed.ts'
import { mineOf } from './own-acts.ts'

const reading = shippedRules.find((one) => one.id === 'article-read-again')
/** Opens closer than this count once. */
const spacingMs = reading?.shape === 'counting' ? reading.spacingMs : 0

/** What the customer's WeChat notes of an opened page: what it would share, and whether the open counts. */
export function noteLinVisit(cast: Cast, visit: Visit): void {
  const path = visit.trail.at(-1) ?? ''
  if (path === '/me' && visit.status === 200) noteOwnPage(cast, visit)
  if (!path.startsWith('/l/') || visit.status !== 200) return
  noteNotice(cast, visit.html)
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

const pageStates: readonly [said: string, recording: Recording][] = [
  ['正在删除', 'erasing'],
  ['已删除', 'erased'],
  ['已暂停', 'paused'],
  ['正在记录', 'on'],
]
const recordingSteps: Readonly<Record<Recording, { title: string; text: string }>> = {
  unseen: { title: '', text: '' },
  on: { title: '恢复记录', text: '从现在起又会记下' },
  paused: { title: '暂停记录', text: '从现在起，做什么都不记，导购看得到已暂停' },
  erasing: { title: '要求删除资料', text: '正在删除，订单按法律锁存' },
  erased: { title: '资料已删除', text: '只剩一个带密钥的摘要，同步和导入都带不回来' },
}

/** Her own page, opened or answered by a form: what it now says. */
function noteOwnPage(cast: Cast, visit: Visit): void {
  const { memory, feed } = cast
  const mine = mineOf(memory)
  const said = /<div class="state[^"]*">([^<]*)</.exec(visit.html)?.[1]
  const recording = pageStates.find(([words]) => words === said)?.[1] ?? mine.recording
  const isNews = recording !== mine.recording && (recording !== 'on' || mine.recording !== 'unseen')
  mine.recording = recording
  // There is no article on the screen to be passed on.
  memory.share = null
  if (recording === 'erased' || recording === 'erasing') Object.assign(mine, { phone: false, card: false })
  if (isNews) feed.add({ tone: 'hot', ...recordingSteps[recording], small: `${visit.trail[0]} · ${shownMs(visit.ms)}`, agoMs: visit.ms })
  else feed.add({ tone: 'plain', title: '打开我的记录', text: '看到我们记下了什么', small: wayOf(visit) })
  cast.changed()
}

/** The first time that a page of ours says what is noted. */
function noteNotice({ memory, feed }: Cast, html: string): void {
  if (memory.told?.includes('links') || !html.includes('关于记录：')) return
  memory.told = [...(memory.told ?? []), 'links']
  feed.add({ tone: 'quiet', title: '文章页显示了告知', text: '会记下什么、给谁看，怎样停下' })
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

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { userAgents } from '../fake-tencent/browser.ts'
import { addLine, type Cast } from './cast.ts'
import { groupChat, people } from './seed.ts'

const bridge = readFileSync(new URL('host-bridge.js', import.meta.url), 'utf8')
const payBridge = readFileSync(new URL('weixin-bridge.js', import.meta.url), 'utf8')

/** The operator has no chats: our page opens for her where articles are chosen from. */
export const operatorsPlace: Place = { entry: 'chat_attachment', externalUserId: null }

/** WeCom's client around a member's pages: what it says of the open chat (or of `place`), and what it does there. */
export function weComHost(cast: Cast, place: Place | null = null) {
  return {
    script(): string {
      const chat = cast.desktop.open
      const settings = { userAgent: userAgents.weCom, chat, ...(place ?? where(cast, chat)) }
      return `window.__host = ${JSON.stringify(settings)};\n${bridge}`
    },

    call(name: string, params: Record<string, unknown>): unknown {
      if (name === 'check') return { right: isSigned(cast, params) }
      if (name === 'send') return send(cast, String(params['chat']), params['message'])
      if (name === 'clipboard') return ((cast.desktop.clipboard = String(params['data'])), cast.changed())
      if (name === 'open-chat') return openChat(cast, String(params['externalUserIds'] || params['userIds']))
      return {}
    },
  }
}

export interface WeChatHostDeps {
  lin: Pick<Cast['lin'], 'confirmsPayment'>
  feed: Pick<Cast['feed'], 'add'>
  changed(): void
}

/** The customer's WeChat around our pages: its payment sheet. */
export function weChatHost({ lin, feed, changed }: WeChatHostDeps) {
  return {
    script: () => payBridge,

    async call(name: string, params: Record<string, unknown>): Promise<{ paid: boolean }> {
      if (name !== 'pay') return { paid: false }
      const paid = await lin.confirmsPayment(params as Record<string, string>).then(
        () => true,
        () => false,
      )
      feed.add({ tone: 'plain', title: paid ? '在微信里付款' : '微信没有让付款', small: 'getBrandWCPayRequest' })
      changed()
      return { paid }
    },
  }
}

/** From where WeCom opened the page. */
interface Place {
  entry: string
  externalUserId: string | null
  /** The customer group beside which it stands; absent: none. */
  chatId?: string
}

function where({ tencent }: Cast, chat: string): Place {
  if (chat === groupChat.chat) return { entry: 'group_chat_tools', externalUserId: null, chatId: groupChat.id }
  if (chat === 'team') return { entry: 'group_chat_tools', externalUserId: null }
  const isCustomer = chat === people.lin.id || chat === people.wang.id
  if (!isCustomer) return { entry: 'normal', externalUserId: null }
  return { entry: 'single_chat_tools', externalUserId: tencent.customer(chat).externalUserId }
}

/** The signature over exactly this URL, with any ticket that is valid now. Contract of the JS-SDK, section 2. */
function isSigned({ tencent, clock }: Cast, params: Record<string, unknown>): boolean {
  const { timestamp, nonceStr, signature, url, kind } = params
  const nowMs = clock.now().getTime()
  const tickets = Object.entries(tencent.world.tickets).filter(
    ([, one]) => one.kind === kind && one.expiresAtMs > nowMs,
  )
  return tickets.some(([ticket]) => {
    const text = `jsapi_ticket=${ticket}&noncestr=${String(nonceStr)}&timestamp=${String(timestamp)}&url=${String(url)}`
    return createHash('sha1').update(text).digest('hex') === signature
  })
}

interface SentMessage {
  msgtype?: string
  text?: { content?: string }
  news?: { link?: string; title?: string; desc?: string }
}

function send(cast: Cast, chat: string, message: unknown): void {
  const { text, news } = message as SentMessage
  if (news?.link) {
    addLine(cast, chat, {
      by: 'mei',
      text: news.title ?? '',
      link: { title: news.title ?? '', url: news.link, desc: news.desc ?? '' },
    })
  } else addLine(cast, chat, { by: 'mei', text: text?.content ?? '' })
  cast.feed.add({
    tone: 'ok',
    title: '从侧边栏发进聊天',
    text: news?.title ?? text?.content ?? '',
    small: 'sendChatMessage',
  })
}

function openChat(cast: Cast, ids: string): void {
  const first = ids.split(';')[0] ?? ''
  const customer = Object.values(cast.tencent.world.customers).find((one) => one.externalUserId === first)
  if (!customer) return
  cast.desktop.open = customer.id
  cast.desktop.unread[customer.id] = 0
  cast.desktop.moved += 1
  cast.changed()
}

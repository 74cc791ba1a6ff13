import { computed, shallowRef, type ComputedRef, type ShallowRef } from 'vue'
import type { ContentView, SentRequest } from '../../../server/http/contract.ts'
import { sentPath } from '../api.ts'
import { useParts } from '../parts.ts'
import { refusalWords } from '../situations.ts'
import type { ChatMessage } from '../wecom.ts'
import { useSession } from './useSession.ts'

/** What became of the last sentence or article. */
export type Outcome =
  | { kind: 'idle' }
  | { kind: 'busy'; text: string }
  | { kind: 'sent' | 'copied'; text: string; at: number }
  | { kind: 'refused'; text: string; because: string; copied: boolean }

export interface Send {
  /** send: one tap puts it into this chat. copy: WeCom does not allow sending here. */
  mode: ComputedRef<'send' | 'copy'>
  outcome: ShallowRef<Outcome>
  sentence(text: string, alertKey: string | null): Promise<void>
  article(content: ContentView): Promise<void>
  /** A mini-program card: only where something can be put into the chat. */
  card(card: { appId: string; title: string; page: string }): Promise<void>
  openChat(): Promise<void>
}

/** Shown on the card of an article without a picture; WeCom refuses cards without one. */
const defaultCover = `${import.meta.env.BASE_URL}article-cover.png`

interface SendDeps {
  /** Whose page this is; null beside a chat that names no customer (the attachment menu). */
  customerId: string | null
  /** Something went out and the server knows it. */
  onNoted(): void
}

/**
 * One tap to the customer. A message is put into a chat only when WeCom itself names this very customer as the one the
 * chat is with: a page opened from the inbox beside somebody else's chat copies instead.
 */
export function useSend({ customerId, onNoted }: SendDeps): Send {
  const { api, queue, weCom, clock, snack } = useParts()
  const { state } = useSession()
  const outcome = shallowRef<Outcome>({ kind: 'idle' })
  const mode = computed(() => {
    const now = state.value
    if (now.kind !== 'here' || !now.place.canSend) return 'copy'
    return now.place.customerId === customerId ? 'send' : 'copy'
  })

  async function note(request: SentRequest): Promise<void> {
    if (customerId === null) return
    const answer = await api.act(sentPath(customerId), request)
    if (!answer.ok) queue.add(sentPath(customerId), request)
    onNoted()
  }
  async function openChat(): Promise<void> {
    if (customerId === null) return
    const told = await weCom.openChat({ customerId })
    if (!told.ok && told.trouble.kind !== 'cancelled') snack.say('聊天没打开，请在企业微信里找到 TA 再粘贴。')
  }
  /** True when the message is in the chat. */
  async function deliver(message: ChatMessage, plain: string): Promise<boolean> {
    outcome.value = { kind: 'busy', text: plain }
    const told = await weCom.send(message)
    if (told.ok) {
      outcome.value = { kind: 'sent', text: plain, at: clock.now.value }
      return true
    }
    if (told.trouble.kind === 'cancelled') {
      outcome.value = { kind: 'idle' }
      return false
    }
    const copied = await weCom.copy(plain)
    outcome.value = { kind: 'refused', text: plain, because: refusalWords(told.trouble), copied }
    return false
  }
  /** True when the text is on the clipboard; the chat is then opened. */
  async function handOver(plain: string): Promise<boolean> {
    if (!(await weCom.copy(plain))) {
      snack.say('没能复制，请长按这句话自己复制。')
      return false
    }
    outcome.value = { kind: 'copied', text: plain, at: clock.now.value }
    snack.say('已复制')
    await openChat()
    return true
  }
  return {
    mode,
    outcome,
    openChat,
    async sentence(text, alertKey) {
      const key = alertKey === null ? {} : { alertKey }
      if (mode.value === 'copy') {
        if (await handOver(text)) await note({ what: 'copied', ...key })
      } else if (await deliver({ kind: 'text', text }, text)) await note({ what: 'opener', ...key })
    },
    async card({ appId, title, page }) {
      const pictureUrl = new URL(defaultCover, window.location.href).href
      if (!(await deliver({ kind: 'mini-program', appId, title, page, pictureUrl }, title))) return
      snack.say('已发送')
      await note({ what: 'article' })
    },
    async article({ id: contentId, title, url, cover }) {
      const plain = `${title}\n${url}`
      const pictureUrl = new URL(cover ?? defaultCover, window.location.href).href
      if (mode.value === 'copy') {
        if (await handOver(plain)) await note({ what: 'copied', contentId })
        return
      }
      const sent = await deliver({ kind: 'article', url, title, summary: '点开看看', pictureUrl }, plain)
      if (sent) snack.say('已发送')
      if (sent) await note({ what: 'article', contentId })
    },
  }
}

import { computed, shallowRef, type ComputedRef, type ShallowRef } from 'vue'
import { useParts } from '../parts.ts'
import { noticeOf, type Notice, type Situation } from '../situations.ts'

/** What only the page around a notice can do. */
export interface NoticeDeps {
  retry(): void
  articles(): void
  openChat(): void
}

/** The sentence of one situation, and what its button does. */
export function useNotice(
  situation: () => Situation,
  deps: NoticeDeps,
): { notice: ComputedRef<Notice>; howShown: ShallowRef<boolean>; act(): Promise<void> } {
  const { weCom, signIn, clock, snack } = useParts()
  const howShown = shallowRef(false)
  const notice = computed(() =>
    noticeOf(situation(), { url: window.location.href, now: clock.now.value, zone: clock.zone.value }),
  )

  async function copy(text: string): Promise<void> {
    snack.say((await weCom.copy(text)) ? '已复制' : '没能复制，请长按文字自己复制。')
  }
  async function callColleague(staffId: string): Promise<void> {
    const told = await weCom.openChat({ staffId })
    if (!told.ok && told.trouble.kind !== 'cancelled') snack.say('聊天没打开，请在企业微信通讯录里找 TA。')
  }
  async function act(): Promise<void> {
    const remedy = notice.value.remedy
    switch (remedy?.kind) {
      case 'copy':
        return copy(remedy.text)
      case 'colleague':
        return callColleague(remedy.staffId)
      case 'how-to-upgrade':
        howShown.value = true
        return
      case 'sign-in':
        return signIn.now()
      case 'inbox':
        window.location.hash = '#/inbox'
        return
      case 'retry':
        return deps.retry()
      case 'articles':
        return deps.articles()
      case 'open-chat':
        return deps.openChat()
    }
  }
  return { notice, howShown, act }
}

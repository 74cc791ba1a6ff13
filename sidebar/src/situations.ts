import type { Problem } from './api.ts'
import type { WeComTrouble } from './wecom.ts'
import { pointInTime } from './words.ts'

/** Everything that can keep the page from working, or from working fully. */
export type Situation =
  | { kind: 'outside-wecom' }
  | { kind: 'too-old' }
  | { kind: 'signing-in' }
  | { kind: 'sign-in-needed' }
  | { kind: 'no-permission' }
  | { kind: 'no-contact-right' }
  /** Something in WeCom's console is not as it should be; the message tells operators what, others to ask. */
  | { kind: 'not-set-up'; message: string }
  | { kind: 'not-my-customer'; customer: string | null; owner: string | null; ownerId: string | null }
  | { kind: 'erased' }
  | { kind: 'no-customer' }
  | { kind: 'not-linked' }
  | { kind: 'wecom-silent' }
  | { kind: 'not-recognised' }
  | { kind: 'send-refused'; because: string }
  /** `shownAt`: Unix ms of the content on the page; null when there is none. */
  | { kind: 'offline'; shownAt: number | null }
  | { kind: 'server-down' }
  | { kind: 'failed'; message: string }

/** What to do about it; the component that shows it knows how. */
export type Remedy =
  | { kind: 'copy'; label: string; text: string }
  | { kind: 'how-to-upgrade' | 'sign-in' | 'inbox' | 'retry' | 'articles' | 'open-chat'; label: string }
  | { kind: 'colleague'; label: string; staffId: string }

export interface Notice {
  sentence: string
  /** The same in English, for whoever sets the app up; only on whole pages. */
  english: string
  remedy: Remedy | null
}

const askAdmin = '你还没有使用权限，请管理员在「应用可见范围」里加上你。'
const askContactRight = '应用还没有「客户联系」权限，请管理员在后台开通。'

/** What happened, then what to do: the sentence and the action of one situation. */
export function noticeOf(situation: Situation, page: { url: string; now: number; zone: string }): Notice {
  switch (situation.kind) {
    case 'outside-wecom':
      return notice('请在企业微信里打开这个页面。', 'Please open this page in WeCom.', copying('复制链接', page.url))
    case 'too-old':
      return notice('你的企业微信版本有点旧，升级后就能用侧边栏。', 'Please update WeCom.', {
        kind: 'how-to-upgrade',
        label: '怎么升级',
      })
    case 'signing-in':
      return notice('登录过期了，正在重新登录…', 'Signing in again…', null)
    case 'sign-in-needed':
      return notice('点这里重新登录。', 'Please sign in again.', { kind: 'sign-in', label: '重新登录' })
    case 'no-permission':
      return notice(askAdmin, 'You are outside the visible range of this app.', copying('复制这句话给管理员', askAdmin))
    case 'no-contact-right':
      return notice(askContactRight, 'The app lacks the customer contact right.', copying('复制', askContactRight))
    case 'not-set-up':
      return notice(situation.message, 'Not set up in WeCom as it should be: npm run doctor names what is wrong.', copying('复制给管理员', situation.message))
    case 'not-my-customer':
      return notMine(situation)
    case 'erased':
      return notice('这位客户要求删除记录，这里已经没有 TA 的任何内容。', 'This customer had everything erased.', { kind: 'inbox', label: '看我的待跟进' })
    case 'no-customer':
      return notice('这个聊天里没有客户。', 'There is no customer in this chat.', { kind: 'inbox', label: '看我的待跟进' })
    case 'not-linked':
      return notice(
        '还没认出 TA 在公众号和商城里的身份：发一篇你的文章，TA 关注公众号或点「用微信身份阅读」后就能连上；发小程序卡片更快，打开就连上。',
        '',
        { kind: 'articles', label: '发卡片' },
      )
    case 'wecom-silent':
      return retrying('企业微信没有响应，内容先给你看，发送按钮稍后再试。', 'WeCom does not answer.')
    case 'not-recognised':
      return retrying('企业微信没认可这个页面的签名，内容先给你看，发送按钮稍后再试。', 'The page signature was refused. Is this host the trusted domain of the app? npm run doctor tells.')
    case 'send-refused':
      return notice(`这条没发出去：${situation.because}。已复制，可以直接粘贴到聊天。`, '', {
        kind: 'open-chat',
        label: '打开聊天',
      })
    case 'offline':
      return offline(situation.shownAt, page)
    case 'server-down':
      return notice('服务暂时连不上，你的操作已记下，恢复后自动提交。', 'The server cannot be reached.', null)
    case 'failed':
      return retrying(situation.message || '这里没读出来，请再试一次。', 'This could not be read.')
  }
}

/** The situation behind a question that our server did not answer. */
export function situationOf(problem: Problem, shownAt: number | null, signingIn: boolean): Situation {
  switch (problem.reason) {
    case 'signed-out':
      return { kind: signingIn ? 'signing-in' : 'sign-in-needed' }
    case 'not-a-member':
    case 'outside-visible-range':
      return { kind: 'no-permission' }
    case 'no-contact-right':
      return { kind: 'no-contact-right' }
    case 'not-set-up':
      return { kind: 'not-set-up', message: problem.message }
    case 'not-my-customer':
      return {
        kind: 'not-my-customer',
        customer: problem.details.customer ?? null,
        owner: problem.details.owner ?? null,
        ownerId: problem.details.ownerId ?? null,
      }
    case 'erased':
      return { kind: 'erased' }
    case 'offline':
      return { kind: 'offline', shownAt }
    case 'server-down':
      return { kind: 'server-down' }
    default:
      return { kind: 'failed', message: problem.message }
  }
}

/** The situation behind a WeCom that did not tell us where we are; null when the member merely closed a dialog. */
export function situationOfWeCom(trouble: WeComTrouble): Situation | null {
  switch (trouble.kind) {
    case 'cancelled':
      return null
    case 'no-right':
      return { kind: 'no-contact-right' }
    case 'not-recognised':
      return { kind: 'not-recognised' }
    case 'unsigned':
      return situationOf(trouble.problem, null, false)
    default:
      return { kind: 'wecom-silent' }
  }
}

/** Why a message was not sent, in words that fit into 这条没发出去：…。 */
export function refusalWords(trouble: WeComTrouble): string {
  switch (trouble.kind) {
    case 'silent':
      return '企业微信没有响应'
    case 'no-right':
      return '应用还没有在聊天里发消息的权限'
    case 'wrong-place':
      return '这里不是客户的聊天'
    case 'not-recognised':
      return '企业微信没认可这个页面的签名'
    case 'bad-picture':
      return '封面图片打不开'
    case 'unsigned':
      return trouble.problem.reason === 'offline' ? '网络断开了' : '服务暂时连不上'
    default:
      return '企业微信没有接受'
  }
}

function notice(sentence: string, english: string, remedy: Remedy | null): Notice {
  return { sentence, english, remedy }
}

function copying(label: string, text: string): Remedy {
  return { kind: 'copy', label, text }
}

function retrying(sentence: string, english: string): Notice {
  return notice(sentence, english, { kind: 'retry', label: '重试' })
}

function notMine({ customer, owner, ownerId }: Extract<Situation, { kind: 'not-my-customer' }>): Notice {
  const english = 'This customer is followed by a colleague.'
  if (owner === null) return notice('这位客户由别的同事跟进，你看不到 TA 的动态。', english, null)
  const sentence = `${customer ?? '这位客户'}的跟进人是 ${owner}，你看不到 TA 的动态。`
  const staffId = ownerId
  return notice(sentence, english, staffId === null ? null : { kind: 'colleague', label: `联系${owner}`, staffId })
}

function offline(shownAt: number | null, page: { now: number; zone: string }): Notice {
  if (shownAt === null) return retrying('网络断开了，连上后再看。', 'You are offline.')
  return retrying(`网络断开了，显示的是 ${pointInTime(shownAt, page.now, page.zone)} 的内容。`, 'You are offline.')
}

import type { Alert, AlertState } from './alert.ts'
import { clockText, daysBetween, type WallClock } from './local-time.ts'

/**
 * What became of an alert, in words for the page: 已发到手机 20:31. WeCom has no read receipt: "sent" means that WeCom
 * took the message, and 已看 that our page or a button was used. Clock times are those of the shop's time zone.
 */
export function fateOf(alert: Alert, now: Date, wall: WallClock): string {
  const moment = (at: Date) => momentText(at, now, wall)
  const last = alert.history.at(-1)
  const since = last ? ` ${moment(last.at)}` : ''
  switch (alert.state) {
    case 'queued':
      return alert.rings ? '马上提醒你' : oldText
    case 'held':
      return heldText(last?.reason ?? '', alert.dueAt ? moment(alert.dueAt) : null)
    case 'merged':
      return '正在发到你的手机'
    case 'sent':
      return `已发到手机${since}`
    case 'sent-unconfirmed':
      return '可能已发到手机，企业微信没有回音'
    case 'refused':
      return '没有发到手机，企业微信拒收了'
    case 'opened':
      return `已看${since}`
    case 'acted':
      return `跟进中${since}`
    case 'snoozed':
      return alert.dueAt ? `${moment(alert.dueAt)} 再提醒你` : '稍后再提醒你'
    case 'not-useful':
      return '标记为没用'
    default:
      return closedText(alert.state, last?.reason ?? '')
  }
}

const oldText = '有一阵子了，不单独响，随下一条一起告诉你'

function heldText(reason: string, until: string | null): string {
  if (reason === 'too-old-to-ring') return oldText
  if (until === null) return '稍后一起告诉你'
  if (reason === 'quiet-hours') return `现在不打扰，${until} 一起告诉你`
  if (reason === 'merge-window') return `刚提醒过这位客户，${until} 一起告诉你`
  return `提醒太密，${until} 告诉你`
}

function closedText(state: AlertState, reason: string): string {
  if (state === 'expired') return '超过 3 天没处理，已过期'
  if (reason === 'paid') return '客户已付款，不用跟进了'
  if (reason === 'handed-over') return '客户已转给同事'
  if (reason === 'somebody-else') return '不是同一位客人'
  if (reason === 'nobody-follows') return '客户已不在你这里'
  return '情况变了，不用跟进了'
}

/** 20:31, 明早 09:00, 明天 14:05, 昨天 20:31, 3月2日 20:31. */
function momentText(at: Date, now: Date, wall: WallClock): string {
  const clock = clockText(at, wall)
  const { month, day, hour } = wall(at)
  switch (daysBetween(now, at, wall)) {
    case 0:
      return clock
    case 1:
      return `${hour < 11 ? '明早' : '明天'} ${clock}`
    case -1:
      return `昨天 ${clock}`
    default:
      return `${month}月${day}日 ${clock}`
  }
}

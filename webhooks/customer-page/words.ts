import { lastDecision, lastShown, ownEars, type NoticeAct, type NoticeBook, type NoticeSource } from '../../server/domain/notice.ts'
import { periods, type RetentionDays } from '../../server/domain/retention.ts'
import type { WallClock } from '../../server/domain/local-time.ts'

/** Where we know a customer from, in their words. */
export const sourceNames: Readonly<Record<NoticeSource, string>> = {
  'official-account': '公众号',
  links: '导购发的文章',
  beacon: '商城（小程序、网页）',
  inbound: '门店与会员系统',
  wecom: '企业微信',
  'wechat-shop': '微信小店',
  'wechat-pay': '微信支付',
}

/** One source with what was told or agreed there, and what may be changed. */
export interface SourceLine {
  source: NoticeSource
  name: string
  /** 2026年3月2日 10:00 同意记录（2026-11-25 版）. */
  told: string
  /** What the brand says there, in its current words: to be read whether or not it was shown before. */
  notice: string
  /** What a tap would do; null: nothing to choose here. */
  choice: { answer: 'agree' | 'withdraw'; text: string } | null
}

/** A source's line. Only where nothing is stored without being asked, or a no can be kept at once, is there a choice. */
export function sourceLine(source: NoticeSource, acts: readonly NoticeAct[], book: NoticeBook, moment: (at: Date) => string): SourceLine {
  const decision = lastDecision(acts, source)
  const shown = lastShown(acts, source)
  const told = decision ? decisionText(decision, moment) : shown ? `${moment(shown.at)} 看到告知（${shown.version} 版）` : '没有记到您看过这里的告知，点开就能看'
  return { source, name: sourceNames[source], told, notice: book.texts[source].notice.zh, choice: choiceOf(source, decision, book) }
}

function decisionText({ deed, version, at }: NoticeAct, moment: (at: Date) => string): string {
  const verb = deed === 'agreed' ? '同意记录' : deed === 'declined' ? '不同意记录' : '要求不再记录'
  return `${moment(at)} ${verb}（${version} 版）`
}

function choiceOf(source: NoticeSource, decision: NoticeAct | null, book: NoticeBook): SourceLine['choice'] {
  const asks = book.consentFirst.some((each) => each === source)
  // A no to what a platform tells is only kept where consent comes first; elsewhere there is the pause.
  if (!asks && !ownEars.some((each) => each === source)) return null
  const isNoted = decision ? decision.deed === 'agreed' && (!asks || decision.version === book.texts[source].version) : !asks
  return isNoted ? { answer: 'withdraw', text: asks ? '撤回同意' : '不再记录' } : { answer: 'agree', text: asks ? '同意记录' : '恢复记录' }
}

/** 动态 · 两年: what is kept how long, in the customer's words. */
export function periodLines(days: RetentionDays): readonly { what: string; long: string }[] {
  return periods.flatMap(({ kind, toCustomer }) => (toCustomer === null ? [] : [{ what: toCustomer, long: longText(days[kind]) }]))
}

function longText(days: number): string {
  return days % 365 === 0 ? `${days / 365} 年` : `${days} 天`
}

/** 2026年3月2日, in the store's zone. */
export function dayText(at: Date, wall: WallClock): string {
  const { year, month, day } = wall(at)
  return `${year}年${month}月${day}日`
}

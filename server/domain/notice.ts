import type { EvidenceSource } from './event.ts'
import type { IdentityKey } from './ids.ts'

/** Where customers are told that we note things; each source has words and versions of its own. */
export const noticeSources = ['official-account', 'links', 'beacon', 'inbound', 'wecom', 'wechat-shop', 'wechat-pay'] as const
export type NoticeSource = (typeof noticeSources)[number]

/** Our own ears: there we have the customer before us and can ask. */
export const ownEars = ['beacon', 'links'] as const satisfies readonly NoticeSource[]
export type OwnEar = (typeof ownEars)[number]

/**
 * Sources that can be switched to "nothing before consent". Where a platform or another system tells us, the customer
 * agrees on their own page, and what comes before that is thrown away. Not among them: being a member's contact, which is
 * the member's own knowledge, and payments that we made, which the law obliges us to keep.
 */
export const askingSources = [...ownEars, 'official-account', 'wechat-shop', 'inbound'] as const satisfies readonly NoticeSource[]
export type AskingSource = (typeof askingSources)[number]

/** shown: the notice was before their eyes. declined: asked and said no. withdrawn: took an earlier yes, or silence, back. */
export type NoticeDeed = 'shown' | 'agreed' | 'declined' | 'withdrawn'

/**
 * page: on a page of ours; app: the mall's or mini-program's own screen, as it reported under our session; declared: the
 * brand says that it has put our text in place (welcome message, shop's page) and the event came after that.
 */
export type NoticeWay = 'page' | 'app' | 'declared'

/** What was shown to, or decided by, one customer under one identity. */
export interface NoticeAct {
  identity: IdentityKey
  source: NoticeSource
  version: string
  deed: NoticeDeed
  how: NoticeWay
  at: Date
}

/** The same words for two readers. */
export interface Bilingual {
  zh: string
  en: string
}

/** One source's words, as the brand's file has them, placeholders filled. */
export interface NoticeText {
  /** Changed with the meaning: who agreed to another version is asked again. */
  version: string
  /** The notice itself: the welcome message's lines, the reader page's small line. */
  notice: Bilingual
  /** What is asked where consent comes first. */
  consent: Bilingual | null
  /** From when on the brand has shown the text where we cannot see it; null: not (yet). */
  inPlaceSince: Date | null
}

/** Everything the brand tells its customers about what is noted. */
export interface NoticeBook {
  /** Who notes: the brand's name. */
  brand: string
  texts: Readonly<Record<NoticeSource, NoticeText>>
  /** The mini-program's 用户隐私保护指引, as Markdown, to be copied into its settings. */
  guide: Bilingual
  /** Sources where nothing is stored before the customer has agreed. */
  consentFirst: readonly AskingSource[]
}

/** may: store. ask: nothing before they have agreed to this version. no: they said no. */
export type Standing = 'may' | 'ask' | 'no'

const rank: Readonly<Record<NoticeDeed, number>> = { shown: 0, agreed: 1, declined: 2, withdrawn: 3 }

/**
 * Whether a source may store what a customer does, by the last thing they decided there. A no stands for every version
 * where we need not ask; where consent comes first, another version is asked about again.
 */
export function standingOf(acts: readonly NoticeAct[], source: NoticeSource, book: Pick<NoticeBook, 'texts' | 'consentFirst'>): Standing {
  const asks = book.consentFirst.some((each) => each === source)
  const last = lastDecision(acts, source)
  const current = last?.version === book.texts[source].version
  if (asks && !current) return 'ask'
  if (last === null || last.deed === 'agreed') return 'may'
  return 'no'
}

/** The last yes or no at this source; of two in one moment the no. */
export function lastDecision(acts: readonly NoticeAct[], source: NoticeSource): NoticeAct | null {
  const decisions = acts.filter((act) => act.source === source && act.deed !== 'shown')
  return decisions.toSorted((a, b) => a.at.getTime() - b.at.getTime() || rank[a.deed] - rank[b.deed]).at(-1) ?? null
}

/** The newest notice of this source that was shown. */
export function lastShown(acts: readonly NoticeAct[], source: NoticeSource): NoticeAct | null {
  const shown = acts.filter((act) => act.source === source && act.deed === 'shown')
  return shown.toSorted((a, b) => a.at.getTime() - b.at.getTime()).at(-1) ?? null
}

/** Under which source's notice an event falls. */
export function noticeSourceOf(source: EvidenceSource): NoticeSource {
  switch (source) {
    case 'tracked-link':
    case 'share-chain':
      return 'links'
    case 'mini-program':
      return 'beacon'
    case 'inbound-mall':
    case 'inbound-erp':
    case 'inbound-till':
      return 'inbound'
    default:
      return source
  }
}

import { noticeSources, type NoticeAct, type NoticeBook } from '../../server/domain/notice.ts'
import type { Clock } from '../../server/ports/clock.ts'
import { createConsent, type Consent } from '../../webhooks/consent.ts'

/** Consent of ears under test: told as the shipped texts tell it, never asked, and kept in memory. */
export function quietConsent(clock: Clock): Consent {
  const acts: NoticeAct[] = []
  const text = { version: 'v1', notice: { zh: '会记下您打开这篇文章的时间；是否分享、是否表明身份，都不影响阅读。', en: 'n' }, consent: null, inPlaceSince: null }
  const texts = Object.fromEntries(noticeSources.map((source) => [source, text])) as NoticeBook['texts']
  const book: NoticeBook = { brand: '本店', texts, guide: { zh: '', en: '' }, consentFirst: [] }
  const notices = {
    note: async (list: readonly NoticeAct[]) => void acts.push(...list),
    of: async (keys: readonly string[]) => acts.filter(({ identity }) => keys.includes(identity)),
  }
  return createConsent({ notices, people: { find: async () => new Map() }, isPaused: async () => false, book, clock })
}

import { noticeSources, type NoticeBook } from '../domain/notice.ts'

export interface NoticesDeps {
  book: NoticeBook
  write: (text: string) => void
}

/**
 * `npm run privacy -- notices`: every text as customers get it, placeholders filled, ready to be pasted where we cannot
 * show it ourselves: the account's welcome message, the salespeople's, the mini-program's 隐私保护指引 (C5).
 */
export async function showNotices({ book, write }: NoticesDeps): Promise<true> {
  for (const source of noticeSources) {
    const { version, notice, consent, inPlaceSince } = book.texts[source]
    const asks = book.consentFirst.some((each) => each === source) ? ', nothing before consent' : ''
    const place = inPlaceSince ? `, in place since ${inPlaceSince.toISOString().slice(0, 10)}` : ''
    write(`== ${source} ${version}${place}${asks}\n${notice.zh}\n\n${notice.en}\n\n`)
    if (consent) write(`-- asked\n${consent.zh}\n\n${consent.en}\n\n`)
  }
  write(`== 小程序隐私保护指引 · the mini-program's privacy guide\n${book.guide.zh}\n${book.guide.en}\n`)
  return true
}

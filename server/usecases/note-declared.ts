import type { CustomerEvent } from '../domain/event.ts'
import { identityKey } from '../domain/ids.ts'
import { noticeSourceOf, noticeSources, type NoticeAct, type NoticeBook } from '../domain/notice.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { Notices } from '../ports/notices.ts'

export interface NoteDeclaredDeps {
  notices: Pick<Notices, 'note' | 'keepText'>
  book: NoticeBook
  clock: Clock
  log: Log
}

export type NoteDeclared = ReturnType<typeof createNoteDeclared>

/** Notices that others show for us, and the words behind every version (C5). */
export function createNoteDeclared({ notices, book, clock, log }: NoteDeclaredDeps) {
  const declared = noticeSources.filter((source) => book.texts[source].inPlaceSince !== null)

  function actOf({ who, source: evidence, at }: CustomerEvent): NoticeAct[] {
    const source = noticeSourceOf(evidence)
    const { version, inPlaceSince } = book.texts[source]
    if (inPlaceSince === null || at < inPlaceSince) return []
    return [{ identity: identityKey(who), source, version, deed: 'shown', how: 'declared', at }]
  }

  return {
    /** Who did something after the brand had put the text in place was told; the first time is noted. */
    async ofEvents(events: readonly CustomerEvent[]): Promise<void> {
      if (declared.length === 0) return
      const acts = new Map(events.flatMap(actOf).map((act) => [`${act.identity} ${act.source}`, act]))
      if (acts.size > 0) await notices.note([...acts.values()])
    },

    /** Keeps the words in use, so that a version always says what was told; other words under an old version are warned of. */
    async keepTexts(): Promise<void> {
      for (const source of noticeSources) {
        const { version, notice, consent } = book.texts[source]
        const text = JSON.stringify({ notice, consent })
        const kept = await notices.keepText({ source, version, text, at: clock.now() })
        if (kept === 'differs') log.warn({ source, version }, 'a notice was changed without a new version: nobody is asked again')
      }
    },
  }
}

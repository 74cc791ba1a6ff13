import type { CustomerEvent } from './event.ts'
import { plainText } from './plain-text.ts'
import { subjectOf, type Subject } from './subject.ts'

/** An event with what the rules ask about it, looked up once for all of them. */
export interface Happening {
  event: CustomerEvent
  /** Unix ms. */
  at: number
  about: Subject
  /** Its text in plain letters; null: it has none, or no rule reads it. */
  words: string | null
}

/** Looks an event up; `readsText`: a rule looks for words in it. */
export function happeningOf(event: CustomerEvent, readsText: boolean): Happening {
  const text = readsText && 'text' in event ? event.text : null
  return { event, at: event.at.getTime(), about: subjectOf(event), words: text ? plainText(text) : null }
}

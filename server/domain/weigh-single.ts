import type { CustomerEvent } from './event.ts'
import type { Signal } from './memory.ts'
import type { RuleDraft } from './memory-state.ts'
import type { SingleRule } from './rule.ts'
import { signalOf } from './signal.ts'
import { subjectOf } from './subject.ts'
import { coolsDown, subjectState, touchSubject } from './subjects.ts'

/** Fires at a matching event, subject to the cool-down. */
export function weighSingle(draft: RuleDraft, rule: SingleRule, event: CustomerEvent): Signal | null {
  if (rule.keywords && !containsKeyword(textOf(event), rule.keywords)) return null
  const subject = subjectOf(event).object ?? ''
  const at = event.at.getTime()
  const state = subjectState(draft, subject)
  if (coolsDown(rule, state, at)) return null
  if (rule.coolDownMs > 0) touchSubject(draft, rule, { ...state, firedAt: at }, at)
  return signalOf(rule, subject, { at: event.at, causeKey: event.key, eventKeys: [event.key] })
}

/** Whether the text contains one of the keywords; full and half width, case and spaces make no difference. */
export function containsKeyword(text: string | null, keywords: readonly string[]): boolean {
  if (!text) return false
  const plain = plainText(text)
  return keywords.some((keyword) => plain.includes(plainText(keyword)))
}

function plainText(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/gu, '')
}

function textOf(event: CustomerEvent): string | null {
  return 'text' in event ? event.text : null
}

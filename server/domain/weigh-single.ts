import type { CustomerEvent } from './event.ts'
import type { Signal } from './memory.ts'
import type { RuleDraft } from './memory-state.ts'
import { silenceMs, type SingleRule } from './rule.ts'
import { signalOf } from './signal.ts'
import { subjectOf } from './subject.ts'
import { coolsDown, subjectState, touchSubject } from './subjects.ts'

/** Fires at a matching event, subject to the cool-down. */
export function weighSingle(draft: RuleDraft, rule: SingleRule, event: CustomerEvent): Signal | null {
  if (rule.keywords && !containsKeyword(textOf(event), rule.keywords)) return null
  const at = event.at.getTime()
  const subjects = subjectsOf(event)
  if (subjects.some((subject) => coolsDown(rule, subjectState(draft, subject), at))) return null
  noteFired(draft, rule, event)
  const signal = signalOf(rule, subjects[0], { at: event.at, causeKey: event.key, eventKeys: [event.key] })
  return isPurchase(rule, event) ? { ...signal, key: `${rule.id}|${subjects[0]}|purchase` } : signal
}

/** Remembers that the rule fired at this event, under every name of what it was about. */
export function noteFired(draft: RuleDraft, rule: SingleRule, event: CustomerEvent): void {
  if (silenceMs(rule) === 0) return
  const firedAt = event.at.getTime()
  for (const subject of subjectsOf(event)) {
    touchSubject(draft, rule, { ...subjectState(draft, subject), firedAt }, firedAt)
  }
}

/** A purchase goes by its payment's number, the same in both, and by its order's. */
function subjectsOf(event: CustomerEvent): readonly [string, ...string[]] {
  const { object } = subjectOf(event)
  const own = object ?? ''
  return 'orderNo' in event && event.transactionId ? [event.transactionId, own] : [own]
}

/** The same signal whichever of order and payment is its cause: one that is heard of late changes nothing. */
function isPurchase(rule: SingleRule, event: CustomerEvent): boolean {
  return silenceMs(rule) > rule.coolDownMs && 'orderNo' in event && event.transactionId !== undefined
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

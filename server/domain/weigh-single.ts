import type { CustomerEvent } from './event.ts'
import { coolsDown, noteFired } from './firing.ts'
import type { Happening } from './happening.ts'
import type { Signal } from './memory.ts'
import type { Draft } from './memory-draft.ts'
import type { Step } from './rule-set.ts'
import type { SingleRule } from './rule.ts'
import { signalOf } from './signal.ts'

/** Fires at a matching event, subject to the cool-down. */
export function weighSingle(draft: Draft, step: Step, rule: SingleRule, happening: Happening): Signal | null {
  if (step.words && !containsWord(happening.words, step.words)) return null
  const { event, at } = happening
  const own = happening.about.object ?? ''
  const payment = paymentOf(event)
  if (coolsDown(draft, step, own, at) || (payment && coolsDown(draft, step, payment, at))) return null
  noteSingle(draft, step, happening)
  const signal = signalOf(rule, payment ?? own, { at: event.at, causeKey: event.key, eventKeys: [event.key] })
  // The same signal whichever of order and payment is its cause: one that is heard of late changes nothing.
  const isPurchase = step.silenceMs > rule.coolDownMs && payment !== null
  return isPurchase ? { ...signal, key: `${rule.id}|${payment}|purchase` } : signal
}

/** Remembers that the rule fired at this event, under every name of what it was about. */
export function noteSingle(draft: Draft, step: Step, { event, at, about }: Happening): void {
  const payment = paymentOf(event)
  if (payment) noteFired(draft, step, payment, at)
  noteFired(draft, step, about.object ?? '', at)
}

/** A purchase goes by its payment's number, the same in both, before its order's. */
function paymentOf(event: CustomerEvent): string | null {
  return 'orderNo' in event && event.transactionId ? event.transactionId : null
}

/** Whether the text contains one of the words, all in plain letters. */
function containsWord(text: string | null, words: readonly string[]): boolean {
  return text !== null && words.some((word) => text.includes(word))
}

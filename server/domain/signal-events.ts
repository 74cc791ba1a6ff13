import { apart } from './apart.ts'
import type { CustomerEvent } from './event.ts'
import { compareMarks } from './event-order.ts'
import type { Signal } from './memory.ts'
import type { Rule } from './rule.ts'
import { subjectOf } from './subject.ts'

/** The events behind a signal, among those given. */
export interface SignalEvents {
  /** The causing event; null when it was not among those given. */
  cause: CustomerEvent | null
  /** All that the rule counted, newest first, the cause included. */
  counted: readonly CustomerEvent[]
  /** What the rule counted: repetitions, or different objects, as far as known from the events and from the signal. */
  count: number
}

/** Finds what a signal was about. A count may be higher than the rule asks for, when a cool-down held it back. */
export function signalEvents(signal: Signal, rule: Rule, events: readonly CustomerEvent[]): SignalEvents {
  const cause = events.find((event) => event.key === signal.causeKey) ?? null
  const counted = events.filter((event) => isCounted(event, signal, rule)).toSorted((a, b) => compareMarks(b, a))
  return { cause, counted, count: Math.max(signal.eventKeys.length, countOf(rule, counted)) }
}

function isCounted(event: CustomerEvent, signal: Signal, rule: Rule): boolean {
  if (signal.eventKeys.includes(event.key)) return true
  if (rule.shape !== 'counting' || !rule.on.includes(event.kind) || subjectFor(rule.per, event) !== signal.subject) return false
  return event.at <= signal.at && event.at.getTime() > signal.at.getTime() - rule.windowMs
}

function subjectFor(per: 'object' | 'category' | 'any', event: CustomerEvent): string | null {
  if (per === 'any') return ''
  const { object, category } = subjectOf(event)
  return per === 'object' ? object : category
}

function countOf(rule: Rule, newestFirst: readonly CustomerEvent[]): number {
  if (rule.shape !== 'counting') return 1
  if (rule.distinct) return new Set(newestFirst.map((event) => subjectOf(event).object)).size
  return apart(newestFirst, rule.spacingMs).length
}

import type { CustomerEvent } from './event.ts'
import { compareMarks, type Mark } from './event-order.ts'
import type { Memory, Signal } from './memory.ts'
import { closeDraft, emptyMemory, noteSeen, openDraft, ruleDraft, type Draft } from './memory-state.ts'
import { concerns, silenceMs, type MissingStepRule, type Rule } from './rule.ts'
import { subjectState, withSubject } from './subjects.ts'
import { fireUpTo, step, weighRule } from './weigh.ts'
import { endTimers } from './weigh-missing-step.ts'
import { noteFired } from './weigh-single.ts'

/** What is settled: the signals that stand before a moment in the canonical order. */
export interface Past {
  /** The earliest late event; what happened before it stays as it is. */
  before: Mark
  /** Standing signals of the person, at least those of the `longestWindowMs` before `before`. Later ones are ignored. */
  signals: readonly Signal[]
}

/**
 * The memory and the standing signals, from stored events.
 *
 * Without `past`: from everything given. With it: events from `before.at - longestWindowMs(rules)` on are enough;
 * those before `before` only warm the memory up, and the signals returned are those that stand from `before` on. A
 * stored signal from there on which is not among them no longer stands.
 *
 * `events` may be in any order and contain repeats; `until`: timers that end up to then fire too (null: none by clock).
 */
export function rebuild(
  events: readonly CustomerEvent[],
  rules: readonly Rule[],
  until: Date | null,
  past: Past | null = null,
): { memory: Memory; signals: readonly Signal[] } {
  const draft = openDraft(emptyMemory())
  const ordered = inOrder(events).filter((event) => rules.some((rule) => concerns(rule, event.kind)))
  const settled = past ? ordered.filter((event) => compareMarks(event, past.before) < 0) : []
  if (past) warmUp(draft, settled, rules, past)
  const signals = ordered.slice(settled.length).flatMap((event) => step(draft, event, rules))
  if (until) signals.push(...fireUpTo(draft, until, rules))
  return { memory: closeDraft(draft), signals }
}

/** Events in canonical order, each key once. */
export function inOrder(events: readonly CustomerEvent[]): CustomerEvent[] {
  const seen = new Set<string>()
  const once = events.filter((event) => !seen.has(event.key) && seen.add(event.key))
  return once.toSorted(compareMarks)
}

/**
 * Shares that turned out to be the customer's own: the "friend" is another id of the same person.
 * Leaves out those events; call it before `rebuild` after a join.
 */
export function withoutOwnShares(events: readonly CustomerEvent[], ownIdentityKeys: readonly string[]): CustomerEvent[] {
  const own = new Set(ownIdentityKeys)
  return events.filter((event) => event.kind !== 'shared-content' || !own.has(event.friend))
}

function warmUp(draft: Draft, settled: readonly CustomerEvent[], rules: readonly Rule[], past: Past): void {
  const known = past.signals.filter((signal) => isSettled(signal, past.before, rules))
  for (const event of settled) {
    endKnownTimers(draft, event.at.getTime(), rules, known)
    for (const rule of rules) if (concerns(rule, event.kind)) weighRule(draft, rule, event, true)
    const raised = raisedBy(event, known, rules)
    noteSeen(draft, event, raised)
    for (const rule of rules) {
      const fired = rule.shape === 'single' && raised.some((signal) => signal.rule === rule.id)
      if (fired) noteFired(ruleDraft(draft, rule.id), rule, event)
    }
  }
  endKnownTimers(draft, past.before.at.getTime(), rules, known)
  for (const rule of rules) noteFirings(draft, rule, known)
}

/** A firing tells that no timer ran right after it, whatever the warm-up, which began in the middle, believed. */
function endKnownTimers(draft: Draft, before: number, rules: readonly Rule[], known: readonly Signal[]): void {
  for (const rule of rules) {
    if (rule.shape !== 'missing-step') continue
    const own = ruleDraft(draft, rule.id)
    const fired = known.filter((signal) => signal.rule === rule.id && signal.at.getTime() <= before)
    own.timers = own.timers.filter(
      (timer) => !fired.some((signal) => timer.ids.includes(signal.subject) && timer.startedAt < signal.at.getTime()),
    )
    endTimers(own, rule, before, true)
  }
}

function noteFirings(draft: Draft, rule: Rule, known: readonly Signal[]): void {
  const own = ruleDraft(draft, rule.id)
  for (const signal of known) {
    if (signal.rule !== rule.id || silenceMs(rule) === 0) continue
    const state = subjectState(own, signal.subject)
    const firedAt = Math.max(state.firedAt ?? 0, signal.at.getTime())
    own.subjects = withSubject(own.subjects, { ...state, firedAt })
  }
}

/** A timer that ends at the very moment may still be cancelled there; any other signal is settled with its event. */
export function isSettled(signal: Signal, before: Mark, rules: readonly Rule[]): boolean {
  if (isTimed(signal, rules)) return signal.at < before.at
  return compareMarks({ at: signal.at, key: signal.causeKey }, before) < 0
}

function raisedBy(event: CustomerEvent, known: readonly Signal[], rules: readonly Rule[]): readonly Signal[] {
  return known.filter((signal) => signal.causeKey === event.key && !isTimed(signal, rules))
}

function isTimed(signal: Signal, rules: readonly Rule[]): boolean {
  return rules.some((rule): rule is MissingStepRule => rule.id === signal.rule && rule.shape === 'missing-step')
}

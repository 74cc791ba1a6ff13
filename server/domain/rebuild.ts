import type { CustomerEvent } from './event.ts'
import { compareMarks, type Mark } from './event-order.ts'
import type { Memory, Signal } from './memory.ts'
import { noteKnownFiring } from './firing.ts'
import { happeningOf } from './happening.ts'
import { closeDraft, noteSeen, openDraft, setTimers, timersOf, type Draft } from './memory-draft.ts'
import { emptyMemory, type Timer } from './memory-state.ts'
import { ruleSetOf, type TimedRule } from './rule-set.ts'
import { silenceMs, type MissingStepRule, type Rule } from './rule.ts'
import { countAll, fireUpTo, step } from './weigh.ts'
import { endTimers, weighMissingStep } from './weigh-missing-step.ts'
import { noteSingle } from './weigh-single.ts'

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
  const draft = openDraft(emptyMemory(), rules)
  const { plans } = ruleSetOf(rules)
  const ordered = inOrder(events).filter(({ kind }) => plans.has(kind))
  const settled = past ? ordered.filter((event) => compareMarks(event, past.before) < 0) : []
  if (past) warmUp(draft, settled, rules, past)
  const signals = ordered.slice(settled.length).flatMap((event) => step(draft, event))
  if (until) signals.push(...fireUpTo(draft, until))
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
    endKnownTimers(draft, event.at.getTime(), known)
    remember(draft, event, raisedBy(event, known, rules))
  }
  endKnownTimers(draft, past.before.at.getTime(), known)
  rules.forEach((rule, slot) => noteFirings(draft, rule, slot, known))
}

/** Counts an event and starts and cancels timers; what it raised is known. */
function remember(draft: Draft, event: CustomerEvent, raised: readonly Signal[]): void {
  const plan = draft.set.plans.get(event.kind)
  if (!plan) return
  const happening = happeningOf(event, false)
  countAll(draft, plan, happening)
  for (const { rule, slot } of plan.steps) if (rule.shape === 'missing-step') weighMissingStep(draft, slot, rule, happening)
  noteSeen(draft, event, raised)
  for (const one of plan.steps) {
    const fired = one.rule.shape === 'single' && raised.some((signal) => signal.rule === one.rule.id)
    if (fired) noteSingle(draft, one, happening)
  }
}

/** A firing tells that no timer ran right after it, whatever the warm-up, which began in the middle, believed. */
function endKnownTimers(draft: Draft, before: number, known: readonly Signal[]): void {
  for (const timed of draft.set.timed) {
    const timers = timersOf(draft, timed.slot)
    if (timers.length === 0) continue
    setTimers(draft, timed.slot, timers.filter((timer) => !isKnownToHaveEnded(timer, timed, before, known)))
    endTimers(draft, timed, before, true)
  }
}

function isKnownToHaveEnded({ ids, startedAt }: Timer, { rule }: TimedRule, before: number, known: readonly Signal[]): boolean {
  return known.some((signal) => {
    const at = signal.at.getTime()
    return signal.rule === rule.id && at <= before && startedAt < at && ids.includes(signal.subject)
  })
}

function noteFirings(draft: Draft, rule: Rule, slot: number, known: readonly Signal[]): void {
  if (silenceMs(rule) === 0) return
  for (const signal of known) if (signal.rule === rule.id) noteKnownFiring(draft, slot, signal.subject, signal.at.getTime())
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

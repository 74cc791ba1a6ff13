import type { CustomerEvent } from './event.ts'
import { compareMarks } from './event-order.ts'
import type { Memory, Signal } from './memory.ts'
import { closeDraft, dropTimers, noteSeen, openDraft, peekRule, ruleDraft, timerEnds, type Draft } from './memory-state.ts'
import { concerns, type Rule } from './rule.ts'
import { weighCounting } from './weigh-counting.ts'
import { endTimers, weighMissingStep } from './weigh-missing-step.ts'
import { weighSingle } from './weigh-single.ts'

/** What one event did. */
export interface Weighed {
  memory: Memory
  signals: readonly Signal[]
  /** True: older than what the memory has seen, and not known. Nothing changed; `rebuild` from stored events. */
  late: boolean
}

/**
 * Weighs one event: the next memory, and the signals that just became true (timers that ended before it included).
 * A key that the memory knows changes nothing and returns the same signals again. An event that no rule looks at
 * changes nothing. Pure; the work does not grow with the customer's history.
 */
export function weigh(memory: Memory, event: CustomerEvent, rules: readonly Rule[]): Weighed {
  const { late, ...result } = weighAll(memory, [event], rules)
  return { ...result, late: late.length > 0 }
}

/**
 * Weighs events of one person in the order given, opening the memory once. Events that come late are left out and
 * returned: the caller rebuilds from the earliest of them.
 */
export function weighAll(
  memory: Memory,
  events: readonly CustomerEvent[],
  rules: readonly Rule[],
): { memory: Memory; signals: readonly Signal[]; late: readonly CustomerEvent[] } {
  const relevant = events.filter((event) => rules.some((rule) => concerns(rule, event.kind)))
  if (relevant.length === 0) return { memory, signals: [], late: [] }
  const draft = openDraft(memory)
  const late: CustomerEvent[] = []
  const signals: Signal[] = []
  let changed = false
  for (const event of relevant) {
    const known = draft.recent.find((one) => one.key === event.key)
    if (known) signals.push(...known.signals)
    else if (isLate(draft, event)) late.push(event)
    else {
      signals.push(...step(draft, event, rules))
      changed = true
    }
  }
  return { memory: changed ? closeDraft(draft) : memory, signals, late }
}

/** Fires the timers that end at or before `now`. Call it when everything stored up to `now` has been weighed. */
export function fireTimers(memory: Memory, now: Date, rules: readonly Rule[]): { memory: Memory; signals: readonly Signal[] } {
  if (memory.nextTimerAt === null || memory.nextTimerAt > now) return { memory, signals: [] }
  const draft = openDraft(memory)
  const signals = fireUpTo(draft, now, rules)
  return { memory: closeDraft(draft), signals }
}

/**
 * Fires on an open draft, noting how far the clock has decided. What ended of a rule that is no longer in force goes
 * without a signal, or the memory would be due for ever.
 */
export function fireUpTo(draft: Draft, now: Date, rules: readonly Rule[]): Signal[] {
  const decided = timerEnds(draft).filter((end) => end <= now.getTime())
  if (decided.length > 0) draft.clockAt = Math.max(draft.clockAt ?? 0, ...decided)
  const signals = endAllTimers(draft, now.getTime() + 1, rules)
  if (decided.length > 0) dropTimers(draft, now.getTime())
  return signals
}

/** One event in canonical order on an open draft. */
export function step(draft: Draft, event: CustomerEvent, rules: readonly Rule[]): readonly Signal[] {
  const signals = endAllTimers(draft, event.at.getTime(), rules)
  for (const rule of rules) {
    if (!concerns(rule, event.kind)) continue
    const signal = weighRule(draft, rule, event, false)
    if (signal) signals.push(signal)
  }
  noteSeen(draft, event, signals)
  return signals
}

/** One rule, one event. `quiet`: remember only, what fired up to here is known. */
export function weighRule(draft: Draft, rule: Rule, event: CustomerEvent, quiet: boolean): Signal | null {
  const own = ruleDraft(draft, rule.id)
  switch (rule.shape) {
    case 'counting':
      return weighCounting(own, rule, event, quiet)
    case 'missing-step':
      return weighMissingStep(own, rule, event), null
    case 'single':
      return quiet ? null : weighSingle(own, rule, event)
  }
}

function endAllTimers(draft: Draft, before: number, rules: readonly Rule[]): Signal[] {
  const signals: Signal[] = []
  for (const rule of rules) {
    if (rule.shape !== 'missing-step') continue
    const isDue = peekRule(draft, rule.id)?.timers.some(({ endsAt }) => endsAt < before)
    if (isDue) signals.push(...endTimers(ruleDraft(draft, rule.id), rule, before))
  }
  return signals.length > 1 ? signals.toSorted((a, b) => a.at.getTime() - b.at.getTime()) : signals
}

function isLate(draft: Draft, event: CustomerEvent): boolean {
  if (draft.clockAt !== null && event.at.getTime() <= draft.clockAt) return true
  return draft.newest !== null && compareMarks(event, draft.newest) <= 0
}

import type { CustomerEvent } from './event.ts'
import { compareMarks } from './event-order.ts'
import type { Memory, Signal } from './memory.ts'
import { coolsDown, noteFired } from './firing.ts'
import { happeningOf, type Happening } from './happening.ts'
import { closeDraft, dropTimers, earliestEnd, findRecent, noteSeen, openDraft, rulesOf, type Draft } from './memory-draft.ts'
import { ruleSetOf, type Plan, type Step } from './rule-set.ts'
import type { Rule } from './rule.ts'
import { signalOf } from './signal.ts'
import { countHappening, isReached, keysOf, type Counted } from './weigh-counting.ts'
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
  const weighed = weighAll(memory, [event], rules)
  return { memory: weighed.memory, signals: weighed.signals, late: weighed.late.length > 0 }
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
  const { plans } = ruleSetOf(rules)
  const late: CustomerEvent[] = []
  const signals: Signal[] = []
  let draft: Draft | null = null
  let changed = false
  for (const event of events) {
    if (!plans.has(event.kind)) continue
    draft ??= openDraft(memory, rules)
    const known = findRecent(draft, event.key)
    if (known) signals.push(...known.signals)
    else if (isLate(draft, event)) late.push(event)
    else {
      signals.push(...step(draft, event))
      changed = true
    }
  }
  return { memory: draft && changed ? closeDraft(draft) : memory, signals, late }
}

/** Fires the timers that end at or before `now`. Call it when everything stored up to `now` has been weighed. */
export function fireTimers(memory: Memory, now: Date, rules: readonly Rule[]): { memory: Memory; signals: readonly Signal[] } {
  if (memory.nextTimerAt === null || memory.nextTimerAt > now) return { memory, signals: [] }
  const draft = openDraft(memory, rules)
  const signals = fireUpTo(draft, now)
  return { memory: closeDraft(draft), signals }
}

/**
 * Fires on an open draft, noting how far the clock has decided. What ended of a rule that is no longer in force goes
 * without a signal, or the memory would be due for ever.
 */
export function fireUpTo(draft: Draft, now: Date): Signal[] {
  const ends = rulesOf(draft).flatMap(({ timers }) => timers.map(({ endsAt }) => endsAt))
  const decided = ends.filter((end) => end <= now.getTime())
  if (decided.length > 0) draft.clockAt = Math.max(draft.clockAt ?? 0, ...decided)
  const signals = endAllTimers(draft, now.getTime() + 1)
  if (decided.length > 0) dropTimers(draft, now.getTime())
  return signals
}

/** One event in canonical order on an open draft. */
export function step(draft: Draft, event: CustomerEvent): readonly Signal[] {
  const signals = endAllTimers(draft, event.at.getTime())
  const plan = draft.set.plans.get(event.kind)
  if (plan) weighPlan(draft, plan, happeningOf(event, plan.readsText), signals)
  noteSeen(draft, event, signals)
  return signals
}

/** Counts the event for whoever counts it, in the order of the plan's counters. */
export function countAll(draft: Draft, plan: Plan, happening: Happening): readonly (Counted | null)[] {
  return plan.counters.map((counter) => countHappening(draft, counter, happening))
}

function weighPlan(draft: Draft, plan: Plan, happening: Happening, signals: Signal[]): void {
  const counted = countAll(draft, plan, happening)
  for (const one of plan.steps) {
    const signal = weighRule(draft, one, happening, counted)
    if (signal) signals.push(signal)
  }
}

/** One rule at one event that is counted already. */
function weighRule(draft: Draft, one: Step, happening: Happening, counts: readonly (Counted | null)[]): Signal | null {
  if (one.counter >= 0) {
    const counted = counts[one.counter]
    return counted ? weighCounted(draft, one, happening, counted) : null
  }
  const { rule } = one
  if (rule.shape === 'missing-step') weighMissingStep(draft, one.slot, rule, happening)
  return rule.shape === 'single' ? weighSingle(draft, one, rule, happening) : null
}

function weighCounted(draft: Draft, one: Step, { event, at }: Happening, counted: Counted): Signal | null {
  const { rule, count, windowMs } = one
  if (!isReached(counted, count, windowMs, at) || coolsDown(draft, one, counted.subject, at)) return null
  noteFired(draft, one, counted.subject, at)
  const eventKeys = keysOf(counted, count)
  return signalOf(rule, counted.subject, { at: event.at, causeKey: event.key, eventKeys })
}

function endAllTimers(draft: Draft, before: number): Signal[] {
  if (draft.nextEnd >= before) return []
  const signals = draft.set.timed.flatMap((timed) => endTimers(draft, timed, before))
  draft.nextEnd = earliestEnd(rulesOf(draft))
  return signals.length > 1 ? signals.toSorted((a, b) => a.at.getTime() - b.at.getTime()) : signals
}

function isLate(draft: Draft, event: CustomerEvent): boolean {
  if (draft.clockAt !== null && event.at.getTime() <= draft.clockAt) return true
  return draft.newest !== null && compareMarks(event, draft.newest) <= 0
}

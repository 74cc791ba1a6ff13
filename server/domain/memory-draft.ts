import type { Mark } from './event-order.ts'
import { fromFormer, isFormer } from './memory-former.ts'
import type { CounterState, Firing, PlainState, Recent, RuleState, Timer } from './memory-state.ts'
import type { Memory, Signal } from './memory.ts'
import { ruleSetOf, type RuleSet } from './rule-set.ts'
import type { Rule } from './rule.ts'
import { movedToEnd } from './subjects.ts'

/**
 * The memory while it is being changed, opened for the rules in force. What it holds is replaced, never changed, so that
 * the memory it was opened from stays as it is without being copied.
 */
export interface Draft {
  readonly set: RuleSet
  /** What the rules remembered when it was opened: stands for all of them until one is changed. */
  readonly before: Pick<PlainState, 'rules'> & Pick<Memory, 'nextTimerAt'>
  areRulesChanged: boolean
  newest: Mark | null
  /** By the counter's place, and by the rule's. */
  counts: (CounterState | undefined)[]
  rules: (RuleState | undefined)[]
  /** What is remembered for rules that are not in force: another process may still have them. */
  otherCounts: readonly CounterState[]
  otherRules: readonly RuleState[]
  recent: readonly Recent[]
  /** No timer ends before this; some may end later than it says. */
  nextEnd: number
  /** Timers that ended up to here were fired by the clock: an event up to here comes late. */
  clockAt: number | null
}

/** Events remembered by key for resends; an older resend is answered by a rebuild. */
const recentLimit = 32

const nothing: readonly never[] = []

/** Opens a memory for changes; the memory itself stays as it is. */
export function openDraft({ newest, nextTimerAt, state }: Memory, rules: readonly Rule[]): Draft {
  const set = ruleSetOf(rules)
  const { counts, rules: remembered, recent, clockAt } = isFormer(state) ? fromFormer(state, set) : (state as PlainState)
  const [ownCounts, otherCounts] = inPlace(counts, set.counterSlots, set.counterPlaces)
  const [ownRules, otherRules] = inPlace(remembered, set.slots, set.places)
  return {
    set,
    before: { rules: remembered, nextTimerAt },
    areRulesChanged: false,
    newest,
    counts: ownCounts,
    rules: ownRules,
    otherCounts,
    otherRules,
    recent,
    nextEnd: nextTimerAt?.getTime() ?? Infinity,
    clockAt,
  }
}

/** A list by the places of its ids, and what has no place. */
function inPlace<T extends { readonly id: string }>(
  list: readonly T[],
  slots: ReadonlyMap<string, number>,
  empty: readonly undefined[],
): [(T | undefined)[], readonly T[]] {
  const placed: (T | undefined)[] = empty.slice()
  let others: T[] | null = null
  for (const one of list) {
    const slot = slots.get(one.id)
    if (slot === undefined) others = [...(others ?? []), one]
    else placed[slot] = one
  }
  return [placed, others ?? nothing]
}

/** Closes the draft into plain data. */
export function closeDraft(draft: Draft): Memory {
  const own = draft.counts.filter((one) => one !== undefined)
  const counts = draft.otherCounts.length > 0 ? own.concat(draft.otherCounts) : own
  const { rules, nextTimerAt } = draft.areRulesChanged ? closeRules(draft) : draft.before
  const state: PlainState = { counts, rules, recent: draft.recent, clockAt: draft.clockAt }
  return { newest: draft.newest, nextTimerAt, state }
}

function closeRules(draft: Draft): Draft['before'] {
  const rules = rulesOf(draft)
  const next = earliestEnd(rules)
  return { rules, nextTimerAt: next === Infinity ? null : new Date(next) }
}

/** What is remembered for all rules, those that are no longer in force too. */
export function rulesOf({ rules, otherRules }: Draft): RuleState[] {
  const own = rules.filter((one) => one !== undefined)
  return (otherRules.length > 0 ? own.concat(otherRules) : own).filter(remembersAnything)
}

function remembersAnything({ fired, timers }: RuleState): boolean {
  return fired.length > 0 || timers.length > 0
}

/** When the first of these timers ends; Infinity: none runs. */
export function earliestEnd(rules: readonly RuleState[]): number {
  let least = Infinity
  for (const { timers } of rules) for (const { endsAt } of timers) least = Math.min(least, endsAt)
  return least
}

/** When the rule at this place fired last, by subject. */
export function firedOf(draft: Draft, slot: number): readonly Firing[] {
  return draft.rules[slot]?.fired ?? nothing
}

/** The timers of the rule at this place that run. */
export function timersOf(draft: Draft, slot: number): readonly Timer[] {
  return draft.rules[slot]?.timers ?? nothing
}

/** Replaces what is remembered for the rule at this place. */
export function setRule(draft: Draft, slot: number, fired: readonly Firing[], timers: readonly Timer[]): void {
  draft.rules[slot] = { id: draft.set.rules[slot]?.id ?? '', fired, timers }
  draft.areRulesChanged = true
}

/** Replaces the timers of the rule at this place. */
export function setTimers(draft: Draft, slot: number, timers: readonly Timer[]): void {
  setRule(draft, slot, firedOf(draft, slot), timers)
}

/** Forgets whatever timers end up to `until`, whichever rule they belong to or belonged to. */
export function dropTimers(draft: Draft, until: number): void {
  const runs = ({ endsAt }: Timer) => endsAt > until
  for (let slot = 0; slot < draft.rules.length; slot += 1) {
    const timers = timersOf(draft, slot)
    if (!timers.every(runs)) setTimers(draft, slot, timers.filter(runs))
  }
  draft.areRulesChanged = true
  draft.otherRules = draft.otherRules.map((one) => ({ ...one, timers: one.timers.filter(runs) }))
}

/** Notes an event as seen, with what it raised. */
export function noteSeen(draft: Draft, { at, key }: Mark, signals: readonly Signal[]): void {
  draft.newest = { at, key }
  draft.recent = movedToEnd(draft.recent, draft.recent.length < recentLimit ? -1 : 0, { key, signals })
}

/** The event with this key, if it is among the last. */
export function findRecent({ recent }: Draft, key: string): Recent | undefined {
  for (const one of recent) if (one.key === key) return one
  return undefined
}

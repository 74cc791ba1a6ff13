import type { Mark } from './event-order.ts'
import type { Memory, Signal } from './memory.ts'
import { fromFormer, isFormer } from './memory-former.ts'
import { ruleSetOf, type RuleSet } from './rule-set.ts'
import type { Rule } from './rule.ts'

/** One counted event. Times inside the memory are Unix ms. */
export interface Hit {
  key: string
  at: number
  /** Object id, kept where different objects are counted. */
  object?: string
}

/** What a counter remembers about one subject. */
export interface CountedSubject {
  subject: string
  /**
   * Chains of hits, newest hit first within a chain, oldest chain first. A chain is what would be counted back from its
   * first hit, never longer than the rules need. Without spacing there is one chain.
   */
  chains: readonly (readonly Hit[])[]
}

/** When a rule last fired for a subject. */
export interface Firing {
  subject: string
  at: number
}

/** A running timer of a missing-step rule. */
export interface Timer {
  /** Id of the thing, as the starting event spelt it: the signal's subject. */
  object: string
  /** All ids of the thing. */
  ids: readonly string[]
  /** Key of the starting event. */
  key: string
  startedAt: number
  endsAt: number
}

/** What one counter remembers: subjects in the order in which they were last touched. */
export interface CounterState {
  readonly id: string
  readonly subjects: readonly CountedSubject[]
}

/**
 * What one rule remembers beside its counts: last firings in the order in which they came, timers in the order of their
 * start. Lists are replaced, never changed, so that the memory a draft was opened from stays as it is without being
 * copied.
 */
export interface RuleState {
  readonly id: string
  fired: readonly Firing[]
  timers: readonly Timer[]
}

/** What the memory holds: arrays only, since ids may contain any character and not every store takes them as field names. */
export interface PlainState extends Record<string, unknown> {
  counts: readonly CounterState[]
  rules: readonly Readonly<RuleState>[]
  recent: readonly Recent[]
  clockAt: number | null
}

/** An event that was seen, with what it raised, so that a resend gets the same answer without any query. */
export interface Recent {
  key: string
  signals: readonly Signal[]
}

/** The memory while it is being changed, opened for the rules in force. */
export interface Draft {
  readonly set: RuleSet
  newest: Mark | null
  /** By the counter's place. */
  counts: (CounterState | undefined)[]
  /** By the rule's place: as the memory held them, and those opened since, which stand instead. */
  stored: readonly (Readonly<RuleState> | undefined)[]
  opened: (RuleState | undefined)[]
  /** What is remembered for rules that are not in force: another process may still have them. */
  otherCounts: readonly CounterState[]
  otherRules: readonly Readonly<RuleState>[]
  recent: Recent[]
  /** No timer ends before this; some may end later than it says. */
  nextEnd: number
  /** Timers that ended up to here were fired by the clock: an event up to here comes late. */
  clockAt: number | null
}

/** Events remembered by key for resends; an older resend is answered by a rebuild. */
const recentLimit = 32

const nothing: readonly never[] = []

/** The memory of a person of whom nothing was seen. */
export function emptyMemory(): Memory {
  const state: PlainState = { counts: [], rules: [], recent: [], clockAt: null }
  return { newest: null, nextTimerAt: null, state }
}

/** Opens a memory for changes; the memory itself stays as it is. */
export function openDraft({ newest, nextTimerAt, state }: Memory, rules: readonly Rule[]): Draft {
  const set = ruleSetOf(rules)
  const { counts, rules: remembered, recent, clockAt } = isFormer(state) ? fromFormer(state, set) : (state as PlainState)
  const [ownCounts, otherCounts] = inPlace(counts, set.counterSlots)
  const [stored, otherRules] = inPlace(remembered, set.slots)
  return {
    set,
    newest,
    counts: ownCounts,
    stored,
    opened: [],
    otherCounts,
    otherRules,
    recent: recent.slice(),
    nextEnd: nextTimerAt?.getTime() ?? Infinity,
    clockAt,
  }
}

/** A list by the places of its ids, and what has no place. */
function inPlace<T extends { readonly id: string }>(list: readonly T[], slots: ReadonlyMap<string, number>): [(T | undefined)[], readonly T[]] {
  const placed: (T | undefined)[] = []
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
  const counts = [...draft.counts.filter((one) => one !== undefined), ...draft.otherCounts]
  const rules = rulesOf(draft).filter(({ fired, timers }) => fired.length > 0 || timers.length > 0)
  const next = earliestEnd(rules)
  const state: PlainState = { counts, rules, recent: draft.recent, clockAt: draft.clockAt }
  return { newest: draft.newest, nextTimerAt: next === Infinity ? null : new Date(next), state }
}

/** What is remembered for all rules, those that are no longer in force too. */
export function rulesOf(draft: Draft): Readonly<RuleState>[] {
  const found: Readonly<RuleState>[] = []
  for (let slot = 0; slot < draft.set.rules.length; slot += 1) {
    const one = draft.opened[slot] ?? draft.stored[slot]
    if (one) found.push(one)
  }
  return draft.otherRules.length > 0 ? [...found, ...draft.otherRules] : found
}

/** When the first of these timers ends; Infinity: none runs. */
export function earliestEnd(rules: readonly Readonly<RuleState>[]): number {
  let least = Infinity
  for (const { timers } of rules) for (const { endsAt } of timers) least = Math.min(least, endsAt)
  return least
}

/** What the draft holds for the rule at this place, opened on first asking. */
export function ruleDraft(draft: Draft, slot: number): RuleState {
  const found = draft.opened[slot]
  if (found) return found
  const id = draft.set.rules[slot]?.id ?? ''
  const { fired, timers } = draft.stored[slot] ?? { fired: nothing, timers: nothing }
  const made: RuleState = { id, fired, timers }
  draft.opened[slot] = made
  return made
}

/** What is remembered for the rule at this place, for who only looks; undefined: nothing. */
export function peekRule(draft: Draft, slot: number): Readonly<RuleState> | undefined {
  return draft.opened[slot] ?? draft.stored[slot]
}

/** Forgets whatever timers end up to `until`, whichever rule they belong to or belonged to. */
export function dropTimers(draft: Draft, until: number): void {
  const isOver = ({ endsAt }: Timer) => endsAt <= until
  const without = ({ timers }: Readonly<RuleState>) => timers.filter((timer) => !isOver(timer))
  for (let slot = 0; slot < draft.set.rules.length; slot += 1) {
    const own = peekRule(draft, slot)
    if (own?.timers.some(isOver)) ruleDraft(draft, slot).timers = without(own)
  }
  draft.otherRules = draft.otherRules.map((one) => ({ ...one, timers: without(one) }))
}

/** Notes an event as seen, with what it raised. */
export function noteSeen(draft: Draft, { at, key }: Mark, signals: readonly Signal[]): void {
  draft.newest = { at, key }
  draft.recent.push({ key, signals })
  if (draft.recent.length > recentLimit) draft.recent.splice(0, draft.recent.length - recentLimit)
}

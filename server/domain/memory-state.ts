import type { Memory, Signal } from './memory.ts'
import type { Mark } from './event-order.ts'

/** One counted event. Times inside the memory are Unix ms. */
export interface Hit {
  key: string
  at: number
  /** Object id, kept where different objects are counted. */
  object?: string
}

/** What one rule remembers about one subject. */
export interface SubjectState {
  subject: string
  /**
   * Chains of hits, newest hit first within a chain, oldest chain first. A chain is what would be counted back from its
   * first hit, never longer than the rule needs. Without spacing there is one chain.
   */
  chains: readonly (readonly Hit[])[]
  /** When the rule last fired for this subject. */
  firedAt: number | null
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

/**
 * What one rule remembers: subjects in the order in which they were last touched, timers in the order of their start.
 * Lists are replaced, never changed, so that the memory a draft was opened from stays as it is without being copied.
 */
export interface RuleDraft {
  subjects: readonly SubjectState[]
  timers: readonly Timer[]
}

/** The memory while it is being changed. */
export interface Draft {
  newest: Mark | null
  /** As the memory held them. */
  stored: ReadonlyMap<string, StoredRule>
  /** Those looked at since, which stand instead. */
  rules: Map<string, RuleDraft>
  /** The last events with what they raised, so that a resend gets the same answer without any query. */
  recent: { key: string; signals: readonly Signal[] }[]
  /** Timers that ended up to here were fired by the clock: an event up to here comes late. */
  clockAt: number | null
}

/** Events remembered by key for resends; an older resend is answered by a rebuild. */
const recentLimit = 32

/** The stored form: arrays only, since ids may contain any character and not every store takes them as field names. */
interface StoredRule extends Readonly<RuleDraft> {
  id: string
}

interface PlainState extends Record<string, unknown> {
  rules: readonly StoredRule[]
  recent: readonly { key: string; signals: readonly Signal[] }[]
  clockAt: number | null
}

/** The memory of a person of whom nothing was seen. */
export function emptyMemory(): Memory {
  const state: PlainState = { rules: [], recent: [], clockAt: null }
  return { newest: null, nextTimerAt: null, state }
}

/** Opens a memory for changes; the memory itself stays as it is. */
export function openDraft(memory: Memory): Draft {
  const state = memory.state as PlainState
  return {
    newest: memory.newest,
    stored: new Map(state.rules.map((rule) => [rule.id, rule])),
    rules: new Map(),
    recent: [...state.recent],
    clockAt: state.clockAt,
  }
}

/** Closes the draft into plain data. */
export function closeDraft(draft: Draft): Memory {
  const made = [...draft.rules].filter(([id]) => !draft.stored.has(id)).map(([id, rule]) => ({ id, ...rule }))
  const stored = [...draft.stored.values()].map((rule) => closeRule(rule, draft.rules.get(rule.id)))
  const rules = [...stored, ...made].filter(({ subjects, timers }) => subjects.length > 0 || timers.length > 0)
  const next = earliestEnd(rules)
  const state: PlainState = { rules, recent: draft.recent, clockAt: draft.clockAt }
  return { newest: draft.newest, nextTimerAt: next === Infinity ? null : new Date(next), state }
}

function closeRule(stored: StoredRule, own: RuleDraft | undefined): StoredRule {
  return own ? { id: stored.id, subjects: own.subjects, timers: own.timers } : stored
}

function earliestEnd(rules: readonly StoredRule[]): number {
  let least = Infinity
  for (const { timers } of rules) for (const { endsAt } of timers) least = Math.min(least, endsAt)
  return least
}

/** What the draft holds for one rule, opened on first asking. */
export function ruleDraft(draft: Draft, id: string): RuleDraft {
  const found = draft.rules.get(id)
  if (found) return found
  const stored = draft.stored.get(id)
  const made: RuleDraft = { subjects: stored?.subjects ?? [], timers: stored?.timers ?? [] }
  draft.rules.set(id, made)
  return made
}

/** The ends of all timers that run, of rules that are no longer in force too. */
export function timerEnds(draft: Draft): number[] {
  const ids = new Set([...draft.stored.keys(), ...draft.rules.keys()])
  return [...ids].flatMap((id) => peekRule(draft, id)?.timers.map(({ endsAt }) => endsAt) ?? [])
}

/** Forgets whatever timers end up to `until`, whichever rule they belong to or belonged to. */
export function dropTimers(draft: Draft, until: number): void {
  for (const id of new Set([...draft.stored.keys(), ...draft.rules.keys()])) {
    if (!peekRule(draft, id)?.timers.some(({ endsAt }) => endsAt <= until)) continue
    const own = ruleDraft(draft, id)
    own.timers = own.timers.filter(({ endsAt }) => endsAt > until)
  }
}

/** What is remembered for one rule, for who only looks; undefined: nothing. */
export function peekRule(draft: Draft, id: string): Readonly<RuleDraft> | undefined {
  return draft.rules.get(id) ?? draft.stored.get(id)
}

/** Notes an event as seen, with what it raised. */
export function noteSeen(draft: Draft, mark: Mark, signals: readonly Signal[]): void {
  draft.newest = { at: mark.at, key: mark.key }
  draft.recent.push({ key: mark.key, signals })
  if (draft.recent.length > recentLimit) draft.recent.splice(0, draft.recent.length - recentLimit)
}

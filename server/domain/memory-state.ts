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

/** What one rule remembers: subjects in the order in which they were last touched, timers in the order of their start. */
export interface RuleDraft {
  subjects: Map<string, SubjectState>
  timers: Timer[]
}

/** The memory while it is being changed. */
export interface Draft {
  newest: Mark | null
  rules: Map<string, RuleDraft>
  /** The last events with what they raised, so that a resend gets the same answer without any query. */
  recent: { key: string; signals: readonly Signal[] }[]
  /** Timers that ended up to here were fired by the clock: an event up to here comes late. */
  clockAt: number | null
}

/** Events remembered by key for resends; an older resend is answered by a rebuild. */
const recentLimit = 32

/** The stored form: arrays only, since ids may contain any character and not every store takes them as field names. */
interface PlainState extends Record<string, unknown> {
  rules: readonly { id: string; subjects: readonly SubjectState[]; timers: readonly Timer[] }[]
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
    rules: new Map(state.rules.map((rule) => [rule.id, openRule(rule)])),
    recent: [...state.recent],
    clockAt: state.clockAt,
  }
}

function openRule(rule: PlainState['rules'][number]): RuleDraft {
  return { subjects: new Map(rule.subjects.map((one) => [one.subject, one])), timers: [...rule.timers] }
}

/** Closes the draft into plain data. */
export function closeDraft(draft: Draft): Memory {
  const kept = [...draft.rules].filter(([, rule]) => rule.subjects.size > 0 || rule.timers.length > 0)
  const ends = kept.flatMap(([, rule]) => rule.timers.map((timer) => timer.endsAt))
  const state: PlainState = {
    rules: kept.map(([id, rule]) => ({ id, subjects: [...rule.subjects.values()], timers: rule.timers })),
    recent: draft.recent,
    clockAt: draft.clockAt,
  }
  const nextTimerAt = ends.length > 0 ? new Date(ends.reduce((least, end) => Math.min(least, end))) : null
  return { newest: draft.newest, nextTimerAt, state }
}

/** What the draft holds for one rule, made on first asking. */
export function ruleDraft(draft: Draft, id: string): RuleDraft {
  const found = draft.rules.get(id)
  if (found) return found
  const made: RuleDraft = { subjects: new Map(), timers: [] }
  draft.rules.set(id, made)
  return made
}

/** Notes an event as seen, with what it raised. */
export function noteSeen(draft: Draft, mark: Mark, signals: readonly Signal[]): void {
  draft.newest = { at: mark.at, key: mark.key }
  draft.recent.push({ key: mark.key, signals })
  if (draft.recent.length > recentLimit) draft.recent.splice(0, draft.recent.length - recentLimit)
}

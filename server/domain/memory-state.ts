import type { Memory, Signal } from './memory.ts'

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

/** What one rule remembers beside its counts: last firings in the order in which they came, timers in that of their start. */
export interface RuleState {
  readonly id: string
  readonly fired: readonly Firing[]
  readonly timers: readonly Timer[]
}

/** What the memory holds: arrays only, since ids may contain any character and not every store takes them as field names. */
export interface PlainState extends Record<string, unknown> {
  counts: readonly CounterState[]
  rules: readonly RuleState[]
  recent: readonly Recent[]
  clockAt: number | null
}

/** An event that was seen, with what it raised, so that a resend gets the same answer without any query. */
export interface Recent {
  key: string
  signals: readonly Signal[]
}

/** The memory of a person of whom nothing was seen. */
export function emptyMemory(): Memory {
  const state: PlainState = { counts: [], rules: [], recent: [], clockAt: null }
  return { newest: null, nextTimerAt: null, state }
}

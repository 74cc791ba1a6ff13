/** A rule whose condition became true. Keyed by rule, subject and causing event. */
export interface Signal {
  /** `${rule}|${subject}|${causeKey}`. */
  key: string
  rule: string
  /** Object id, category id or '' for any. */
  subject: string
  /** When it fired, event time: the event's `at`, or exactly start + delay. */
  at: Date
  /** The causing event (for a missing step: the event that started the timer). */
  causeKey: string
  /** Keys of the events that made it true, oldest first, bounded. */
  eventKeys: readonly string[]
}

/**
 * What the rules need to remember of one person: small windows, last firings, running timers.
 * Plain JSON-like data (Dates allowed), bounded by the rules and not by history.
 */
export interface Memory {
  /** The newest event seen, in canonical order (at, key); null before the first. */
  newest: { at: Date; key: string } | null
  /** End of the earliest running timer: what `due` looks for. */
  nextTimerAt: Date | null
  /** The engine's own state. */
  state: Readonly<Record<string, unknown>>
}

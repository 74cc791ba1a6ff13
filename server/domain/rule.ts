import type { EventKind } from './event.ts'

/** What every rule has, whatever its shape. */
export interface RuleHead {
  /** Part of signal and alert keys: letters, digits, `-` and `_`; never reused for another meaning. */
  id: string
  names: { zh: string; en: string }
  /** Two to five characters for the inbox: 加购未下单. */
  tag: string
  /** For one person, rule and subject the rule fires again at the earliest this long after it fired; 0: always. */
  coolDownMs: number
  /** now: 现在最该联系; later: 可以晚一点. */
  urgency: 'now' | 'later'
  /** A direct question does not wait for the merge window. */
  direct: boolean
}

/** The same thing N times within a sliding window `(t - windowMs, t]`, t being the time of a matching event. */
export interface CountingRule extends RuleHead {
  shape: 'counting'
  on: readonly EventKind[]
  /** What is counted apart: each object (article, item), each category, or everything together. */
  per: 'object' | 'category' | 'any'
  /** Count different objects instead of events. */
  distinct: boolean
  count: number
  windowMs: number
  /** Repetitions closer than this count once; 0: each counts. Only where `distinct` is false. */
  spacingMs: number
}

/** A step that is not followed by another within `delayMs`: fires at exactly start + delay. */
export interface MissingStepRule extends RuleHead {
  shape: 'missing-step'
  start: readonly EventKind[]
  /** Ends the timer up to and including its end, when it is about the same thing. */
  cancel: readonly EventKind[]
  delayMs: number
}

/** One strong signal: fires at each matching event. */
export interface SingleRule extends RuleHead {
  shape: 'single'
  on: readonly EventKind[]
  /** Only messages that contain one of these, whatever the width, case and spaces; null: every event. */
  keywords: readonly string[] | null
}

export type Rule = CountingRule | MissingStepRule | SingleRule

/** Whether the rule looks at events of this kind at all. */
export function concerns(rule: Rule, kind: EventKind): boolean {
  if (rule.shape === 'missing-step') return rule.start.includes(kind) || rule.cancel.includes(kind)
  return rule.on.includes(kind)
}

/** An order and its payment are heard of within minutes; this long they are known to be one purchase. */
const purchaseMs = 24 * 60 * 60 * 1000

/**
 * How long a rule says nothing more about what it fired for. A rule about orders and payments fires once a purchase,
 * whichever of the two is heard of first.
 */
export function silenceMs(rule: Rule): number {
  const isAboutPurchases = rule.shape === 'single' && rule.on.includes('order-paid') && rule.on.includes('paid')
  return isAboutPurchases ? Math.max(rule.coolDownMs, purchaseMs) : rule.coolDownMs
}

/**
 * How far back stored events and standing signals must be read so that a rebuild is exact from a moment on, in ms.
 *
 * A count needs its window. A cool-down needs the last firing, which the standing signals tell. A timer needs more:
 * whether a step started one depends on whether one ran, and the end of a timer that fell into a cool-down left no
 * signal. Such hidden ends lie within one cool-down after a signal, so after cool-down + delay the picture is exact,
 * and the timers that may still run then began at most one delay earlier.
 */
export function longestWindowMs(rules: readonly Rule[]): number {
  return Math.max(0, ...rules.map(spanMs))
}

function spanMs(rule: Rule): number {
  switch (rule.shape) {
    case 'counting':
      return Math.max(rule.windowMs, rule.coolDownMs)
    case 'missing-step':
      return rule.coolDownMs + 2 * rule.delayMs
    case 'single':
      return silenceMs(rule)
  }
}

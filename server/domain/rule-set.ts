import type { EventKind } from './event.ts'
import { plainText } from './plain-text.ts'
import { concerns, silenceMs, type CountingRule, type MissingStepRule, type Rule } from './rule.ts'

/**
 * What is counted for one or more rules. Rules that count the same events in the same way share one: each looks at it
 * with a threshold and a window of its own, so that fifty rules need not keep fifty lists of the same views.
 */
export interface Counter {
  /** Made of what is counted, so that it stays the same when rules come, go or change their numbers. */
  id: string
  /** Place among the counters of the rule set. */
  slot: number
  per: CountingRule['per']
  distinct: boolean
  spacingMs: number
  /** The greatest count and the longest window that any of its rules asks for. */
  count: number
  windowMs: number
}

/** One rule at one kind of event, its numbers worked out. All steps have the same fields, for speed. */
export interface Step {
  rule: Rule
  /** Place of the rule in the rule set. */
  slot: number
  silenceMs: number
  /** Place of its counter among those of the plan; -1: the rule does not count. */
  counter: number
  count: number
  windowMs: number
  /** Its keywords in plain letters; null: every event. */
  words: readonly string[] | null
}

/** Everything that an event of one kind concerns, rules in the order in which they stand. */
export interface Plan {
  counters: readonly Counter[]
  steps: readonly Step[]
  readsText: boolean
}

/** A missing-step rule with its place: its timers are looked at whatever happens. */
export interface TimedRule {
  rule: MissingStepRule
  slot: number
}

/** The rules in force, made ready once. */
export interface RuleSet {
  rules: readonly Rule[]
  slots: ReadonlyMap<string, number>
  counters: readonly Counter[]
  counterSlots: ReadonlyMap<string, number>
  timed: readonly TimedRule[]
  /** Nothing at any rule's place, and at any counter's: to be copied, which is quicker than to be filled. */
  places: readonly undefined[]
  counterPlaces: readonly undefined[]
  /** No plan: no rule looks at events of this kind. */
  plans: ReadonlyMap<EventKind, Plan>
}

/** A list of rules never changes; making it ready takes longer than weighing an event. */
const made = new WeakMap<readonly Rule[], RuleSet>()

/** The rules made ready, once for each list. */
export function ruleSetOf(rules: readonly Rule[]): RuleSet {
  const known = made.get(rules)
  if (known) return known
  const set = makeReady(rules)
  made.set(rules, set)
  return set
}

/** What is counted for the rule: rules with the same id share a counter. */
export function counterId({ on, per, distinct, spacingMs }: CountingRule): string {
  return [[...new Set(on)].toSorted().join(','), per, distinct ? 'distinct' : 'each', spacingMs].join('|')
}

function makeReady(rules: readonly Rule[]): RuleSet {
  const counters = countersOf(rules)
  const counterSlots = new Map(counters.map(({ id, slot }) => [id, slot]))
  const kinds = new Set(rules.flatMap((rule) => (rule.shape === 'missing-step' ? [...rule.start, ...rule.cancel] : rule.on)))
  return {
    rules,
    slots: new Map(rules.map(({ id }, slot) => [id, slot])),
    counters,
    counterSlots,
    places: rules.map(() => undefined),
    counterPlaces: counters.map(() => undefined),
    timed: rules.flatMap((rule, slot) => (rule.shape === 'missing-step' ? [{ rule, slot }] : [])),
    plans: new Map([...kinds].map((kind) => [kind, planOf(rules, counters, kind)])),
  }
}

function countersOf(rules: readonly Rule[]): Counter[] {
  const found = new Map<string, Counter>()
  for (const rule of rules) {
    if (rule.shape !== 'counting') continue
    const { per, distinct, spacingMs, count, windowMs } = rule
    const id = counterId(rule)
    const known = found.get(id) ?? { id, slot: found.size, per, distinct, spacingMs, count, windowMs }
    found.set(id, { ...known, count: Math.max(known.count, count), windowMs: Math.max(known.windowMs, windowMs) })
  }
  return [...found.values()]
}

function planOf(rules: readonly Rule[], counters: readonly Counter[], kind: EventKind): Plan {
  const concerned = rules.filter((rule) => concerns(rule, kind))
  const counting = new Set(concerned.flatMap((rule) => (rule.shape === 'counting' ? [counterId(rule)] : [])))
  const own = counters.filter(({ id }) => counting.has(id))
  const steps = concerned.map((rule) => stepOf(rule, rules.indexOf(rule), own))
  return {
    counters: own,
    steps,
    readsText: steps.some(({ words }) => words !== null),
  }
}

function stepOf(rule: Rule, slot: number, counters: readonly Counter[]): Step {
  const isCounting = rule.shape === 'counting'
  return {
    rule,
    slot,
    silenceMs: silenceMs(rule),
    counter: isCounting ? counters.findIndex(({ id }) => id === counterId(rule)) : -1,
    count: isCounting ? rule.count : 0,
    windowMs: isCounting ? rule.windowMs : 0,
    words: rule.shape === 'single' ? (rule.keywords?.map(plainText) ?? null) : null,
  }
}

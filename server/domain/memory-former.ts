import type { CountedSubject, CounterState, Firing, Hit, PlainState, RuleState, Timer } from './memory-state.ts'
import { counterId, type RuleSet } from './rule-set.ts'

/** What one rule remembered when each kept its own counts. */
interface FormerRule {
  id: string
  subjects: readonly { subject: string; chains: readonly (readonly Hit[])[]; firedAt: number | null }[]
  timers: readonly Timer[]
}

interface FormerState {
  rules: readonly FormerRule[]
  recent: PlainState['recent']
  clockAt: number | null
}

/** Whether a stored memory is from before rules shared their counts. */
export function isFormer(state: Readonly<Record<string, unknown>>): boolean {
  return state['counts'] === undefined
}

/** The same memory in today's form. Of rules that share a counter now, the one that counted furthest back tells most. */
export function fromFormer(state: Readonly<Record<string, unknown>>, set: RuleSet): PlainState {
  const { rules, recent, clockAt } = state as unknown as FormerState
  return { counts: countsOf(rules, set), rules: rules.map(ruleOf), recent, clockAt }
}

function ruleOf({ id, subjects, timers }: FormerRule): RuleState {
  const fired = subjects.flatMap(({ subject, firedAt }): Firing[] => (firedAt === null ? [] : [{ subject, at: firedAt }]))
  return { id, fired: fired.toSorted((a, b) => a.at - b.at), timers }
}

function countsOf(rules: readonly FormerRule[], set: RuleSet): CounterState[] {
  const found = new Map<string, Map<string, CountedSubject>>()
  for (const { id, subjects } of rules) {
    const rule = set.rules[set.slots.get(id) ?? -1]
    if (rule?.shape !== 'counting') continue
    const own = found.get(counterId(rule)) ?? new Map<string, CountedSubject>()
    found.set(counterId(rule), own)
    for (const { subject, chains } of subjects) {
      if (hitsOf(chains) > hitsOf(own.get(subject)?.chains ?? [])) own.set(subject, { subject, chains })
    }
  }
  return [...found].map(([id, own]) => ({ id, subjects: [...own.values()].toSorted((a, b) => lastOf(a) - lastOf(b)) }))
}

function hitsOf(chains: readonly (readonly Hit[])[]): number {
  return chains.reduce((sum, chain) => sum + chain.length, 0)
}

function lastOf({ chains }: CountedSubject): number {
  return chains.at(-1)?.[0]?.at ?? 0
}

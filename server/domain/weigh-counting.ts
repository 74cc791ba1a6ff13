import type { CustomerEvent } from './event.ts'
import type { Signal } from './memory.ts'
import type { Hit, RuleDraft } from './memory-state.ts'
import type { CountingRule } from './rule.ts'
import { subjectOf } from './subject.ts'
import { coolsDown, subjectState, touchSubject } from './subjects.ts'
import { signalOf } from './signal.ts'

/** Chains kept within one spacing: a storm of reloads beyond this is thinned and can only count less. */
const chainLimit = 32

/**
 * Counts one event and fires where the condition holds over `(t - window, t]`.
 * `quiet`: only remember, the firings up to here are known.
 *
 * With spacing, the count is the greatest number of events in the window of which no two are closer than `spacingMs`.
 * Counted back from the newest one: each step goes to the latest event at least one spacing earlier, which is what a
 * chain holds. So the count depends on the window alone, and a rebuild finds the same.
 */
export function weighCounting(draft: RuleDraft, rule: CountingRule, event: CustomerEvent, quiet: boolean): Signal | null {
  const hit = hitOf(rule, event)
  if (!hit) return null
  const state = subjectState(draft, hit.subject)
  const chain = chainOf(rule, hit.hit, state.chains)
  const holds = chain.length >= rule.count && (chain[rule.count - 1]?.at ?? 0) > hit.hit.at - rule.windowMs
  const fires = !quiet && holds && !coolsDown(rule, state, hit.hit.at)
  const chains = keepChains(rule, state.chains, chain)
  touchSubject(draft, rule, { ...state, chains, firedAt: fires ? hit.hit.at : state.firedAt }, hit.hit.at)
  if (!fires) return null
  const eventKeys = chain.slice(0, rule.count).map((one) => one.key).toReversed()
  return signalOf(rule, hit.subject, { at: event.at, causeKey: event.key, eventKeys })
}

function hitOf(rule: CountingRule, event: CustomerEvent): { subject: string; hit: Hit } | null {
  const { object, category } = subjectOf(event)
  const subject = { object, category, any: '' }[rule.per]
  if (subject === null || (rule.distinct && object === null)) return null
  const hit: Hit = { key: event.key, at: event.at.getTime() }
  return { subject, hit: rule.distinct && object !== null ? { ...hit, object } : hit }
}

function chainOf(rule: CountingRule, hit: Hit, chains: readonly (readonly Hit[])[]): readonly Hit[] {
  const before = chains.findLast((chain) => (chain[0]?.at ?? 0) <= hit.at - rule.spacingMs) ?? []
  const others = rule.distinct ? before.filter((one) => one.object !== hit.object) : before
  return [hit, ...others].slice(0, rule.count)
}

/** The newest chain, those that began within one spacing before it, and the one before those. */
function keepChains(rule: CountingRule, chains: readonly (readonly Hit[])[], chain: readonly Hit[]) {
  const all = [...chains, chain]
  const horizon = (chain[0]?.at ?? 0) - rule.spacingMs
  const base = all.findLastIndex((one) => (one[0]?.at ?? 0) <= horizon)
  const kept = all.slice(Math.max(0, base))
  return kept.length > chainLimit ? [...kept.slice(0, chainLimit - 1), chain] : kept
}

import type { Happening } from './happening.ts'
import type { Draft } from './memory-draft.ts'
import type { CountedSubject, Hit } from './memory-state.ts'
import type { Counter } from './rule-set.ts'
import { placeOf, touchSubject } from './subjects.ts'

/** Chains kept within one spacing: a storm of reloads beyond this is thinned and can only count less. */
const chainLimit = 32

/** An event as a counter has counted it. */
export interface Counted {
  subject: string
  /** What is counted back from the event: newest hit first. */
  chain: readonly Hit[]
}

/**
 * Counts one event for all rules that share the counter; null: it is about nothing that is counted here.
 *
 * With spacing, the count is the greatest number of events in the window of which no two are closer than `spacingMs`.
 * Counted back from the newest one: each step goes to the latest event at least one spacing earlier, which is what a
 * chain holds. So the count depends on the window alone, and a rebuild finds the same. A rule that needs fewer hits than
 * another, or looks back less far, finds its own at the head of the same chain.
 */
export function countHappening(draft: Draft, counter: Counter, { event, at, about }: Happening): Counted | null {
  const { object, category } = about
  const subject = counter.per === 'any' ? '' : counter.per === 'object' ? object : category
  if (subject === null || (counter.distinct && object === null)) return null
  const hit: Hit = counter.distinct && object !== null ? { key: event.key, at, object } : { key: event.key, at }
  const subjects = draft.counts[counter.slot]?.subjects ?? []
  const place = placeOf(subjects, subject)
  const chains = (place < 0 ? null : subjects[place]?.chains) ?? []
  // The latest chain that began at least one spacing earlier: the new one goes on from there.
  const base = lastUpTo(chains, at - counter.spacingMs)
  const chain = chainOf(counter, hit, (base < 0 ? null : chains[base]) ?? [])
  const counted = { subject, chains: keepChains(counter, chains, base, chain) }
  draft.counts[counter.slot] = { id: counter.id, subjects: touchSubject(subjects, place, counted, at - counter.windowMs, lastHitAt) }
  return { subject, chain }
}

/** Whether so many were counted within `(at - windowMs, at]`. */
export function isReached({ chain }: Counted, count: number, windowMs: number, at: number): boolean {
  const first = chain[count - 1]
  return first !== undefined && first.at > at - windowMs
}

/** Keys of the events that reached the count, oldest first. */
export function keysOf({ chain }: Counted, count: number): readonly string[] {
  const keys: string[] = []
  for (let index = Math.min(count, chain.length) - 1; index >= 0; index -= 1) keys.push(chain[index]?.key ?? '')
  return keys
}

function lastHitAt({ chains }: CountedSubject): number {
  return chains[chains.length - 1]?.[0]?.at ?? 0
}

function chainOf({ distinct, count }: Counter, hit: Hit, before: readonly Hit[]): readonly Hit[] {
  const others = distinct ? before.filter((one) => one.object !== hit.object) : before
  return [hit].concat(others.length < count ? others : others.slice(0, count - 1))
}

/** The newest chain, those that began within one spacing before it, and the one before those. */
function keepChains({ spacingMs }: Counter, chains: readonly (readonly Hit[])[], base: number, chain: readonly Hit[]) {
  if (spacingMs === 0) return [chain] // the newest is the base of the next one
  const kept = (base > 0 ? chains.slice(base) : chains).concat([chain])
  return kept.length > chainLimit ? [...kept.slice(0, chainLimit - 1), chain] : kept
}

/** Place of the last chain that began at `at` or earlier; -1: none. */
function lastUpTo(chains: readonly (readonly Hit[])[], at: number): number {
  for (let index = chains.length - 1; index >= 0; index -= 1) if ((chains[index]?.[0]?.at ?? 0) <= at) return index
  return -1
}

import type { Memory } from './memory.ts'
import { firedOf, openDraft, timersOf, type Draft } from './memory-draft.ts'
import type { CountedSubject, Firing } from './memory-state.ts'
import { counterId } from './rule-set.ts'
import { longestWindowMs, silenceMs, type Rule } from './rule.ts'
import { findSubject } from './subjects.ts'

/**
 * What of a memory can still matter from `now` on, in one form whatever way led there: counts within their windows, cool-
 * downs that last, running timers. Two memories that are equal here decide alike about everything that may yet happen.
 * null: nothing.
 */
export function livingMemory(memory: Memory, rules: readonly Rule[], now: Date): unknown {
  const draft = openDraft(memory, rules)
  const living = rules.flatMap((rule, slot) => {
    const part = livingPart(draft, rule, slot, now.getTime())
    return part ? [[rule.id, part] as const] : []
  })
  const { newest } = memory
  const isRecent = newest !== null && newest.at.getTime() > now.getTime() - longestWindowMs(rules)
  return living.length === 0 && !isRecent
    ? null
    : { newest: isRecent ? newest : null, rules: living.toSorted(([a], [b]) => (a < b ? -1 : 1)) }
}

function livingPart(draft: Draft, rule: Rule, slot: number, now: number): unknown {
  const timers = timersOf(draft, slot)
  const counted = rule.shape === 'counting' ? (draft.counts[draft.set.counterSlots.get(counterId(rule)) ?? -1]?.subjects ?? []) : []
  const subjects = livingSubjects(rule, counted, firedOf(draft, slot), now)
  if (subjects.length === 0 && timers.length === 0) return null
  const running = timers.map(({ object, ids, key, startedAt, endsAt }) => ({ object, ids: ids.toSorted(), key, startedAt, endsAt }))
  return {
    subjects: subjects.toSorted((a, b) => (a.subject < b.subject ? -1 : 1)),
    timers: running.toSorted((a, b) => a.startedAt - b.startedAt || (a.key < b.key ? -1 : 1)),
  }
}

function livingSubjects(rule: Rule, counted: readonly CountedSubject[], fired: readonly Firing[], now: number) {
  const names = new Set([...counted, ...fired].map(({ subject }) => subject))
  return [...names].flatMap((subject) => {
    const chains = livingChains(rule, findSubject(counted, subject)?.chains ?? [], now)
    const firedAt = findSubject(fired, subject)?.at ?? null
    const cools = firedAt !== null && now - firedAt < silenceMs(rule) ? firedAt : null
    return chains.length > 0 || cools !== null ? [{ subject, chains, firedAt: cools }] : []
  })
}

/** Of what is counted for several rules, as much as this one looks at. */
function livingChains(rule: Rule, chains: CountedSubject['chains'], now: number): CountedSubject['chains'] {
  if (rule.shape !== 'counting') return []
  const { count, windowMs } = rule
  return chains.map((chain) => chain.slice(0, count).filter(({ at }) => at > now - windowMs)).filter((chain) => chain.length > 0)
}

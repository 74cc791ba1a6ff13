import type { Memory } from './memory.ts'
import { openDraft, peekRule, type RuleDraft, type SubjectState } from './memory-state.ts'
import { longestWindowMs, silenceMs, type Rule } from './rule.ts'

/**
 * What of a memory can still matter from `now` on, in one form whatever way led there: counts within their windows, cool-
 * downs that last, running timers. Two memories that are equal here decide alike about everything that may yet happen.
 * null: nothing.
 */
export function livingMemory(memory: Memory, rules: readonly Rule[], now: Date): unknown {
  const draft = openDraft(memory)
  const living = rules.flatMap((rule) => {
    const own = peekRule(draft, rule.id)
    const part = own && livingPart(own, rule, now.getTime())
    return part ? [[rule.id, part] as const] : []
  })
  const { newest } = memory
  const isRecent = newest !== null && newest.at.getTime() > now.getTime() - longestWindowMs(rules)
  return living.length === 0 && !isRecent
    ? null
    : { newest: isRecent ? newest : null, rules: living.toSorted(([a], [b]) => (a < b ? -1 : 1)) }
}

function livingPart(own: Readonly<RuleDraft>, rule: Rule, now: number): unknown {
  const subjects = own.subjects.flatMap((state) => livingSubject(state, rule, now) ?? [])
  const timers = own.timers.map(({ object, ids, key, startedAt, endsAt }) => ({
    object,
    ids: ids.toSorted(),
    key,
    startedAt,
    endsAt,
  }))
  if (subjects.length === 0 && timers.length === 0) return null
  return {
    subjects: subjects.toSorted((a, b) => (a.subject < b.subject ? -1 : 1)),
    timers: timers.toSorted((a, b) => a.startedAt - b.startedAt || (a.key < b.key ? -1 : 1)),
  }
}

function livingSubject({ subject, chains, firedAt }: SubjectState, rule: Rule, now: number) {
  const windowMs = rule.shape === 'counting' ? rule.windowMs : 0
  const counted = chains
    .map((chain) => chain.filter(({ at }) => at > now - windowMs))
    .filter((chain) => chain.length > 0)
  const cools = firedAt !== null && now - firedAt < silenceMs(rule) ? firedAt : null
  return counted.length > 0 || cools !== null ? { subject, chains: counted, firedAt: cools } : null
}

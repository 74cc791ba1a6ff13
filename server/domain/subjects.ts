import { silenceMs, type Rule } from './rule.ts'
import type { RuleDraft, SubjectState } from './memory-state.ts'

/**
 * Subjects that one rule remembers of one person at most. Far above what people reach within a window; it keeps the
 * memory bounded against a robot that invents ids. The least recently touched is forgotten first.
 */
const subjectLimit = 1000

/** Subjects looked at for forgetting at each step: more than can be added in one, so that the work is shared out. */
const sweepPerStep = 4

/** What the rule remembers about the subject. */
export function subjectState(draft: RuleDraft, subject: string): SubjectState {
  return draft.subjects.get(subject) ?? { subject, chains: [], firedAt: null }
}

/** Stores what the rule remembers about a subject and forgets a few that can no longer matter at `now`. */
export function touchSubject(draft: RuleDraft, rule: Rule, state: SubjectState, now: number): void {
  draft.subjects.delete(state.subject)
  draft.subjects.set(state.subject, state)
  let looks = sweepPerStep
  for (const old of draft.subjects.values()) {
    if (looks-- === 0 || old === state) break
    if (isSpent(rule, old, now) || draft.subjects.size > subjectLimit) draft.subjects.delete(old.subject)
  }
}

/** Whether a cool-down still holds the rule back at `at`. */
export function coolsDown(rule: Rule, state: SubjectState, at: number): boolean {
  return state.firedAt !== null && at - state.firedAt < silenceMs(rule)
}

function isSpent(rule: Rule, state: SubjectState, now: number): boolean {
  const newest = state.chains.at(-1)?.[0]
  const counts = rule.shape === 'counting' && newest !== undefined && newest.at > now - rule.windowMs
  return !counts && !coolsDown(rule, state, now)
}

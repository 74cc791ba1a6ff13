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
  return draft.subjects.find((state) => state.subject === subject) ?? { subject, chains: [], firedAt: null }
}

/** Stores what the rule remembers about a subject and forgets a few that can no longer matter at `now`. */
export function touchSubject(draft: RuleDraft, rule: Rule, state: SubjectState, now: number): void {
  const kept: SubjectState[] = []
  let over = excess(draft.subjects, state.subject)
  let looks = sweepPerStep
  for (const old of draft.subjects) {
    if (old.subject === state.subject) continue
    if (looks-- > 0 && (over > 0 || isSpent(rule, old, now))) over -= 1
    else kept.push(old)
  }
  kept.push(state)
  draft.subjects = kept
}

/** The list with this state in its subject's place, or at the end where it is new. */
export function withSubject(subjects: readonly SubjectState[], state: SubjectState): readonly SubjectState[] {
  const isKnown = subjects.some(({ subject }) => subject === state.subject)
  return isKnown ? subjects.map((one) => (one.subject === state.subject ? state : one)) : [...subjects, state]
}

/** How many subjects too many there will be with this one. */
function excess(subjects: readonly SubjectState[], subject: string): number {
  if (subjects.length < subjectLimit) return 0
  return subjects.length + (subjects.some((one) => one.subject === subject) ? 0 : 1) - subjectLimit
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

import { firedOf, setRule, timersOf, type Draft } from './memory-draft.ts'
import type { Firing } from './memory-state.ts'
import { findSubject, placeOf, touchSubject } from './subjects.ts'

/** The rule at a place of the rule set, with how long it is silent after it fired. */
interface Firer {
  slot: number
  silenceMs: number
}

/** Whether a cool-down still holds the rule back for the subject at `at`, in Unix ms. */
export function coolsDown(draft: Draft, { slot, silenceMs }: Firer, subject: string, at: number): boolean {
  if (silenceMs === 0) return false
  const last = findSubject(firedOf(draft, slot), subject)
  return last !== undefined && at - last.at < silenceMs
}

/** Remembers that the rule fired for the subject, where that will hold it back. */
export function noteFired(draft: Draft, { slot, silenceMs }: Firer, subject: string, at: number): void {
  if (silenceMs === 0) return
  const fired = firedOf(draft, slot)
  const touched = touchSubject(fired, placeOf(fired, subject), { subject, at }, at - silenceMs, firedAt)
  setRule(draft, slot, touched, timersOf(draft, slot))
}

/** The same for a firing that is known from elsewhere: it may be older than the one remembered, and forgets nothing. */
export function noteKnownFiring(draft: Draft, slot: number, subject: string, at: number): void {
  const fired = firedOf(draft, slot)
  const last = findSubject(fired, subject)
  const known = { subject, at: Math.max(last?.at ?? 0, at) }
  setRule(draft, slot, last ? fired.map((one) => (one === last ? known : one)) : [...fired, known], timersOf(draft, slot))
}

function firedAt({ at }: Firing): number {
  return at
}

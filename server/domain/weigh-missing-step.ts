import type { CustomerEvent } from './event.ts'
import type { Signal } from './memory.ts'
import type { RuleDraft, Timer } from './memory-state.ts'
import type { MissingStepRule } from './rule.ts'
import { signalOf } from './signal.ts'
import { idsOf, itemsOf, sameThing, subjectOf } from './subject.ts'
import { coolsDown, subjectState, touchSubject } from './subjects.ts'

/** Timers of one rule for one person at most; the oldest are forgotten first (a robot's endless basket). */
const timerLimit = 500

/** Cancels or starts timers at an event. Timers that ended before the event must have been ended already. */
export function weighMissingStep(draft: RuleDraft, rule: MissingStepRule, event: CustomerEvent): void {
  if (rule.cancel.includes(event.kind)) draft.timers = draft.timers.filter(survives(draft.timers, event))
  if (rule.start.includes(event.kind)) start(draft, rule, event)
}

/**
 * Ends the timers due before `before` and returns what fires, earliest first. A timer whose end falls into the rule's
 * cool-down ends without a signal. `quiet`: the firings up to here are known.
 */
export function endTimers(draft: RuleDraft, rule: MissingStepRule, before: number, quiet = false): Signal[] {
  const ended = draft.timers.filter((timer) => timer.endsAt < before)
  if (ended.length === 0) return []
  draft.timers = draft.timers.filter((timer) => timer.endsAt >= before)
  return quiet ? [] : ended.flatMap((timer) => fire(draft, rule, timer))
}

function fire(draft: RuleDraft, rule: MissingStepRule, timer: Timer): Signal[] {
  const state = subjectState(draft, timer.object)
  if (coolsDown(rule, state, timer.endsAt)) return []
  if (rule.coolDownMs > 0) touchSubject(draft, rule, { ...state, firedAt: timer.endsAt }, timer.endsAt)
  const fired = { at: new Date(timer.endsAt), causeKey: timer.key, eventKeys: [timer.key] }
  return [signalOf(rule, timer.object, fired)]
}

function start(draft: RuleDraft, rule: MissingStepRule, event: CustomerEvent): void {
  const { object, aliases } = subjectOf(event)
  if (object === null) return
  const ids = [object, ...aliases]
  const startedAt = event.at.getTime()
  // A timer that ends at this very moment no longer runs, but a cancelling step of the same moment still ends it.
  if (draft.timers.some((timer) => timer.endsAt > startedAt && sameThing(timer.ids, ids))) return
  const timers = [...draft.timers, { object, ids, key: event.key, startedAt, endsAt: startedAt + rule.delayMs }]
  draft.timers = timers.slice(-timerLimit)
}

/**
 * Which timers go on after a cancelling step. One about a known thing ends that thing's timers; a shop order that
 * matches none of them, and any order whose items are unknown, ends all: somebody who just ordered must not be told off.
 */
function survives(timers: readonly Timer[], event: CustomerEvent): (timer: Timer) => boolean {
  const ids = itemsOf(event).flatMap(idsOf)
  const matches = (timer: Timer) => sameThing(timer.ids, ids)
  const isShopOrder = 'orderNo' in event
  const endsAll = isShopOrder ? !timers.some(matches) : event.kind === 'order' && ids.length === 0
  return (timer) => !endsAll && !matches(timer)
}

import type { CustomerEvent } from './event.ts'
import { coolsDown, noteFired } from './firing.ts'
import type { Happening } from './happening.ts'
import type { Signal } from './memory.ts'
import { setTimers, timersOf, type Draft } from './memory-draft.ts'
import type { Timer } from './memory-state.ts'
import type { TimedRule } from './rule-set.ts'
import type { MissingStepRule } from './rule.ts'
import { signalOf } from './signal.ts'
import { idsOf, itemsOf, sameThing } from './subject.ts'

/** Timers of one rule for one person at most; the oldest are forgotten first (a robot's endless basket). */
const timerLimit = 500

/** Cancels or starts timers at an event. Timers that ended before the event must have been ended already. */
export function weighMissingStep(draft: Draft, slot: number, rule: MissingStepRule, happening: Happening): void {
  if (rule.cancel.includes(happening.event.kind)) cancel(draft, slot, happening.event)
  if (rule.start.includes(happening.event.kind)) start(draft, slot, rule, happening)
}

/**
 * Ends the timers due before `before` and returns what fires, earliest first. A timer whose end falls into the rule's
 * cool-down ends without a signal. `quiet`: the firings up to here are known.
 */
export function endTimers(draft: Draft, { rule, slot }: TimedRule, before: number, quiet = false): Signal[] {
  const timers = timersOf(draft, slot)
  const ended = timers.filter((timer) => timer.endsAt < before)
  if (ended.length === 0) return []
  setTimers(draft, slot, timers.filter((timer) => timer.endsAt >= before))
  return quiet ? [] : ended.flatMap((timer) => fire(draft, { rule, slot }, timer))
}

function fire(draft: Draft, { rule, slot }: TimedRule, timer: Timer): Signal[] {
  const firer = { slot, silenceMs: rule.coolDownMs }
  if (coolsDown(draft, firer, timer.object, timer.endsAt)) return []
  noteFired(draft, firer, timer.object, timer.endsAt)
  const fired = { at: new Date(timer.endsAt), causeKey: timer.key, eventKeys: [timer.key] }
  return [signalOf(rule, timer.object, fired)]
}

function cancel(draft: Draft, slot: number, event: CustomerEvent): void {
  const timers = timersOf(draft, slot)
  if (timers.length > 0) setTimers(draft, slot, timers.filter(survives(timers, event)))
}

function start(draft: Draft, slot: number, rule: MissingStepRule, { event, at, about }: Happening): void {
  const { object, aliases } = about
  if (object === null) return
  const ids = [object, ...aliases]
  const timers = timersOf(draft, slot)
  // A timer that ends at this very moment no longer runs, but a cancelling step of the same moment still ends it.
  if (timers.some((timer) => timer.endsAt > at && sameThing(timer.ids, ids))) return
  const started: Timer = { object, ids, key: event.key, startedAt: at, endsAt: at + rule.delayMs }
  setTimers(draft, slot, [...timers, started].slice(-timerLimit))
  draft.nextEnd = Math.min(draft.nextEnd, started.endsAt)
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

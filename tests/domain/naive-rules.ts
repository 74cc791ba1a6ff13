import type { CustomerEvent } from '../../server/domain/event.ts'
import type { CountingRule, MissingStepRule, Rule } from '../../server/domain/rule.ts'
import { itemsOf, subjectOf } from '../../server/domain/subject.ts'

/**
 * What the rules say, told again from the whole history at every event, without memory: slow and plain.
 * Events in canonical order; returns `rule subject at` of every signal, timers up to `until` included.
 */
export function naiveSignals(events: readonly CustomerEvent[], rules: readonly Rule[], until: number): string[] {
  return rules.flatMap((rule) => {
    const raised = rule.shape === 'missing-step' ? naiveTimers(events, rule, until) : naivePoints(events, rule)
    return afterCoolDown(raised, rule.coolDownMs).map(({ subject, at }) => `${rule.id} ${subject} ${at}`)
  })
}

interface Raised {
  subject: string
  at: number
}

function afterCoolDown(raised: readonly Raised[], coolDownMs: number): Raised[] {
  const last = new Map<string, number>()
  return raised.filter(({ subject, at }) => {
    const before = last.get(subject)
    if (before !== undefined && at - before < coolDownMs) return false
    last.set(subject, at)
    return true
  })
}

function naivePoints(events: readonly CustomerEvent[], rule: Exclude<Rule, MissingStepRule>): Raised[] {
  const own = events.filter(({ kind }) => rule.on.includes(kind))
  if (rule.shape === 'single') return own.map((event) => ({ subject: subjectOf(event).object ?? '', at: event.at.getTime() }))
  return own.flatMap((event, index) => {
    const subject = subjectIn(rule, event)
    const at = event.at.getTime()
    const window = own.slice(0, index + 1).filter((one) => subjectIn(rule, one) === subject && one.at.getTime() > at - rule.windowMs)
    return subject !== null && countOf(rule, window) >= rule.count ? [{ subject, at }] : []
  })
}

function subjectIn(rule: CountingRule, event: CustomerEvent): string | null {
  if (rule.per === 'any') return ''
  return rule.per === 'object' ? subjectOf(event).object : subjectOf(event).category
}

/** The greatest number of events no two of which are closer than the spacing, counted from the oldest on. */
function countOf(rule: CountingRule, window: readonly CustomerEvent[]): number {
  if (rule.distinct) return new Set(window.map((event) => subjectOf(event).object)).size
  let count = 0
  let last = -Infinity
  for (const event of window) {
    if (event.at.getTime() - last < rule.spacingMs) continue
    count += 1
    last = event.at.getTime()
  }
  return count
}

function naiveTimers(events: readonly CustomerEvent[], rule: MissingStepRule, until: number): Raised[] {
  const free = new Map<string, number>()
  const raised: Raised[] = []
  events.forEach((event, index) => {
    const { object } = subjectOf(event)
    const at = event.at.getTime()
    if (!rule.start.includes(event.kind) || object === null || at < (free.get(object) ?? -Infinity)) return
    const end = at + rule.delayMs
    const cancel = events.slice(index + 1).find((one) => rule.cancel.includes(one.kind) && one.at.getTime() <= end && itemsOf(one).some(({ id }) => id === object))
    free.set(object, cancel ? cancel.at.getTime() : end)
    if (!cancel && end <= until) raised.push({ subject: object, at: end })
  })
  return raised.toSorted((a, b) => a.at - b.at)
}

import type { CustomerEvent } from '../../../server/domain/event.ts'
import { concerns, type CountingRule, type MissingStepRule, type Rule, type SingleRule } from '../../../server/domain/rule.ts'
import { subjectOf } from '../../../server/domain/subject.ts'

/** What the closures remember of one person: by rule and subject. */
export type Fired = Map<string, { hits: { at: number; object: string | null }[]; firedAt: number; endsAt: number }>

type Closure = (memory: Fired, event: CustomerEvent) => number

/**
 * A floor: each rule as a closure over its numbers, changing the memory in place. It counts and cools down like ours, but
 * knows no resends, no late events, no spacing chains and keeps no evidence.
 */
export function compiled(rules: readonly Rule[]): Closure {
  const byKind = new Map<string, readonly Closure[]>()
  return (memory, event) => {
    const closures = byKind.get(event.kind) ?? rules.filter((rule) => concerns(rule, event.kind)).map(closureOf)
    byKind.set(event.kind, closures)
    let fired = 0
    for (const closure of closures) fired += closure(memory, event)
    return fired
  }
}

function closureOf(rule: Rule): Closure {
  if (rule.shape === 'counting') return counting(rule)
  return rule.shape === 'single' ? single(rule) : missingStep(rule)
}

function stateOf(memory: Fired, id: string) {
  const found = memory.get(id)
  if (found) return found
  const made = { hits: [], firedAt: -Infinity, endsAt: 0 }
  memory.set(id, made)
  return made
}

function counting({ id, per, distinct, count, windowMs, coolDownMs }: CountingRule): Closure {
  return (memory, event) => {
    const { object, category } = subjectOf(event)
    const subject = per === 'any' ? '' : per === 'object' ? object : category
    if (subject === null) return 0
    const [at, state] = [event.at.getTime(), stateOf(memory, `${id}|${subject}`)]
    state.hits = state.hits.filter((hit) => hit.at > at - windowMs && !(distinct && hit.object === object))
    state.hits.push({ at, object })
    if (state.hits.length < count || at - state.firedAt < coolDownMs) return 0
    state.firedAt = at
    return 1
  }
}

function single({ id, keywords, coolDownMs }: SingleRule): Closure {
  const words = keywords?.map((word) => word.toLowerCase())
  return (memory, event) => {
    const text = 'text' in event ? (event.text ?? '').normalize('NFKC').toLowerCase() : ''
    if (words && !words.some((word) => text.includes(word))) return 0
    const [at, state] = [event.at.getTime(), stateOf(memory, `${id}|${subjectOf(event).object ?? ''}`)]
    if (at - state.firedAt < coolDownMs) return 0
    state.firedAt = at
    return 1
  }
}

function missingStep({ id, start, delayMs }: MissingStepRule): Closure {
  return (memory, event) => {
    const state = stateOf(memory, `${id}|${subjectOf(event).object ?? ''}`)
    const at = event.at.getTime()
    const fired = state.endsAt > 0 && state.endsAt < at ? 1 : 0
    if (fired) state.endsAt = 0
    if (!start.includes(event.kind)) state.endsAt = 0
    else if (state.endsAt === 0) state.endsAt = at + delayMs
    return fired
  }
}

import type { CustomerEvent } from '../../../server/domain/event.ts'
import { plainText } from '../../../server/domain/plain-text.ts'
import { concerns, type CountingRule, type MissingStepRule, type Rule, type SingleRule } from '../../../server/domain/rule.ts'
import { subjectOf, type Subject } from '../../../server/domain/subject.ts'

/** What the closures remember of one person: by rule and subject. */
export type Fired = Map<string, State>

interface State {
  hits: { at: number; object: string | null }[]
  firedAt: number
  endsAt: number
}

/** An event, looked up once for all closures. */
interface Seen {
  kind: string
  at: number
  about: Subject
  text: string
}

type Closure = (memory: Fired, seen: Seen) => number

/**
 * A floor: each rule as a closure over its numbers, changing the memory in place. It counts, spaces and cools down like
 * ours and gives as many signals, but knows no resends and no late events, keeps no evidence, and what it remembers can
 * neither be stored nor be taken back.
 */
export function compiled(rules: readonly Rule[]): (memory: Fired, event: CustomerEvent) => number {
  const byKind = new Map<string, readonly Closure[]>()
  return (memory, event) => {
    const closures = byKind.get(event.kind) ?? rules.filter((rule) => concerns(rule, event.kind)).map(closureOf)
    byKind.set(event.kind, closures)
    const text = 'text' in event && event.text ? plainText(event.text) : ''
    const seen = { kind: event.kind, at: event.at.getTime(), about: subjectOf(event), text }
    let fired = 0
    for (const closure of closures) fired += closure(memory, seen)
    return fired
  }
}

function closureOf(rule: Rule): Closure {
  if (rule.shape === 'counting') return counting(rule)
  return rule.shape === 'single' ? single(rule) : missingStep(rule)
}

function stateOf(memory: Fired, id: string): State {
  const found = memory.get(id)
  if (found) return found
  const made = { hits: [], firedAt: -Infinity, endsAt: 0 }
  memory.set(id, made)
  return made
}

function counting({ id, per, distinct, count, windowMs, coolDownMs, spacingMs }: CountingRule): Closure {
  return (memory, { at, about: { object, category } }) => {
    const subject = per === 'any' ? '' : per === 'object' ? object : category
    if (subject === null || (distinct && object === null)) return 0
    const state = stateOf(memory, `${id}|${subject}`)
    if (distinct) state.hits = state.hits.filter((hit) => hit.object !== object)
    while (state.hits[0] && state.hits[0].at <= at - windowMs) state.hits.shift()
    state.hits.push({ at, object })
    if (at - state.firedAt < coolDownMs || !reaches(state.hits, count, spacingMs)) return 0
    state.firedAt = at
    return 1
  }
}

/** Whether there are so many hits, counted back from the newest, of which no two are closer than the spacing. */
function reaches(hits: State['hits'], count: number, spacingMs: number): boolean {
  if (hits.length < count || spacingMs === 0) return hits.length >= count
  let [counted, last] = [0, Infinity]
  for (let index = hits.length - 1; index >= 0 && counted < count; index -= 1) {
    const { at } = hits[index] as { at: number }
    if (last - at < spacingMs) continue
    counted += 1
    last = at
  }
  return counted >= count
}

function single({ id, keywords, coolDownMs }: SingleRule): Closure {
  const words = keywords?.map(plainText)
  return (memory, { at, about, text }) => {
    if (words && !words.some((word) => text.includes(word))) return 0
    const state = stateOf(memory, `${id}|${about.object ?? ''}`)
    if (at - state.firedAt < coolDownMs) return 0
    state.firedAt = at
    return 1
  }
}

function missingStep({ id, start, delayMs }: MissingStepRule): Closure {
  return (memory, { kind, at, about }) => {
    const state = stateOf(memory, `${id}|${about.object ?? ''}`)
    const fired = state.endsAt > 0 && state.endsAt < at ? 1 : 0
    if (fired) state.endsAt = 0
    if (!start.some((one) => one === kind)) state.endsAt = 0
    else if (state.endsAt === 0) state.endsAt = at + delayMs
    return fired
  }
}

import { canonicalText } from '../../domain/canonical.ts'
import type { CustomerEvent } from '../../domain/event.ts'
import type { IdentityKey } from '../../domain/ids.ts'
import { livingMemory } from '../../domain/living-memory.ts'
import type { Memory, Signal } from '../../domain/memory.ts'
import type { Rule } from '../../domain/rule.ts'
import type { History } from '../../ports/history.ts'
import type { Humans } from './humans.ts'

/** What is compared. */
export const kinds = ['links', 'timeline', 'memory', 'signals'] as const
export type Kind = (typeof kinds)[number]

/** One thing of a kind in canonical form. `about` and `at` tell an operator what it is, without anybody's data. */
export interface Line {
  id: string
  text: string
  about: string
  at: Date | null
}

/** Who is one human, and which joins are undone. */
export async function* linkLines({ list, undone }: Humans): AsyncGenerator<Line> {
  for (const { label, keys } of list) {
    for (const key of keys)
      yield { id: key, text: label, about: `${kindOf(key)} of a human with ${keys.length} identities`, at: null }
  }
  for (const { a, b, evidence } of undone) {
    const [one, other] = a < b ? [a, b] : [b, a]
    const id = `undone ${one} ${other} ${evidence.by} ${evidence.appId ?? ''}`
    yield { id, text: 'undone', about: `undone join by ${evidence.by}: ${kindOf(one)} and ${kindOf(other)}`, at: null }
  }
}

/** Every event, whole. */
export async function* timelineLines({ events }: Pick<History, 'events'>): AsyncGenerator<Line> {
  for await (const { event } of events()) yield timelineLine(event)
}

function timelineLine(event: CustomerEvent): Line {
  return { id: event.key, text: canonicalText(event), about: `${event.kind} from ${event.source}`, at: event.at }
}

/** A memory as far as it can still matter; null: not at all. */
export function memoryLine(label: IdentityKey, memory: Memory, rules: readonly Rule[], now: Date): Line | null {
  const living = livingMemory(memory, rules, now)
  if (living === null) return null
  return {
    id: label,
    text: canonicalText(living),
    about: `memory of a human known by ${kindOf(label)}`,
    at: memory.newest?.at ?? null,
  }
}

/**
 * A signal that stands, without what became of it. A purchase is one signal whichever of order and payment was heard of
 * first: its key does not name its cause, and the cause does not count.
 */
export function signalLine({ key, rule, subject, at, causeKey, eventKeys }: Signal): Line {
  const cause = key.endsWith(causeKey) ? { at, causeKey, eventKeys } : {}
  return { id: key, text: canonicalText({ rule, subject, ...cause }), about: `signal of ${rule}`, at }
}

function kindOf(key: string): string {
  return key.slice(0, key.indexOf(':'))
}

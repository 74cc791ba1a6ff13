import type { CustomerEvent, EventKind } from './event.ts'
import type { Rule } from './rule.ts'

/** How close to the next one, in ms, a repetition of a kind counts no further; kinds that no rule spaces are absent. */
export type Spacings = ReadonlyMap<EventKind, number>

/**
 * What the rules take for one, so that a timeline counts as they do. Where two rules space a kind differently, the
 * shorter spacing: what counts for one of them has happened.
 */
export function spacingsOf(rules: readonly Rule[]): Spacings {
  const spacings = new Map<EventKind, number>()
  for (const rule of rules) {
    if (rule.shape !== 'counting' || rule.distinct) continue
    for (const kind of rule.on) spacings.set(kind, Math.min(spacings.get(kind) ?? Infinity, rule.spacingMs))
  }
  return new Map([...spacings].filter(([, ms]) => ms > 0))
}

/** Those that count, counted back from the newest as `countHappening` does: no two are closer than `spacingMs`. */
export function apart<Event extends Pick<CustomerEvent, 'at'>>(newestFirst: readonly Event[], spacingMs: number): Event[] {
  const kept: Event[] = []
  for (const event of newestFirst) {
    const next = kept.at(-1)
    if (!next || next.at.getTime() - event.at.getTime() >= spacingMs) kept.push(event)
  }
  return kept
}

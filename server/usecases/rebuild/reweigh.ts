import type { CustomerEvent } from '../../domain/event.ts'
import { compareMarks, type Mark } from '../../domain/event-order.ts'
import { identityKey, type IdentityKey, type PersonId } from '../../domain/ids.ts'
import type { Memory, Signal } from '../../domain/memory.ts'
import { rebuild, withoutOwnShares } from '../../domain/rebuild.ts'
import { longestWindowMs, type Rule } from '../../domain/rule.ts'
import type { Memories } from '../../ports/memory.ts'
import type { People } from '../../ports/people.ts'
import type { Signals, StoredSignal } from '../../ports/signals.ts'
import type { Timeline } from '../../ports/timeline.ts'
import { groupBy } from '../group-by.ts'
import { identitiesOf } from '../remember-events.ts'
import type { Human } from './humans.ts'
import type { Changes } from './relink.ts'

export interface ReweighDeps {
  /** Where the events are. */
  timeline: Timeline
  /** What is live: signals of before are given, and timers that are due but unfired stay so. */
  live: { people: People; memories: Memories; signals: Signals }
  changes: Changes
  /** Signals of before it are given: other rules made them; null: none are. */
  rulesSince: Date | null
  rules: readonly Rule[]
}

/** What the rules make of one human's events. */
export interface Reweighed {
  human: Human
  memory: Memory
  /** Standing ones, those that are given included. */
  signals: readonly Signal[]
  /** How many were given. */
  given: number
}

const everBefore = new Date(0)
const everAfter = new Date(8.64e15)

/**
 * Memory and signals of these humans from their events. What the rules said more than the longest window before a join
 * or its undoing was said of other persons, and stands as it is: so does what other rules said.
 */
export async function reweigh(deps: ReweighDeps, humans: readonly Human[], now: Date): Promise<Reweighed[]> {
  const { timeline, live } = deps
  const keys = humans.flatMap((human) => human.keys)
  const [events, stored, nextTimers] = await Promise.all([
    timeline.between(keys, everBefore, everAfter),
    live.signals.between(keys, everBefore, everAfter),
    nextTimersOf(live, keys),
  ])
  const eventsOf = groupBy(events, ({ who }) => identityKey(who))
  const signalsOf = groupBy(
    stored.filter(({ standing }) => standing),
    ({ identity }) => identity,
  )
  return humans.map((human) => {
    const own = human.keys.flatMap((key) => eventsOf.get(key) ?? [])
    const known = human.keys.flatMap((key) => signalsOf.get(key) ?? []).toSorted(compareMarks)
    const until = untilOf(
      human.keys.map((key) => nextTimers.get(key) ?? null),
      now,
    )
    return weighed(deps, human, withoutOwnShares(own, human.keys), known, until)
  })
}

function weighed(
  deps: ReweighDeps,
  human: Human,
  events: readonly CustomerEvent[],
  known: readonly StoredSignal[],
  until: Date,
): Reweighed {
  const { rules } = deps
  const before = edgeOf(deps, human, events)
  if (!before) return { human, ...rebuild(events, rules, until), given: 0 }
  const made = rebuild(events, rules, until, { before, signals: known })
  const keys = new Set(made.signals.map(({ key }) => key))
  const given = known.filter(({ at, key }) => at <= before.at && !keys.has(key))
  return { human, memory: made.memory, signals: [...given, ...made.signals], given: given.length }
}

/** From where on the human's own events decide alone; null: from the beginning. */
function edgeOf(
  { changes, rulesSince, rules }: ReweighDeps,
  { keys }: Human,
  events: readonly CustomerEvent[],
): Mark | null {
  const windowMs = longestWindowMs(rules)
  const latest = (times: ReadonlyMap<IdentityKey, Date>) =>
    Math.max(0, ...keys.map((key) => times.get(key)?.getTime() ?? 0))
  const [joined, parted] = [latest(changes.joined) - windowMs, latest(changes.parted) - windowMs]
  const sidesBefore = new Set(events.filter(({ at }) => at.getTime() < joined).map(({ who }) => identityKey(who)))
  const edge = Math.max(sidesBefore.size > 1 ? joined : 0, parted, rulesSince?.getTime() ?? 0)
  return edge > 0 ? { at: new Date(edge), key: '' } : null
}

/** A timer that is due and has not fired will fire: nothing later has been decided by the clock. */
function untilOf(nextTimers: readonly (Date | null)[], now: Date): Date {
  const first = nextTimers.reduce<number>(
    (least, timer) => Math.min(least, timer?.getTime() ?? least),
    now.getTime() + 1,
  )
  return new Date(first - 1)
}

async function nextTimersOf(
  { people, memories }: ReweighDeps['live'],
  keys: readonly IdentityKey[],
): Promise<ReadonlyMap<IdentityKey, Date | null>> {
  const persons = new Map<PersonId, readonly IdentityKey[]>()
  for (const person of (await people.find(keys)).values()) persons.set(person.id, identitiesOf(person))
  const loaded = await memories.load([...persons.keys()])
  return new Map(
    [...persons].flatMap(([id, own]) => own.map((key) => [key, loaded.get(id)?.memory.nextTimerAt ?? null] as const)),
  )
}

import { compareEvents, type CustomerEvent } from '../domain/event.ts'
import { identityKey, type IdentityKey, type PersonId } from '../domain/ids.ts'
import { emptyMemory, type Memory, type Signal } from '../domain/memory.ts'
import type { Person } from '../domain/person.ts'
import { longestWindowMs, type Rule } from '../domain/rule.ts'
import { fireTimers, rebuild, weigh } from '../domain/weigh.ts'
import type { Memories } from '../ports/memory.ts'
import type { People } from '../ports/people.ts'
import type { Signals, StoredSignal } from '../ports/signals.ts'
import type { Timeline } from '../ports/timeline.ts'
import { groupBy } from './group-by.ts'

export interface RememberEventsDeps {
  people: People
  timeline: Timeline
  memories: Memories
  signals: Signals
  rules: readonly Rule[]
}

/** A signal of one person, not yet decided upon. */
export interface Raised {
  person: Person
  signal: Signal
}

/** What a turn of memory brought: signals that became true, and stored ones that no longer stand. */
export interface Turn {
  raised: readonly Raised[]
  fallen: readonly StoredSignal[]
}

export type RememberEvents = ReturnType<typeof createRememberEvents>

const farFuture = new Date(8.64e15)

/** Keeps events in the timeline and in each person's memory; the same events again change nothing. */
export function createRememberEvents(deps: RememberEventsDeps) {
  const { people, timeline, memories, signals, rules } = deps
  const windowMs = longestWindowMs(rules)

  /** An event whose key is stored already counts with the time that was stored first. */
  async function keep(events: readonly CustomerEvent[]): Promise<readonly CustomerEvent[]> {
    const results = await timeline.add(events)
    const seen = events.filter((_, index) => results[index] === 'seen').map((event) => event.key)
    if (seen.length === 0) return events
    const originals = new Map((await timeline.byKeys(seen)).map((event) => [event.key, event]))
    return events.map((event) => originals.get(event.key) ?? event)
  }

  /** The memory as the stored events make it, and how that differs from the signals stored since `from`. */
  async function recall(person: Person, from: Date): Promise<{ memory: Memory } & Turn> {
    const identities = person.identities.map(({ key }) => key)
    const since = new Date(from.getTime() - windowMs)
    const [events, stored] = await Promise.all([
      timeline.between(identities, since, farFuture),
      signals.between(identities, from, farFuture),
    ])
    const standing = stored.filter((signal) => signal.standing)
    const lastFired = standing.reduce<Date | null>((last, { at }) => (last && last > at ? last : at), null)
    const fresh = rebuild(events, rules, lastFired)
    const truth = new Map(fresh.signals.filter((signal) => signal.at >= from).map((signal) => [signal.key, signal]))
    const before = new Set(standing.map((signal) => signal.key))
    return {
      memory: fresh.memory,
      raised: [...truth.values()].filter((signal) => !before.has(signal.key)).map((signal) => ({ person, signal })),
      fallen: standing.filter((signal) => !truth.has(signal.key)),
    }
  }

  /** One person's events, oldest first, weighed into the memory; late ones make it be rebuilt around them. */
  async function weighAll(person: Person, events: readonly CustomerEvent[], memory: Memory | null) {
    const oldest = events[0]?.at ?? farFuture
    if (memory === null) return recall(person, oldest)
    let next = memory
    const raised: Raised[] = []
    for (const event of events) {
      const weighed = weigh(next, event, rules)
      if (weighed.late) return recall(person, event.at < oldest ? event.at : oldest)
      next = weighed.memory
      raised.push(...weighed.signals.map((signal) => ({ person, signal })))
    }
    return { memory: next, raised, fallen: [] }
  }

  /** Loads, computes and saves with compare-and-set; whoever was beaten starts again. */
  async function update(
    persons: ReadonlyMap<PersonId, Person>,
    compute: (person: Person, memory: Memory | null) => Promise<{ memory: Memory } & Turn>,
  ): Promise<Turn> {
    const raised: Raised[] = []
    const fallen: StoredSignal[] = []
    let open = [...persons.keys()]
    while (open.length > 0) {
      const loaded = await memories.load(open)
      const turns = await Promise.all(
        open.map(async (id) => {
          const known = loaded.get(id)
          const turn = await compute(persons.get(id) as Person, known?.memory ?? null)
          return { id, version: known?.version ?? 0, ...turn }
        }),
      )
      const beaten = new Set(await memories.save(turns.map(({ id, version, memory }) => ({ id, version, memory }))))
      for (const turn of turns.filter(({ id }) => !beaten.has(id))) {
        raised.push(...turn.raised)
        fallen.push(...turn.fallen)
      }
      open = [...beaten]
    }
    return { raised, fallen }
  }

  return {
    /** Stores the events and weighs them, each person's in canonical order. */
    async remember(events: readonly CustomerEvent[]): Promise<Turn> {
      if (events.length === 0) return { raised: [], fallen: [] }
      const kept = await keep(events)
      const persons = await people.resolve([...new Set(kept.map((event) => identityKey(event.who)))], farPast(kept))
      const byPerson = groupBy(kept, (event) => (persons.get(identityKey(event.who)) as Person).id)
      const byId = new Map([...persons.values()].map((person) => [person.id, person]))
      return update(byId, (person, memory) => {
        const own = (byPerson.get(person.id) ?? []).toSorted(compareEvents)
        return weighAll(person, own, memory)
      })
    },

    /** After a join: forgets the parts' memories and makes the whole one's from the stored events. */
    async rejoin(person: Person, before: readonly PersonId[], now: Date): Promise<Turn> {
      await memories.drop(before.filter((id) => id !== person.id))
      const from = new Date(now.getTime() - windowMs)
      return update(new Map([[person.id, person]]), () => recall(person, from))
    },

    /** Fires the timers that end at or before `until`. */
    async fireTimers(until: Date, limit: number): Promise<Turn> {
      const due = await memories.due(until, limit)
      if (due.length === 0) return { raised: [], fallen: [] }
      const persons = await people.byIds(due)
      return update(persons, async (person, memory) => {
        const fired = fireTimers(memory ?? emptyMemory(), until, rules)
        return { memory: fired.memory, raised: fired.signals.map((signal) => ({ person, signal })), fallen: [] }
      })
    },
  }
}

function farPast(events: readonly CustomerEvent[]): Date {
  return events.reduce((first, { at }) => (at < first ? at : first), farFuture)
}

/** The identities under which a person's events are stored. */
export function identitiesOf(person: Person): IdentityKey[] {
  return person.identities.map(({ key }) => key)
}

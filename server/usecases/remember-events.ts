import type { CustomerEvent } from '../domain/event.ts'
import { compareMarks, type Mark } from '../domain/event-order.ts'
import { identityKey, type IdentityKey, type PersonId } from '../domain/ids.ts'
import type { Memory, Signal } from '../domain/memory.ts'
import type { Person } from '../domain/person.ts'
import { inOrder, isSettled, rebuild, withoutOwnShares } from '../domain/rebuild.ts'
import { longestWindowMs, type Rule } from '../domain/rule.ts'
import { fireTimers, weighAll } from '../domain/weigh.ts'
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

/** One person's turn: signals that became true, and stored ones that no longer stand. */
export interface Turn {
  person: Person
  raised: readonly Signal[]
  fallen: readonly StoredSignal[]
}

/** A turn with the memory that it leaves. */
interface Remembered extends Turn {
  memory: Memory
}

/** A person whose memory must be made from stored events, as far as it concerns what happened from `before` on. */
interface Recall {
  person: Person
  before: Mark
  /** Keys of events that were stored just now, for the first time: nothing can have come of them yet. */
  fresh?: ReadonlySet<string>
}

/** Events as they are stored. */
export interface Kept {
  events: readonly CustomerEvent[]
  /** Keys of those that were not stored before. */
  fresh: ReadonlySet<string>
}

/**
 * Stores what the turns cause, before the memories are saved: a crash in between weighs the same events again, and
 * everything caused is keyed.
 */
export type SettleTurns = (turns: readonly Turn[]) => Promise<void>

export type RememberEvents = ReturnType<typeof createRememberEvents>

type KnownPersons = ReadonlyMap<IdentityKey, Person>

const farFuture = new Date(8.64e15)

/** Keeps events in the timeline and in each person's memory; the same events again change nothing (B2, B3). */
export function createRememberEvents(deps: RememberEventsDeps) {
  const { people, timeline, memories, signals, rules } = deps
  const windowMs = longestWindowMs(rules)

  /** Stores the events; one whose key is stored already counts as it was stored first. */
  async function keep(events: readonly CustomerEvent[]): Promise<Kept> {
    if (events.length === 0) return { events, fresh: new Set() }
    const results = await timeline.add(events)
    const seen = new Set(events.filter((_, index) => results[index] === 'seen').map((event) => event.key))
    const fresh = new Set(events.flatMap(({ key }) => (seen.has(key) ? [] : [key])))
    if (seen.size === 0) return { events, fresh }
    const originals = new Map((await timeline.byKeys([...seen])).map((event) => [event.key, event]))
    return { events: events.map((event) => originals.get(event.key) ?? event), fresh }
  }

  /**
   * What a person's memory must be made from anew, with one query for all of them, and one more for the signals of those
   * who did something before: nothing has come yet of what was stored just now.
   */
  async function recallAll(list: readonly Recall[]): Promise<Remembered[]> {
    if (list.length === 0) return []
    const identities = list.flatMap(({ person }) => identitiesOf(person))
    const first = Math.min(...list.map(({ before }) => before.at.getTime()))
    const since = new Date(first - windowMs)
    const eventsOf = groupBy(await timeline.between(identities, since, farFuture), ({ who }) => identityKey(who))
    const found = list.map((one) => ({ one, events: identitiesOf(one.person).flatMap((key) => eventsOf.get(key) ?? []) }))
    const known = found.filter(({ one: { fresh }, events }) => !fresh || events.some(({ key }) => !fresh.has(key)))
    const stored = await signals.between(known.flatMap(({ one }) => identitiesOf(one.person)), since, farFuture)
    const signalsOf = groupBy(stored, ({ identity }) => identity)
    return found.map(({ one, events }) => recall(one, events, identitiesOf(one.person).flatMap((key) => signalsOf.get(key) ?? [])))
  }

  /** The memory as the stored events make it, and how its signals differ from the stored ones from `before` on. */
  function recall({ person, before }: Recall, events: readonly CustomerEvent[], stored: readonly StoredSignal[]): Remembered {
    const since = before.at.getTime() - windowMs
    const needed = events.filter(({ at }) => at.getTime() >= since)
    const standing = stored.filter(({ at, standing: stands }) => stands && at.getTime() >= since).toSorted(compareMarks)
    const lastFired = standing.reduce<Date | null>((last, { at }) => (last && last > at ? last : at), null)
    const truth = rebuild(withoutOwnShares(needed, identitiesOf(person)), rules, lastFired, { before, signals: standing })
    const open = standing.filter((signal) => !isSettled(signal, before, rules))
    const openKeys = new Set(open.map((signal) => signal.key))
    const trueKeys = new Set(truth.signals.map((signal) => signal.key))
    return {
      person,
      memory: truth.memory,
      raised: truth.signals.filter((signal) => !openKeys.has(signal.key)),
      fallen: open.filter((signal) => !trueKeys.has(signal.key)),
    }
  }

  /**
   * Loads, computes, settles and saves with compare-and-set. Whoever was beaten, or has memories under former ids (a
   * join that a crash cut short), starts again from stored events: `memory` is null then. Who was beaten was perhaps
   * joined meanwhile, and is then computed as who they have become.
   */
  async function update(
    persons: ReadonlyMap<PersonId, Person>,
    settle: SettleTurns,
    compute: (person: Person, memory: Memory | null) => Remembered | Recall,
  ): Promise<void> {
    let open = [...persons.values()]
    for (let round = 0; open.length > 0; round += 1) {
      const loaded = await memories.load(open.flatMap(({ id, formerIds }) => [id, ...formerIds]))
      const answers = open.map((person) => {
        const whole = round === 0 && !person.formerIds.some((id) => loaded.has(id))
        return compute(person, whole ? (loaded.get(person.id)?.memory ?? null) : null)
      })
      const recalled = await recallAll(answers.filter((answer) => 'before' in answer))
      const turns = [...answers.filter((answer) => 'memory' in answer), ...recalled]
      await settle(turns)
      const saves = turns.map(({ person: { id }, memory }) => ({ id, version: loaded.get(id)?.version ?? 0, memory }))
      const beaten = new Set(await memories.save(saves))
      const former = open.flatMap(({ formerIds }) => formerIds.filter((id) => loaded.has(id)))
      if (former.length > 0) await memories.drop(former)
      open = beaten.size > 0 ? await whoTheyAreNow(beaten) : []
    }
  }

  async function whoTheyAreNow(ids: ReadonlySet<PersonId>): Promise<Person[]> {
    const found = await people.byIds([...ids])
    return [...new Map([...found.values()].map((person) => [person.id, person])).values()]
  }

  const windowStart = (now: Date): Mark => ({ at: new Date(now.getTime() - windowMs), key: '' })

  /** A join may have changed what was true all along the window; without one only these events can. */
  function firstAffected(person: Person, events: readonly CustomerEvent[], now: Date): Mark {
    const [first, start] = [earliest(events), windowStart(now)]
    return person.formerIds.length > 0 && compareMarks(start, first) < 0 ? start : first
  }

  return {
    keep,

    /**
     * The person of each identity in these events. `known`: those of whom it was just asked; the others are asked about,
     * and made where there is nobody.
     */
    async resolve(events: readonly CustomerEvent[], known: KnownPersons, now: Date): Promise<KnownPersons> {
      const keys = [...new Set(events.map(({ who }) => identityKey(who)))]
      const missing = keys.filter((key) => !known.has(key))
      const found: KnownPersons = missing.length > 0 ? await people.resolve(missing, now) : new Map()
      return new Map(keys.map((key) => [key, (known.get(key) ?? found.get(key)) as Person]))
    },

    /** Weighs stored events of these persons, each one's in canonical order. */
    async weigh({ events: kept, fresh }: Kept, resolved: KnownPersons, now: Date, settle: SettleTurns): Promise<void> {
      if (kept.length === 0) return
      const personOf = (event: CustomerEvent) => resolved.get(identityKey(event.who)) as Person
      const groups = groupBy(inOrder(kept), (event) => personOf(event).id)
      const persons = new Map([...resolved.values()].map((person) => [person.id, person]))
      await update(persons, settle, (person, memory) => {
        const own = [person.id, ...person.formerIds].flatMap((id) => groups.get(id) ?? [])
        if (memory === null) return { person, before: firstAffected(person, own, now), fresh }
        const weighed = weighAll(memory, withoutOwnShares(own, identitiesOf(person)), rules)
        if (weighed.late.length > 0) return { person, before: earliest(weighed.late) }
        return { person, memory: weighed.memory, raised: weighed.signals, fallen: [] }
      })
    },

    /** Finishes joins: makes the whole one's memory from the stored events, where parts have memories of their own. */
    async rejoin(persons: readonly Person[], now: Date, settle: SettleTurns): Promise<void> {
      const parts = await memories.load(persons.flatMap(({ formerIds }) => formerIds))
      const unfinished = persons.filter(({ formerIds }) => formerIds.some((id) => parts.has(id)))
      const byId = new Map(unfinished.map((person) => [person.id, person]))
      await update(byId, settle, (person) => ({ person, before: windowStart(now) }))
    },

    /**
     * Makes these persons' memories from the stored events, whatever they remember: their identities have changed.
     * `sinceEver`: from their first event on; else from one longest window ago.
     */
    async remake(persons: readonly Person[], now: Date, settle: SettleTurns, sinceEver = false): Promise<void> {
      const byId = new Map(persons.map((person) => [person.id, person]))
      const before = sinceEver ? { at: new Date(0), key: '' } : windowStart(now)
      await update(byId, settle, (person) => ({ person, before }))
    },

    /** Fires the timers that end at or before `until`; returns how many persons had one. */
    async fireTimers(until: Date, limit: number, settle: SettleTurns): Promise<number> {
      const due = await memories.due(until, limit)
      if (due.length === 0) return 0
      const found = await people.byIds(due)
      // A memory of nobody would be due for ever.
      const ownerless = due.filter((id) => !found.has(id))
      if (ownerless.length > 0) await memories.drop(ownerless)
      const persons = new Map([...found.values()].map((person) => [person.id, person]))
      await update(persons, settle, (person, memory) => {
        if (memory === null) return { person, before: windowStart(until) }
        const fired = fireTimers(memory, until, rules)
        return { person, memory: fired.memory, raised: fired.signals, fallen: [] }
      })
      return due.length
    },
  }
}

function earliest(events: readonly CustomerEvent[]): Mark {
  return events.reduce<Mark>((first, event) => (compareMarks(event, first) < 0 ? event : first), events[0] as CustomerEvent)
}

/** The identities under which a person's events are stored. */
export function identitiesOf(person: Person): IdentityKey[] {
  return person.identities.map(({ key }) => key)
}

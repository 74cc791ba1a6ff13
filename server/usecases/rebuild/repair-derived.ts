import { identityKey } from '../../domain/ids.ts'
import type { Person } from '../../domain/person.ts'
import type { Clock } from '../../ports/clock.ts'
import type { History, PersonNode } from '../../ports/history.ts'
import type { Memories } from '../../ports/memory.ts'
import type { People } from '../../ports/people.ts'
import type { Signals, StoredSignal } from '../../ports/signals.ts'
import type { Timeline } from '../../ports/timeline.ts'
import { identitiesOf, type RememberEvents, type Turn } from '../remember-events.ts'
import { batches } from './batches.ts'

export interface RepairDerivedDeps {
  history: History
  people: People
  timeline: Timeline
  signals: Signals
  memories: Memories
  rememberEvents: RememberEvents
  clock: Clock
}

/** What was put right. */
export interface Repaired {
  persons: number
  /** Signals that stand and were not stored, and stored ones that do not stand. */
  raised: number
  fallen: number
  /** Memories of persons that are no more. */
  dropped: number
}

const personsAtOnce = 100

/**
 * Makes memory and signals of everybody anew from the stored events (B5), also while the server runs: each memory is
 * written by compare-and-set. No phone rings for it: signals are stored, alerts stay as they are; a timer that had been
 * lost fires when the server looks next. Of somebody whose identities were joined, one longest window is made anew.
 */
export async function repairDerived(deps: RepairDerivedDeps): Promise<Repaired> {
  const { history, people, memories, rememberEvents, clock } = deps
  const repaired: Repaired = { persons: 0, raised: 0, fallen: 0, dropped: 0 }

  async function settle(turns: readonly Turn[]): Promise<void> {
    const raised = (await Promise.all(turns.map((turn) => raisedBy(deps, turn)))).flat()
    const fallen = turns
      .flatMap((turn) => turn.fallen)
      .map((signal) => ({ ...signal, standing: false, because: 'no-longer-true' }))
    repaired.raised += raised.length
    repaired.fallen += fallen.length
    await deps.signals.put([...raised, ...fallen])
  }

  async function repair(nodes: readonly PersonNode[]): Promise<void> {
    const found = await people.byIds(nodes.map(({ id }) => id))
    const own = new Map([...found].filter(([id, person]) => id === person.id))
    const persons = [...own.values()]
    const parted = new Set(nodes.filter(({ joins }) => joins.length > 0).map(({ id }) => id))
    const isPlain = ({ id, formerIds }: Person) => formerIds.length === 0 && !parted.has(id)
    await rememberEvents.remake(persons.filter(isPlain), clock.now(), settle, true)
    await rememberEvents.remake(
      persons.filter((person) => !isPlain(person)),
      clock.now(),
      settle,
    )
    repaired.persons += persons.length
  }

  for await (const nodes of batches(history.people(), personsAtOnce)) await repair(nodes)
  for await (const list of batches(history.memories(), personsAtOnce)) {
    const found = await people.byIds(list.map(({ id }) => id))
    const nobodys = list.map(({ id }) => id).filter((id) => found.get(id)?.id !== id)
    if (nobodys.length > 0) await memories.drop(nobodys)
    repaired.dropped += nobodys.length
  }
  return repaired
}

async function raisedBy({ timeline }: RepairDerivedDeps, { person, raised }: Turn): Promise<StoredSignal[]> {
  if (raised.length === 0) return []
  const causes = new Map(
    (await timeline.byKeys(raised.map(({ causeKey }) => causeKey))).map((event) => [event.key, event]),
  )
  return raised.flatMap((signal) => {
    const cause = causes.get(signal.causeKey)
    const identity = cause ? identityKey(cause.who) : identitiesOf(person)[0]
    return identity ? [{ ...signal, identity, standing: true, because: 'rebuilt' }] : []
  })
}

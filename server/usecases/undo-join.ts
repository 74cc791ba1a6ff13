import { NotFound } from '../domain/errors.ts'
import { identityKey, type ExternalUserId, type IdentityKey, type JoinId } from '../domain/ids.ts'
import type { Join } from '../domain/person.ts'
import type { Clock } from '../ports/clock.ts'
import type { Observations } from '../ports/contacts.ts'
import type { JoinChange, People } from '../ports/people.ts'

export interface UndoJoinDeps {
  people: People
  observations: Pick<Observations, 'record' | 'about'>
  /** Lets the worker put right at once what rests on the join. */
  wake: () => void
  clock: Clock
}

/** Somebody proved a number that another person holds. */
export interface Conflict {
  at: Date
  /** The phone or member number, as the hash that is kept of it. */
  number: IdentityKey
  /** Whether the person asked about is the one who holds it. */
  holds: boolean
}

const mostConflicts = 100

export type UndoJoin = ReturnType<typeof createUndoJoin>

/**
 * What ties a person's identities together, for operators, and its undoing (C1). The decision is stored at once; alerts
 * and memories follow it in the working process (settle-joins.ts), events are stored by identity and need no moving.
 */
export function createUndoJoin({ people, observations, wake, clock }: UndoJoinDeps) {
  /** Kept before the join is changed, so that a rebuild knows of every decision; one that changed nothing does no harm. */
  async function decide(id: JoinId, undone: boolean): ReturnType<People['undo']> {
    const join = await people.joinById(id)
    if (!join) return null
    const { a, b, evidence } = join
    const at = clock.now()
    const key = `join-decision:${id}:${at.getTime()}:${undone ? 'undo' : 'redo'}`
    await observations.record([{ key, at, kind: 'join-decision', content: { a, b, evidence, undone } }])
    return undone ? people.undo(id, at) : people.redo(id)
  }

  /** @throws NotFound */
  async function changed(change: Promise<JoinChange | null>): Promise<JoinChange> {
    const result = await change
    if (!result) throw new NotFound('join')
    if (result.changed) wake()
    return result
  }

  return {
    /** Every join of the person of this identity, undone ones too, oldest first. */
    joins: (key: IdentityKey): Promise<readonly Join[]> => people.joins(key),
    joinsOfContact: (externalUserId: ExternalUserId): Promise<readonly Join[]> =>
      people.joins(identityKey({ kind: 'external', externalUserId })),
    /** Proofs that joined nobody, since two people gave the same one; the newest of each pair, newest first. */
    async conflictsOfContact(externalUserId: ExternalUserId): Promise<readonly Conflict[]> {
      const key = identityKey({ kind: 'external', externalUserId })
      const person = (await people.find([key])).get(key)
      const own = person?.identities.map((identity) => identity.key) ?? [key]
      const noted = await observations.about('link-conflict', own, mostConflicts)
      const byPair = new Map<string, Conflict>()
      for (const { at, content } of noted.toReversed()) {
        const { a, b } = content as { a: IdentityKey; b: IdentityKey }
        if (!(own.includes(a) && own.includes(b))) byPair.set(`${a} ${b}`, { at, number: b, holds: own.includes(b) })
      }
      return [...byPair.values()].toSorted((one, other) => other.at.getTime() - one.at.getTime())
    },
    /** The same evidence does not join the two again. @throws NotFound */
    undo: (id: JoinId): Promise<JoinChange> => changed(decide(id, true)),
    /** An undone join stands again. @throws NotFound */
    redo: (id: JoinId): Promise<JoinChange> => changed(decide(id, false)),
  }
}

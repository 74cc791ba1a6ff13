import { NotFound } from '../domain/errors.ts'
import { identityKey, type ExternalUserId, type IdentityKey, type JoinId } from '../domain/ids.ts'
import type { Join } from '../domain/person.ts'
import type { Clock } from '../ports/clock.ts'
import type { Observations } from '../ports/contacts.ts'
import type { JoinChange, People } from '../ports/people.ts'

export interface UndoJoinDeps {
  people: People
  observations: Pick<Observations, 'record'>
  /** Lets the worker put right at once what rests on the join. */
  wake: () => void
  clock: Clock
}

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
    /** The same evidence does not join the two again. @throws NotFound */
    undo: (id: JoinId): Promise<JoinChange> => changed(decide(id, true)),
    /** An undone join stands again. @throws NotFound */
    redo: (id: JoinId): Promise<JoinChange> => changed(decide(id, false)),
  }
}

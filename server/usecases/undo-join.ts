import { NotFound } from '../domain/errors.ts'
import { identityKey, type ExternalUserId, type IdentityKey, type JoinId } from '../domain/ids.ts'
import type { Join } from '../domain/person.ts'
import type { Clock } from '../ports/clock.ts'
import type { JoinChange, People } from '../ports/people.ts'

export interface UndoJoinDeps {
  people: People
  /** Lets the worker put right at once what rests on the join. */
  wake: () => void
  clock: Clock
}

export type UndoJoin = ReturnType<typeof createUndoJoin>

/**
 * What ties a person's identities together, for operators, and its undoing (C1). The decision is stored at once; alerts
 * and memories follow it in the working process (settle-joins.ts), events are stored by identity and need no moving.
 */
export function createUndoJoin({ people, wake, clock }: UndoJoinDeps) {
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
    undo: (id: JoinId): Promise<JoinChange> => changed(people.undo(id, clock.now())),
    /** An undone join stands again. @throws NotFound */
    redo: (id: JoinId): Promise<JoinChange> => changed(people.redo(id)),
  }
}

import type { LinkEvidence } from '../domain/event.ts'
import type { IdentityKey, JoinId, PersonId } from '../domain/ids.ts'
import type { Join, Person } from '../domain/person.ts'

/** Which identities are one human. Joins and undos are one compare-and-set and can be finished by any process. */
export interface People {
  /** The person of each identity; an identity never seen becomes a person of its own. */
  resolve(keys: readonly IdentityKey[], now: Date): Promise<ReadonlyMap<IdentityKey, Person>>
  /** The persons of these identities without making any. */
  find(keys: readonly IdentityKey[]): Promise<ReadonlyMap<IdentityKey, Person>>
  /** Persons by id; an id that was joined into another gives that other person. */
  byIds(ids: readonly PersonId[]): Promise<ReadonlyMap<PersonId, Person>>
  /**
   * Makes two identities one person, with the evidence. Concurrent joins end in one person.
   * `joined` is false when they already were, or are kept apart; `person` is that of `a`; `before` are the persons they were.
   */
  join(link: { a: IdentityKey; b: IdentityKey; evidence: LinkEvidence; at: Date }): Promise<{
    person: Person
    joined: boolean
    before: readonly PersonId[]
  }>
  /** Whether a join of these two by the same evidence was undone: it is not made again. */
  keptApart(link: { a: IdentityKey; b: IdentityKey; evidence: LinkEvidence }): Promise<boolean>
  /** Every join that names an identity of this one's person, undone ones too, oldest first. */
  joins(key: IdentityKey): Promise<readonly Join[]>
  /** One join, whether it stands or not; null: there is none of that id. */
  joinById(id: JoinId): Promise<Join | null>
  /**
   * Takes a join back: those whom it tied together are two persons again, each with what other evidence ties to them.
   * `changed` is false when it was undone before; null: there is no such join.
   */
  undo(id: JoinId, at: Date): Promise<JoinChange | null>
  /** Lets an undone join stand again. `changed` is false when it stands, or other evidence has made them one meanwhile. */
  redo(id: JoinId): Promise<JoinChange | null>
  /** Joins undone or made to stand again whose consequences are still to be put right; safe to do twice. */
  unsettled(limit: number): Promise<readonly UnsettledJoin[]>
  /** What that one change meant has been put right. */
  settled(token: string): Promise<void>
}

/** The one or two persons of the join's identities, as they are now. */
export interface JoinChange {
  changed: boolean
  persons: readonly Person[]
}

export interface UnsettledJoin {
  token: string
  a: IdentityKey
  b: IdentityKey
}

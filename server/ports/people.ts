import type { LinkEvidence } from '../domain/event.ts'
import type { IdentityKey, PersonId } from '../domain/ids.ts'
import type { Person } from '../domain/person.ts'

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
   * `joined` is false when they already were; `before` are the persons they were.
   */
  join(link: { a: IdentityKey; b: IdentityKey; evidence: LinkEvidence; at: Date }): Promise<{
    person: Person
    joined: boolean
    before: readonly PersonId[]
  }>
}

import type { ExternalUserId, OpenId, PersonId } from '../domain/ids.ts'
import type { LinkRate } from '../domain/link-state.ts'

/** Going through everybody, one page at a time, and what was counted each night. */
export interface LinkRates {
  /** Ids of documents of people, by id, after this one. */
  peopleAfter(after: PersonId | null, limit: number): Promise<readonly PersonId[]>
  contactsAfter(after: ExternalUserId | null, limit: number): Promise<readonly ExternalUserId[]>
  followersAfter(after: OpenId | null, limit: number): Promise<readonly OpenId[]>
  /** Whether any contact, any follower has a unionid; null: there are none. One look-up each. */
  unionIdsSeen(): Promise<{ contacts: boolean | null; followers: boolean | null }>
  /** Openings by made-up identities, of all copies together. */
  snapshots(): Promise<number>
  /** Keeps what was counted for one local day, `2026-03-02`; the last count of a day stays. The oldest beyond `most` go. */
  keep(day: string, rate: LinkRate, most: number): Promise<void>
  /** Newest first. */
  kept(limit: number): Promise<readonly (LinkRate & { day: string })[]>
}

import type { ExternalUserId, IdentityKey, StaffId, UnionId } from '../domain/ids.ts'
import type { Contact, Follow, Gender } from '../domain/person.ts'

/** Our own index of WeCom's external contacts: unionid <-> external_userid and who follows whom. */
export interface Contacts {
  get(id: ExternalUserId): Promise<Contact | null>
  many(ids: readonly ExternalUserId[]): Promise<ReadonlyMap<ExternalUserId, Contact>>
  byUnionIds(ids: readonly UnionId[]): Promise<readonly Contact[]>
  /** Present contacts of one member, newest first. */
  followedBy(staffId: StaffId, limit: number): Promise<readonly Contact[]>
  /** Ids of all present contacts of one member, in no order. */
  idsFollowedBy(staffId: StaffId): Promise<readonly ExternalUserId[]>
  /**
   * Compare-and-set per contact: written only if the stored one is still `before` (same `readAt`; null: none there).
   * `after.readAt` is always later than `before.readAt`. Returns the ids that were written.
   */
  put(changes: readonly { before: Contact | null; after: Contact }[]): Promise<readonly ExternalUserId[]>
}

/** What WeCom itself says about contacts and members. */
export interface ContactDirectory {
  /** externalcontact/get, all pages. null when WeCom knows no such contact. @throws TencentRefused, TencentUnreachable */
  read(id: ExternalUserId): Promise<ContactAnswer | null>
  /** get_follow_user_list: userids as WeCom spells them. */
  followUsers(): Promise<readonly string[]>
  /** externalcontact/list: how many customers one member has. @throws TencentRefused, TencentUnreachable */
  countOf(userid: string): Promise<number>
  /** One page of batch/get_by_user, 100 rows; `cursor` '' starts; `nextCursor` '' ends. */
  page(userids: readonly string[], cursor: string): Promise<{ contacts: readonly ContactAnswer[]; nextCursor: string }>
}

/** A contact as one answer of WeCom tells it: `follows` of `page` name only one member. */
export interface ContactAnswer {
  externalUserId: ExternalUserId
  name: string
  avatar: string | null
  unionId: UnionId | null
  gender?: Gender
  follows: readonly Omit<Follow, 'ended'>[]
  /** Whether `follows` is everybody (read) or only those asked about (page). */
  complete: boolean
}

/** One answer of Tencent, or one decision of an operator, dated by the Clock. */
export interface Observation {
  key: string
  at: Date
  kind: string
  content: Readonly<Record<string, unknown>>
  /** Identities by which it is looked up; absent: none. */
  about?: readonly IdentityKey[]
}

/**
 * Every Tencent answer that changed a link, an owner or an event, and every operator's decision about a join, dated, so
 * that all can be rebuilt from bytes and observations.
 */
export interface Observations {
  /** The same key twice is one observation: the first. */
  record(list: readonly Observation[]): Promise<void>
  /** Those that are stored, by key. */
  byKeys(keys: readonly string[]): Promise<ReadonlyMap<string, Observation>>
  /** Those of one kind about any of these identities, newest first. */
  about(kind: string, keys: readonly IdentityKey[], limit: number): Promise<readonly Observation[]>
  /** All of one kind, in the order in which they were stored, by machine time; streamed. */
  each(kind: string): AsyncIterable<Observation & { storedAt: Date }>
}

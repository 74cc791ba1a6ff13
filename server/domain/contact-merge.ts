import type { CustomerEvent } from './event.ts'
import type { ExternalUserId, StaffId, UnionId } from './ids.ts'
import type { Contact, Ending, Follow, Gender } from './person.ts'

/** What one answer of WeCom says about a contact; `complete` when it names every follow user. */
export interface ContactSeen {
  externalUserId: ExternalUserId
  name: string
  avatar: string | null
  unionId: UnionId | null
  gender?: Gender
  follows: readonly Omit<Follow, 'ended'>[]
  complete: boolean
}

/** A contact of which only the id is known so far. */
export function unknownContact(id: ExternalUserId): Contact {
  return { externalUserId: id, name: '', avatar: null, unionId: null, follows: [], readAt: new Date(0) }
}

/**
 * The contact after an answer of WeCom. A part ended by a deletion callback stands until a later createtime,
 * whatever the answer still lists. A complete answer ends the parts it no longer lists, until one lists them again.
 */
export function mergeSeen(known: Contact | null, seen: ContactSeen, readAt: Date): Contact {
  const before = known ?? unknownContact(seen.externalUserId)
  const listed = seen.follows.map((follow) => withEnding(follow, findFollow(before, follow.staffId)))
  const unlisted = before.follows.filter((old) => !listed.some((follow) => follow.staffId === old.staffId))
  const rest = seen.complete ? unlisted.map((old) => endFollow(old, { at: readAt, by: 'absent' })) : unlisted
  return {
    externalUserId: before.externalUserId,
    name: seen.name || before.name,
    avatar: seen.avatar ?? before.avatar,
    unionId: seen.unionId ?? before.unionId,
    ...genderOf(seen.gender ?? before.gender),
    follows: [...listed, ...rest],
    readAt,
  }
}

function genderOf(gender: Gender | undefined): { gender?: Gender } {
  return gender ? { gender } : {}
}

function withEnding(follow: Omit<Follow, 'ended'>, old: Follow | undefined): Follow {
  const deleted = deletionOf(old)
  return { ...follow, ended: deleted && follow.since.getTime() <= deleted.at.getTime() ? deleted : null }
}

/** An add event opens the member's part, even where WeCom's answer is not to be had. */
export function openFollow(contact: Contact, staffId: StaffId, userid: string, event: CustomerEvent): Contact {
  const old = findFollow(contact, staffId)
  if (old && old.ended === null) return contact
  const deleted = deletionOf(old)
  if (deleted && deleted.at.getTime() > event.at.getTime()) return contact
  const contactWay = event.kind === 'became-contact' ? event.contactWay : null
  const opened: Follow = {
    staffId,
    userid: old?.userid ?? userid,
    since: old && old.since > event.at ? old.since : event.at,
    remark: old?.remark ?? null,
    contactWay: contactWay ?? old?.contactWay ?? null,
    addWay: old?.addWay ?? null,
    ...(old?.tags ? { tags: old.tags } : {}),
    ended: null,
  }
  return { ...contact, follows: [...contact.follows.filter((follow) => follow.staffId !== staffId), opened] }
}

/** Who a deletion callback says it was. */
type Deleter = Exclude<Ending['by'], 'absent'>

/** A deletion callback ends the member's part at once; one that began after the deletion stays. */
export function closeFollow(contact: Contact, staffId: StaffId, at: Date, by: Deleter): Contact {
  const old = findFollow(contact, staffId)
  const part: Follow = old ?? {
    staffId,
    userid: staffId,
    since: at,
    remark: null,
    contactWay: null,
    addWay: null,
    ended: null,
  }
  if (old && old.since.getTime() > at.getTime()) return contact
  const closed = endFollow(part, { at, by })
  return { ...contact, follows: [...contact.follows.filter((follow) => follow.staffId !== staffId), closed] }
}

/** WeCom knows no such contact now: every part has ended, until it does again. */
export function withoutFollows(contact: Contact, readAt: Date): Contact {
  return { ...contact, follows: contact.follows.map((follow) => endFollow(follow, { at: readAt, by: 'absent' })) }
}

/** The first ending stays; but a deletion that we hear of is more than an absence. */
function endFollow(follow: Follow, ended: Ending): Follow {
  return deletionOf(follow) || (follow.ended && ended.by === 'absent') ? follow : { ...follow, ended }
}

function deletionOf(follow: Follow | undefined): Ending | null {
  return follow?.ended && follow.ended.by !== 'absent' ? follow.ended : null
}

function findFollow(contact: Contact, staffId: StaffId): Follow | undefined {
  return contact.follows.find((follow) => follow.staffId === staffId)
}

/** The member's own tags of the contact, changed by us; without them there, the contact stays as it is. */
export function retagFollow(contact: Contact, staffId: StaffId, tags: readonly string[]): Contact {
  return { ...contact, follows: contact.follows.map((follow) => (follow.staffId === staffId ? { ...follow, tags } : follow)) }
}

import type { CustomerEvent } from '../domain/event.ts'
import { closeFollow, mergeSeen, openFollow, retagFollow, unknownContact, withoutFollows } from '../domain/contact-merge.ts'
import { TencentRefused, TencentUnreachable } from '../domain/errors.ts'
import type { ExternalUserId, StaffId } from '../domain/ids.ts'
import type { Contact, Follow } from '../domain/person.ts'
import { refusalKind } from '../domain/refusal.ts'
import type { Clock } from '../ports/clock.ts'
import type { ContactAnswer, ContactDirectory, Contacts, Observations } from '../ports/contacts.ts'
import type { Log } from '../ports/log.ts'
import type { StaffDirectory } from '../ports/staff.ts'
import { groupBy } from './group-by.ts'

export interface UpdateContactDeps {
  contacts: Contacts
  directory: ContactDirectory
  observations: Observations
  staffDirectory: StaffDirectory
  clock: Clock
  log: Log
}

/** One answer of WeCom about a contact; `unknown`: it knows none of this id. */
type Said = ContactAnswer | 'unknown'

interface Change {
  before: Contact | null
  after: Contact
  said: readonly Said[]
}

export type UpdateContact = ReturnType<typeof createUpdateContact>

/** How our index of contacts changes: by WeCom's answers, and by callbacks, which win over a stale answer. */
export function createUpdateContact(deps: UpdateContactDeps) {
  const { contacts, directory, observations, staffDirectory, clock, log } = deps

  /** `readAt` is the version that `put` compares: it always grows. */
  function versioned(before: Contact | null, after: Contact): Contact {
    return { ...after, readAt: new Date(Math.max(clock.now().getTime(), (before?.readAt.getTime() ?? 0) + 1)) }
  }

  /** null: not to be had for a reason that waiting will not mend, or not asked for. */
  async function ask(id: ExternalUserId, asking: boolean): Promise<ContactAnswer | null> {
    if (!asking) return null
    try {
      return await directory.read(id)
    } catch (error) {
      if (!(error instanceof TencentRefused) && !(error instanceof TencentUnreachable)) throw error
      const mayPass = error instanceof TencentUnreachable || refusalKind(error.errcode) === 'retry-later'
      if (mayPass) throw error
      log.warn({ api: error.api, reason: error.message }, 'contact could not be read')
      return null
    }
  }

  /** What of these is news, under its new version. Recorded before it is written: a crash in between loses nothing. */
  async function newsOf(changes: readonly Change[]): Promise<readonly Change[]> {
    const news = changes
      .filter(({ before, after }) => !before || !sameContact(before, after))
      .map((one) => ({ ...one, after: versioned(one.before, one.after) }))
    await observations.record(news.flatMap(observationsOf))
    return news
  }

  function observationsOf({ after, said }: Change) {
    const at = clock.now()
    const version = `contact:${after.externalUserId}:${after.readAt.getTime()}`
    return said.map((answer, index) => ({
      key: `${version}:${index}`,
      at,
      kind: answer === 'unknown' ? 'contact-unknown' : 'contact',
      content: answer === 'unknown' ? { externalUserId: after.externalUserId } : { ...answer },
    }))
  }

  /** Compare-and-set until it holds; `next` may run several times. `said` is what made WeCom's part of it. */
  async function change(
    id: ExternalUserId,
    next: (known: Contact | null) => Contact,
    said: readonly Said[] = [],
  ): Promise<Contact> {
    for (;;) {
      const before = await contacts.get(id)
      const news = await newsOf([{ before, after: next(before), said }])
      if (before && news.length === 0) return before
      const written = await contacts.put(news)
      if (written.length > 0) return (news[0] as Change).after
    }
  }

  async function merge(id: ExternalUserId, answers: readonly ContactAnswer[]): Promise<Contact> {
    return change(id, (known) => mergeAll(id, known, answers), answers)
  }

  function mergeAll(id: ExternalUserId, known: Contact | null, answers: readonly ContactAnswer[]): Contact {
    const start = known ?? unknownContact(id)
    return answers.reduce((contact, answer) => mergeSeen(contact, answer, clock.now()), start)
  }

  async function readAgain(id: ExternalUserId, asking: boolean): Promise<Contact | null> {
    const answer = await ask(id, asking)
    return answer ? merge(id, [answer]) : null
  }

  return {
    /**
     * Reads the contact and keeps what WeCom says; a contact that WeCom no longer knows is nobody's any more.
     * null: neither of us knows it. @throws TencentRefused, TencentUnreachable
     */
    async refresh(id: ExternalUserId): Promise<Contact | null> {
      const answer = await directory.read(id)
      if (answer) return merge(id, [answer])
      if (!(await contacts.get(id))) return null
      return change(id, (known) => withoutFollows(known ?? unknownContact(id), clock.now()), ['unknown'])
    },

    /**
     * Keeps one page of batch/get_by_user, which has a row for each member of a customer: folded to one change a
     * customer. Returns the contacts that it changed.
     */
    async keep(answers: readonly ContactAnswer[]): Promise<readonly Contact[]> {
      const rows = groupBy(answers, ({ externalUserId }) => externalUserId)
      const known = await contacts.many([...rows.keys()])
      const changes = [...rows].map(([id, said]) => {
        const before = known.get(id) ?? null
        return { before, after: mergeAll(id, before, said), said }
      })
      const news = await newsOf(changes)
      const written = new Set(await contacts.put(news))
      const kept: Contact[] = []
      for (const { after } of news) {
        const id = after.externalUserId
        kept.push(written.has(id) ? after : await merge(id, rows.get(id) ?? []))
      }
      return kept
    },

    /** What WeCom has just taken from us: the member's own tags of the contact. */
    retag: (id: ExternalUserId, member: StaffId, tags: readonly string[]): Promise<Contact> =>
      change(id, (known) => retagFollow(known ?? unknownContact(id), member, tags)),

    /**
     * What one contact event does to the index; with `asking` false, without asking WeCom about it.
     * @throws TencentUnreachable, TencentRefused when the answer is owed and may still come
     */
    async apply(id: ExternalUserId, event: CustomerEvent, asking: boolean): Promise<Contact | null> {
      switch (event.kind) {
        case 'became-contact': {
          const answer = await ask(id, asking)
          const said = answer ? [answer] : []
          const userid = event.userid ?? event.staffId
          await staffDirectory.add([userid], clock.now())
          return change(id, (known) => openFollow(mergeAll(id, known, said), event.staffId, userid, event), said)
        }
        case 'removed-by-customer':
          return change(id, (known) => closeFollow(known ?? unknownContact(id), event.staffId, event.at, 'customer'))
        case 'removed-by-staff': {
          const by = event.byTransfer ? 'transfer' : 'staff'
          const closed = await change(id, (known) => closeFollow(known ?? unknownContact(id), event.staffId, event.at, by))
          if (!event.byTransfer) return closed
          return (await readAgain(id, asking)) ?? closed
        }
        case 'edited-contact':
        case 'contact-transfer-failed':
          return readAgain(id, asking)
        default:
          return null
      }
    },
  }
}

/** Whether this event alone does not tell enough: WeCom is asked about the contact. */
export function asksWeCom(event: CustomerEvent): boolean {
  if (event.kind === 'removed-by-staff') return event.byTransfer
  return event.kind === 'became-contact' || event.kind === 'edited-contact' || event.kind === 'contact-transfer-failed'
}

/** Whether two readings say the same, in whatever order they list the members. */
function sameContact(a: Contact, b: Contact): boolean {
  const plain = ({ externalUserId, name, avatar, unionId, gender, follows }: Contact) =>
    JSON.stringify([externalUserId, name, avatar, unionId, gender ?? null, follows.map(plainFollow).toSorted()])
  return plain(a) === plain(b)
}

function plainFollow({ staffId, userid, since, remark, contactWay, addWay, tags = [], ended }: Follow): string {
  return JSON.stringify([staffId, userid, since, remark, contactWay, addWay, tags.toSorted(), ended && [ended.at, ended.by]])
}

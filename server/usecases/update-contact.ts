import type { CustomerEvent } from '../domain/event.ts'
import { closeFollow, mergeSeen, openFollow, unknownContact, withoutFollows } from '../domain/contact-merge.ts'
import { TencentRefused, TencentUnreachable } from '../domain/errors.ts'
import type { ExternalUserId } from '../domain/ids.ts'
import type { Contact, Follow } from '../domain/person.ts'
import { refusalKind } from '../domain/refusal.ts'
import type { Clock } from '../ports/clock.ts'
import type { ContactAnswer, ContactDirectory, Contacts, Observations } from '../ports/contacts.ts'
import type { Log } from '../ports/log.ts'

export interface UpdateContactDeps {
  contacts: Contacts
  directory: ContactDirectory
  observations: Observations
  clock: Clock
  log: Log
}

export type UpdateContact = ReturnType<typeof createUpdateContact>

/** How our index of contacts changes: by WeCom's answers, and by callbacks, which win over a stale answer. */
export function createUpdateContact(deps: UpdateContactDeps) {
  const { contacts, directory, observations, clock, log } = deps

  /** `readAt` is the version that `put` compares: it always grows. */
  function versioned(before: Contact | null, after: Contact): Contact {
    return { ...after, readAt: new Date(Math.max(clock.now().getTime(), (before?.readAt.getTime() ?? 0) + 1)) }
  }

  async function read(id: ExternalUserId): Promise<ContactAnswer | null> {
    const answer = await directory.read(id)
    if (answer) await observe(answer)
    return answer
  }

  /** null: not to be had for a reason that waiting will not mend, or `anyway` although waiting might. */
  async function ask(id: ExternalUserId, anyway: boolean): Promise<ContactAnswer | null> {
    try {
      return await read(id)
    } catch (error) {
      if (!(error instanceof TencentRefused) && !(error instanceof TencentUnreachable)) throw error
      const mayPass = error instanceof TencentUnreachable || refusalKind(error.errcode) === 'retry-later'
      if (mayPass && !anyway) throw error
      log.warn({ api: error.api, reason: error.message }, 'contact could not be read')
      return null
    }
  }

  async function observe(answer: ContactAnswer): Promise<void> {
    const at = clock.now()
    const key = `contact:${answer.externalUserId}:${at.getTime()}`
    await observations.record([{ key, at, kind: 'contact', content: { ...answer } }])
  }

  /** Compare-and-set until it holds; `change` may run several times. */
  async function change(id: ExternalUserId, next: (known: Contact | null) => Contact): Promise<Contact> {
    for (;;) {
      const before = await contacts.get(id)
      const after = next(before)
      if (before && sameContact(before, after)) return before
      const written = await contacts.put([{ before, after: versioned(before, after) }])
      if (written.length > 0) return after
    }
  }

  async function merge(id: ExternalUserId, answer: ContactAnswer | null): Promise<Contact | null> {
    return answer ? change(id, (known) => mergeSeen(known, answer, clock.now())) : null
  }

  return {
    /**
     * Reads the contact and keeps what WeCom says; a contact that WeCom no longer knows is nobody's any more.
     * null: neither of us knows it. @throws TencentRefused, TencentUnreachable
     */
    async refresh(id: ExternalUserId): Promise<Contact | null> {
      const answer = await read(id)
      if (answer) return merge(id, answer)
      return (await contacts.get(id)) ? change(id, (known) => withoutFollows(known ?? unknownContact(id), clock.now())) : null
    },

    /** Keeps one page of batch/get_by_user; returns the contacts that it changed. */
    async keep(answers: readonly ContactAnswer[]): Promise<readonly Contact[]> {
      const known = await contacts.many(answers.map((answer) => answer.externalUserId))
      const changes = answers.map((answer) => {
        const before = known.get(answer.externalUserId) ?? null
        return { before, after: mergeSeen(before, answer, clock.now()), answer }
      })
      const changed = changes.filter(({ before, after }) => !before || !sameContact(before, after))
      const put = changed.map(({ before, after }) => ({ before, after: versioned(before, after) }))
      const written = new Set(await contacts.put(put))
      const beaten = changed.filter(({ after }) => !written.has(after.externalUserId))
      for (const { answer } of beaten) {
        await change(answer.externalUserId, (now) => mergeSeen(now, answer, clock.now()))
      }
      return changed.map(({ after }) => after)
    },

    /**
     * What one contact event does to the index.
     * @throws TencentUnreachable, TencentRefused when the answer is owed and may still come, unless `anyway`
     */
    async apply(id: ExternalUserId, event: CustomerEvent, anyway: boolean): Promise<Contact | null> {
      switch (event.kind) {
        case 'became-contact': {
          const answer = await ask(id, anyway)
          return change(id, (known) => {
            const seen = answer ? mergeSeen(known, answer, clock.now()) : (known ?? unknownContact(id))
            return openFollow(seen, event.staffId, event.staffId, event)
          })
        }
        case 'removed-by-customer':
          return change(id, (known) => closeFollow(known ?? unknownContact(id), event.staffId, event.at, 'customer'))
        case 'removed-by-staff': {
          const by = event.byTransfer ? 'transfer' : 'staff'
          const closed = await change(id, (known) => closeFollow(known ?? unknownContact(id), event.staffId, event.at, by))
          if (!event.byTransfer) return closed
          return (await merge(id, await ask(id, anyway))) ?? closed
        }
        case 'edited-contact':
        case 'contact-transfer-failed':
          return merge(id, await ask(id, anyway))
        default:
          return null
      }
    },
  }
}

/** Whether two readings say the same, in whatever order they list the members. */
function sameContact(a: Contact, b: Contact): boolean {
  const plain = ({ externalUserId, name, avatar, unionId, follows }: Contact) =>
    JSON.stringify([externalUserId, name, avatar, unionId, follows.map(plainFollow).toSorted()])
  return plain(a) === plain(b)
}

function plainFollow({ staffId, userid, since, remark, contactWay, addWay, ended }: Follow): string {
  return JSON.stringify([staffId, userid, since, remark, contactWay, addWay, ended && [ended.at, ended.by]])
}

import type { CustomerEvent } from '../domain/event.ts'
import { closeFollow, mergeSeen, openFollow, unknownContact } from '../domain/contact-merge.ts'
import { TencentRefused, TencentUnreachable } from '../domain/errors.ts'
import type { ExternalUserId } from '../domain/ids.ts'
import type { Contact } from '../domain/person.ts'
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

export interface ContactChange {
  before: Contact | null
  after: Contact
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

  /** null: not to be had for a reason that waiting will not mend, or `anyway` although WeCom is silent. */
  async function ask(id: ExternalUserId, anyway: boolean): Promise<ContactAnswer | null> {
    try {
      return await read(id)
    } catch (error) {
      const givenUp = error instanceof TencentRefused || (anyway && error instanceof TencentUnreachable)
      if (!givenUp) throw error
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
  async function change(id: ExternalUserId, next: (known: Contact | null) => Contact): Promise<ContactChange> {
    for (;;) {
      const before = await contacts.get(id)
      const after = next(before)
      if (before && sameContact(before, after)) return { before, after }
      const written = await contacts.put([{ before, after: versioned(before, after) }])
      if (written.length > 0) return { before, after }
    }
  }

  async function merge(id: ExternalUserId, answer: ContactAnswer | null): Promise<ContactChange | null> {
    return answer ? change(id, (known) => mergeSeen(known, answer, clock.now())) : null
  }

  return {
    /** Reads the contact and keeps what WeCom says. @throws TencentRefused, TencentUnreachable */
    async refresh(id: ExternalUserId): Promise<ContactChange | null> {
      return merge(id, await read(id))
    },

    /** Keeps one page of batch/get_by_user; returns the contacts that it changed. */
    async keep(answers: readonly ContactAnswer[]): Promise<readonly ContactChange[]> {
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
      return changed
    },

    /** What one contact event does to the index. @throws TencentUnreachable when the answer is owed, unless `anyway` */
    async apply(id: ExternalUserId, event: CustomerEvent, anyway: boolean): Promise<ContactChange | null> {
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
          const merged = await merge(id, await ask(id, anyway))
          return merged ? { before: closed.before, after: merged.after } : closed
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

function sameContact(a: Contact, b: Contact): boolean {
  return JSON.stringify({ ...a, readAt: 0 }) === JSON.stringify({ ...b, readAt: 0 })
}

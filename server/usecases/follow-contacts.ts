import { TencentRefused, TencentUnreachable } from '../domain/errors.ts'
import type { CustomerEvent } from '../domain/event.ts'
import type { ExternalUserId } from '../domain/ids.ts'
import type { Contact } from '../domain/person.ts'
import { isLastTry, type Deferred, type Reading } from './deferral.ts'
import { asksWeCom, type UpdateContact } from './update-contact.ts'

export type FollowContacts = ReturnType<typeof createFollowContacts>

/** Contact callbacks change our index before anything else of their batch is told (A2). */
export function createFollowContacts(deps: { updateContact: UpdateContact }) {
  /** After a few tries the event counts without the answer that it wanted. */
  async function applyInTime(event: ContactEvent, delivery: Reading['delivery'], batch: Batch): Promise<Contact | null> {
    const id = event.who.externalUserId
    try {
      if (batch.silent && asksWeCom(event)) throw batch.silent
      return await deps.updateContact.apply(id, event, true)
    } catch (error) {
      if (error instanceof TencentUnreachable) batch.silent = error
      if (!isOwed(error) || !isLastTry(delivery)) throw error
      return deps.updateContact.apply(id, event, false)
    }
  }

  /**
   * Applies the batch's contact events in order; a busy WeCom defers that delivery only. A silent one is waited for
   * once: what else needs an answer is deferred unasked, and the rest of the inbox goes on.
   */
  return async function followContacts(readings: readonly Reading[], deferred: Deferred): Promise<readonly Contact[]> {
    const batch: Batch = { silent: null }
    const changed = new Map<ExternalUserId, Contact>()
    for (const { delivery, facts } of readings) {
      if (deferred.has(delivery.id)) continue
      try {
        for (const event of contactEvents(facts)) {
          const contact = await applyInTime(event, delivery, batch)
          if (contact) changed.set(contact.externalUserId, contact)
        }
      } catch (error) {
        if (!isOwed(error)) throw error
        deferred.set(delivery.id, error.message)
      }
    }
    return [...changed.values()]
  }
}

/** What one batch learnt about WeCom: the first question that it left open. */
interface Batch {
  silent: TencentUnreachable | null
}

function isOwed(error: unknown): error is TencentUnreachable | TencentRefused {
  return error instanceof TencentUnreachable || error instanceof TencentRefused
}

type ContactEvent = CustomerEvent & { who: { kind: 'external'; externalUserId: ExternalUserId } }

function contactEvents(facts: Reading['facts']): ContactEvent[] {
  return facts.flatMap((fact) => (fact.about === 'customer' && isContactEvent(fact.event) ? [fact.event] : []))
}

function isContactEvent(event: CustomerEvent): event is ContactEvent {
  return event.who.kind === 'external' && event.source === 'wecom'
}

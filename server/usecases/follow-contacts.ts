import { TencentRefused, TencentUnreachable } from '../domain/errors.ts'
import type { CustomerEvent } from '../domain/event.ts'
import type { ExternalUserId } from '../domain/ids.ts'
import type { Contact } from '../domain/person.ts'
import { isLastTry, type Deferred, type Reading } from './deferral.ts'
import type { UpdateContact } from './update-contact.ts'

export type FollowContacts = ReturnType<typeof createFollowContacts>

/** Contact callbacks change our index before anything else of their batch is told (A2). */
export function createFollowContacts(deps: { updateContact: UpdateContact }) {
  /** Applies the batch's contact events in order; a silent or busy WeCom defers that delivery only. */
  return async function followContacts(readings: readonly Reading[], deferred: Deferred): Promise<readonly Contact[]> {
    const changed = new Map<ExternalUserId, Contact>()
    for (const { delivery, facts } of readings) {
      if (deferred.has(delivery.id)) continue
      try {
        for (const event of contactEvents(facts)) {
          const contact = await deps.updateContact.apply(event.who.externalUserId, event, isLastTry(delivery))
          if (contact) changed.set(contact.externalUserId, contact)
        }
      } catch (error) {
        if (!(error instanceof TencentUnreachable) && !(error instanceof TencentRefused)) throw error
        deferred.set(delivery.id, error.message)
      }
    }
    return [...changed.values()]
  }
}

type ContactEvent = CustomerEvent & { who: { kind: 'external'; externalUserId: ExternalUserId } }

function contactEvents(facts: Reading['facts']): ContactEvent[] {
  return facts.flatMap((fact) => (fact.about === 'customer' && isContactEvent(fact.event) ? [fact.event] : []))
}

function isContactEvent(event: CustomerEvent): event is ContactEvent {
  return event.who.kind === 'external' && event.source === 'wecom'
}

import type { CustomerEvent } from '../domain/event.ts'
import { identityKey, type ExternalUserId } from '../domain/ids.ts'
import type { Contacts } from '../ports/contacts.ts'
import type { Live } from '../ports/live.ts'
import type { People } from '../ports/people.ts'
import { externalOf } from './link-identities.ts'

export type ShowCustomers = ReturnType<typeof createShowCustomers>

/** Open sidebars of whoever follows these customers hear that there is something new (F5). */
export function createShowCustomers(deps: { people: People; contacts: Contacts; live: Live }) {
  const { people, contacts, live } = deps

  return async function showCustomers(events: readonly CustomerEvent[]): Promise<void> {
    if (events.length === 0) return
    const persons = await people.find([...new Set(events.map((event) => identityKey(event.who)))])
    const externals = [...persons.values()].map(externalOf).filter((id) => id !== null)
    if (externals.length === 0) return
    const found = await contacts.many([...new Set(externals)] as ExternalUserId[])
    const news = [...found.values()].flatMap(({ externalUserId, follows }) =>
      follows
        .filter(({ ended }) => ended === null)
        .map(({ staffId }) => ({ staffId, kind: 'customer' as const, subject: externalUserId })),
    )
    if (news.length > 0) await live.publish(news)
  }
}

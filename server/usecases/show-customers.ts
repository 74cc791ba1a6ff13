import type { ExternalUserId, IdentityKey } from '../domain/ids.ts'
import type { Person } from '../domain/person.ts'
import type { Contacts } from '../ports/contacts.ts'
import type { Live } from '../ports/live.ts'
import { externalOf } from './link-identities.ts'

export type ShowCustomers = ReturnType<typeof createShowCustomers>

/** Open sidebars of whoever follows these customers hear that there is something new (F5). */
export function createShowCustomers({ live }: { live: Live }) {
  return async function showCustomers(persons: ReadonlyMap<IdentityKey, Person>, contacts: Pick<Contacts, 'many'>): Promise<void> {
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

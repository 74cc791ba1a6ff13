import type { ExternalUserId } from '../domain/ids.ts'
import type { Contact } from '../domain/person.ts'
import type { Contacts } from '../ports/contacts.ts'

/** Contacts as the steps of one batch see them: whoever one step has read, the next ones need not ask for. */
export function readOnce(contacts: Pick<Contacts, 'many'>): Pick<Contacts, 'many'> {
  const known = new Map<ExternalUserId, Contact | null>()
  return {
    async many(ids) {
      const missing = ids.filter((id) => !known.has(id))
      const found = missing.length > 0 ? await contacts.many(missing) : new Map<ExternalUserId, Contact>()
      for (const id of missing) known.set(id, found.get(id) ?? null)
      const all = new Map<ExternalUserId, Contact>()
      for (const id of ids) {
        const contact = known.get(id)
        if (contact) all.set(id, contact)
      }
      return all
    },
  }
}

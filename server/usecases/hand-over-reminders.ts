import { followsNow, ownerOf, type Contact, type OwnerRule } from '../domain/person.ts'
import type { Live } from '../ports/live.ts'
import type { Notes } from '../ports/notes.ts'

/** What is still to ring goes with the customer: whoever lost them has no reminder about them any more, the heir has it. */
export function createHandOverReminders({ notes, live, ownerRule }: { notes: Notes; live: Live; ownerRule: OwnerRule }) {
  return async function handOverReminders(contacts: readonly Contact[]): Promise<void> {
    if (contacts.length === 0) return
    const byId = new Map(contacts.map((contact) => [contact.externalUserId, contact]))
    for (const { id, externalUserId, reminder } of await notes.plannedAbout([...byId.keys()])) {
      const contact = byId.get(externalUserId)
      if (!contact || !reminder || followsNow(contact, reminder.for)) continue
      const heir = ownerOf(contact, ownerRule)
      if (!heir || !(await notes.handOver(id, reminder.for, heir.staffId))) continue
      const concerned = [reminder.for, heir.staffId]
      await live.publish(concerned.map((staffId) => ({ staffId, kind: 'customer' as const, subject: externalUserId })))
    }
  }
}

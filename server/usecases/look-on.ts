import { Denied } from '../domain/errors.ts'
import type { ExternalUserId, StaffId } from '../domain/ids.ts'
import { followsNow, type Contact } from '../domain/person.ts'
import type { Contacts } from '../ports/contacts.ts'
import type { Members } from '../ports/members.ts'
import type { FindMyCustomer } from './find-my-customer.ts'

export interface LookOnDeps {
  contacts: Pick<Contacts, 'get'>
  members: Pick<Members, 'ledBy'>
  findMyCustomer: FindMyCustomer
  managers: readonly StaffId[]
}

export type LookOn = ReturnType<typeof createLookOn>

/** A customer who may be looked at; `team`: null for who follows them, else whom the manager looks over the shoulder of. */
export interface Viewable {
  contact: Contact
  team: readonly StaffId[] | null
}

/** A manager sees what members of the departments they lead see, and can do nothing about it (model.md, E6). */
export function createLookOn({ contacts, members, findMyCustomer, managers }: LookOnDeps) {
  /** @throws Denied (managers-only) */
  async function teamOf(staffId: StaffId): Promise<readonly StaffId[]> {
    if (!managers.includes(staffId)) throw new Denied('managers-only')
    return members.ledBy(staffId)
  }

  return {
    teamOf,
    /** @throws Denied (not-my-customer), TencentRefused */
    async find(staffId: StaffId, id: ExternalUserId): Promise<Viewable> {
      try {
        return { contact: await findMyCustomer(staffId, id), team: null }
      } catch (error) {
        if (!(error instanceof Denied) || !managers.includes(staffId)) throw error
        const [contact, team] = await Promise.all([contacts.get(id), members.ledBy(staffId)])
        if (!contact || !team.some((member) => followsNow(contact, member))) throw error
        return { contact, team }
      }
    },
  }
}

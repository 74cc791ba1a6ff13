import { Denied, TencentRefused, TencentUnreachable } from '../domain/errors.ts'
import type { ExternalUserId, StaffId } from '../domain/ids.ts'
import { everFollowed, followsNow, ownerOf, type Contact, type OwnerRule } from '../domain/person.ts'
import { isOutsideRange, refusalKind } from '../domain/refusal.ts'
import type { Clock } from '../ports/clock.ts'
import type { Contacts } from '../ports/contacts.ts'
import type { StaffDirectory } from '../ports/staff.ts'
import type { KnowRecording } from './recording.ts'
import type { UpdateContact } from './update-contact.ts'

export interface FindMyCustomerDeps {
  contacts: Contacts
  updateContact: UpdateContact
  recording: Pick<KnowRecording, 'ofContact'>
  staffDirectory: StaffDirectory
  /** What the reading changed is told at once: alerts go to whom the customer has now. */
  tellContacts: (contacts: readonly Contact[]) => Promise<void>
  ownerRule: OwnerRule
  clock: Clock
}

export type FindMyCustomer = ReturnType<typeof createFindMyCustomer>

/** Before a "no" the contact is read from WeCom once; that answer holds this long. */
const readAgainAfterMs = 60_000
const mostRemembered = 10_000

/** The contact, for a member who follows it; the server never trusts an external_userid from a page. */
export function createFindMyCustomer(deps: FindMyCustomerDeps) {
  const { contacts, updateContact, staffDirectory, tellContacts, ownerRule, clock } = deps
  const readAt = new Map<ExternalUserId, number>()

  async function readOnce(id: ExternalUserId, known: Contact | null): Promise<void> {
    const now = clock.now().getTime()
    const last = readAt.get(id)
    if (last !== undefined && now - last < readAgainAfterMs) return
    if (readAt.size >= mostRemembered) readAt.clear()
    readAt.set(id, now)
    try {
      const contact = await updateContact.refresh(id)
      if (contact && contact.readAt.getTime() !== known?.readAt.getTime()) await tellContacts([contact])
    } catch (error) {
      if (isPermanent(error)) return
      readAt.delete(id)
      if (!(error instanceof TencentUnreachable)) throw error
    }
  }

  /** The owner's name goes only to somebody who follows, or once followed, the customer. */
  async function refusal(contact: Contact, staffId: StaffId): Promise<Denied> {
    const owner = ownerOf(contact, ownerRule)
    if (!owner || !everFollowed(contact, staffId)) return new Denied('not-my-customer')
    const known = await staffDirectory.get(owner.staffId)
    const own = contact.follows.find((follow) => follow.staffId === staffId)
    const customer = own?.remark?.trim() || contact.name
    return new Denied('not-my-customer', { owner: known?.name ?? owner.userid, ownerId: owner.userid, customer })
  }

  /** @throws Denied (erased; not-my-customer; also for ids nobody knows), TencentRefused (48002: no contact right, 60021: range) */
  return async function findMyCustomer(staffId: StaffId, id: ExternalUserId): Promise<Contact> {
    const known = await contacts.get(id)
    if (known && followsNow(known, staffId)) return known
    await readOnce(id, known)
    const contact = await contacts.get(id)
    if (contact && followsNow(contact, staffId)) return contact
    if (!contact && (await deps.recording.ofContact(id)) === 'erased') throw new Denied('erased')
    throw contact ? await refusal(contact, staffId) : new Denied('not-my-customer')
  }
}

/** About this id, for good; not about what the app may see, which an operator can widen. */
function isPermanent(error: unknown): boolean {
  if (!(error instanceof TencentRefused) || isOutsideRange(error)) return false
  return refusalKind(error.errcode) === 'permanent'
}

import { TencentRefused } from '../domain/errors.ts'
import { staffId, type ExternalUserId } from '../domain/ids.ts'
import type { ContactDirectory, Contacts } from '../ports/contacts.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { StaffDirectory, StaffSignIn } from '../ports/staff.ts'
import { inParallel } from './in-parallel.ts'
import type { ContactChange, UpdateContact } from './update-contact.ts'

export interface SyncContactsDeps {
  directory: ContactDirectory
  contacts: Contacts
  staffDirectory: StaffDirectory
  updateContact: UpdateContact
  signIn: Pick<StaffSignIn, 'nameOf'>
  /** What a changed contact means for people and alerts. */
  onChanges: (changes: readonly ContactChange[]) => Promise<void>
  clock: Clock
  log: Log
}

const membersAtOnce = 100
const namesAtOnce = 4
const mostContactsOfOne = 100_000

/** Reads who follows whom from WeCom: at start, nightly, and at once after an outage (A10, C1). */
export function createSyncContacts(deps: SyncContactsDeps) {
  const { directory, contacts, staffDirectory, updateContact, signIn, onChanges, clock, log } = deps

  /** Names for the sentences and for "whose customer is it"; a member outside the visible range stays without one. */
  async function learnNames(): Promise<void> {
    const nameless = (await staffDirectory.all()).filter((member) => member.name === null)
    await inParallel(namesAtOnce, nameless, async ({ staffId: id, userid }) => {
      const name = await signIn.nameOf(userid)
      if (name) await staffDirectory.setName(id, name)
    })
  }

  async function syncMembers(userids: readonly string[]): Promise<{ seen: Set<ExternalUserId>; count: number }> {
    const seen = new Set<ExternalUserId>()
    let cursor = ''
    do {
      const page = await directory.page(userids, cursor)
      await onChanges(await updateContact.keep(page.contacts))
      for (const { externalUserId } of page.contacts) seen.add(externalUserId)
      cursor = page.nextCursor
    } while (cursor !== '')
    return { seen, count: seen.size }
  }

  /** What our index has and WeCom no longer lists was deleted while we did not hear: read it once more. */
  async function recheckMissing(userid: string, seen: ReadonlySet<ExternalUserId>): Promise<void> {
    const ours = await contacts.followedBy(staffId(userid), mostContactsOfOne)
    for (const { externalUserId } of ours.filter((contact) => !seen.has(contact.externalUserId))) {
      const change = await updateContact.refresh(externalUserId)
      if (change) await onChanges([change])
    }
  }

  /** @returns how many contacts were read. @throws TencentUnreachable; a refusal is logged and ends the run */
  return async function syncContacts(): Promise<{ members: number; contacts: number }> {
    const startedAt = clock.now().getTime()
    let count = 0
    let userids: readonly string[] = []
    try {
      userids = await directory.followUsers()
      await staffDirectory.replaceAll(userids, clock.now())
      await learnNames()
      for (let start = 0; start < userids.length; start += membersAtOnce) {
        const some = userids.slice(start, start + membersAtOnce)
        const read = await syncMembers(some)
        count += read.count
        for (const userid of some) await recheckMissing(userid, read.seen)
      }
    } catch (error) {
      if (!(error instanceof TencentRefused)) throw error
      log.warn({ api: error.api, errcode: error.errcode }, 'contacts could not be read')
    }
    log.info({ members: userids.length, contacts: count, ms: clock.now().getTime() - startedAt }, 'contacts read')
    return { members: userids.length, contacts: count }
  }
}

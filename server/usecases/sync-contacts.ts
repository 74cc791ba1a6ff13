import { TencentRefused } from '../domain/errors.ts'
import { staffId, type ExternalUserId, type StaffId } from '../domain/ids.ts'
import type { Contact } from '../domain/person.ts'
import { refusalKind } from '../domain/refusal.ts'
import type { ContactDirectory, Contacts } from '../ports/contacts.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { StaffDirectory, StaffSignIn } from '../ports/staff.ts'
import { inParallel } from './in-parallel.ts'
import type { UpdateContact } from './update-contact.ts'

export interface SyncContactsDeps {
  directory: ContactDirectory
  contacts: Contacts
  staffDirectory: StaffDirectory
  updateContact: UpdateContact
  signIn: Pick<StaffSignIn, 'nameOf'>
  /** What a changed contact means for people and alerts. */
  onChanges: (changed: readonly Contact[]) => Promise<void>
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

  /** Whom each of these members has, by WeCom's word; page by page, each kept before the next is asked for. */
  async function syncMembers(userids: readonly string[]): Promise<ReadonlyMap<StaffId, Set<ExternalUserId>>> {
    const listed = new Map(userids.map((userid) => [staffId(userid), new Set<ExternalUserId>()]))
    let cursor = ''
    do {
      const page = await directory.page(userids, cursor)
      await onChanges(await updateContact.keep(page.contacts))
      for (const { externalUserId, follows } of page.contacts) {
        for (const follow of follows) listed.get(follow.staffId)?.add(externalUserId)
      }
      cursor = page.nextCursor
    } while (cursor !== '')
    return listed
  }

  /** What our index has and WeCom no longer lists was deleted while we did not hear: read it once more. */
  async function recheckMissing(member: StaffId, listed: ReadonlySet<ExternalUserId>): Promise<void> {
    const ours = await contacts.followedBy(member, mostContactsOfOne)
    for (const { externalUserId } of ours.filter((contact) => !listed.has(contact.externalUserId))) {
      const contact = await updateContact.refresh(externalUserId)
      if (contact) await onChanges([contact])
    }
  }

  /** Members who may no longer have customers. */
  async function recheckFormer(userids: readonly string[]): Promise<void> {
    const present = new Set(userids.map(staffId))
    const former = (await staffDirectory.all()).filter((member) => !present.has(member.staffId))
    for (const member of former) await recheckMissing(member.staffId, new Set())
  }

  /**
   * @returns how many contacts were read.
   * @throws TencentUnreachable, and TencentRefused when it may pass; any other refusal is logged and ends the run
   */
  return async function syncContacts(): Promise<{ members: number; contacts: number }> {
    const startedAt = clock.now().getTime()
    let count = 0
    let userids: readonly string[] = []
    try {
      userids = await directory.followUsers()
      await recheckFormer(userids)
      await staffDirectory.replaceAll(userids, clock.now())
      await learnNames()
      for (let start = 0; start < userids.length; start += membersAtOnce) {
        const some = userids.slice(start, start + membersAtOnce)
        for (const [member, listed] of await syncMembers(some)) {
          count += listed.size
          await recheckMissing(member, listed)
        }
      }
    } catch (error) {
      if (!(error instanceof TencentRefused) || refusalKind(error.errcode) === 'retry-later') throw error
      log.warn({ api: error.api, errcode: error.errcode }, 'contacts could not be read')
    }
    log.info({ members: userids.length, contacts: count, ms: clock.now().getTime() - startedAt }, 'contacts read')
    return { members: userids.length, contacts: count }
  }
}

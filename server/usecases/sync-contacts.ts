import { TencentRefused, TencentUnreachable } from '../domain/errors.ts'
import { staffId, type ExternalUserId, type StaffId } from '../domain/ids.ts'
import type { Contact } from '../domain/person.ts'
import { refusalKind } from '../domain/refusal.ts'
import type { ContactDirectory, Contacts } from '../ports/contacts.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { StaffDirectory } from '../ports/staff.ts'
import type { LearnNames } from './learn-names.ts'
import type { UpdateContact } from './update-contact.ts'

export interface SyncContactsDeps {
  directory: ContactDirectory
  contacts: Contacts
  staffDirectory: StaffDirectory
  updateContact: UpdateContact
  learnNames: LearnNames
  /** What a changed contact means for people and alerts. */
  onChanges: (changed: readonly Contact[]) => Promise<void>
  clock: Clock
  log: Log
}

const membersAtOnce = 100

/** Reads who follows whom from WeCom: at start, nightly, and at once after an outage (A10, C1). */
export function createSyncContacts(deps: SyncContactsDeps) {
  const { directory, contacts, staffDirectory, updateContact, learnNames, onChanges, clock, log } = deps

  /** Whom each of these members has, by WeCom's word; page by page, each kept before the next is asked for. */
  async function readMembers(userids: readonly string[]): Promise<ReadonlyMap<StaffId, Set<ExternalUserId>>> {
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

  /** One member whom WeCom refuses hides nobody else: the question is halved until that member stands alone. */
  async function syncMembers(userids: readonly string[]): Promise<number> {
    try {
      let count = 0
      for (const [member, listed] of await readMembers(userids)) {
        count += listed.size
        await recheckMissing(member, listed)
      }
      return count
    } catch (error) {
      if (!isPermanent(error)) throw error
      if (userids.length === 1) log.warn({ api: error.api, errcode: error.errcode }, 'contacts of one member refused')
      if (userids.length <= 1) return 0
      const half = Math.ceil(userids.length / 2)
      return (await syncMembers(userids.slice(0, half))) + (await syncMembers(userids.slice(half)))
    }
  }

  /**
   * What our index has and WeCom no longer lists was deleted while we did not hear: read it once more.
   * False: of some we heard no answer.
   */
  async function recheckMissing(member: StaffId, listed: ReadonlySet<ExternalUserId>): Promise<boolean> {
    let whole = true
    const ours = await contacts.idsFollowedBy(member)
    for (const id of ours.filter((one) => !listed.has(one))) {
      try {
        const contact = await updateContact.refresh(id)
        if (contact) await onChanges([contact])
      } catch (error) {
        if (!isPermanent(error)) throw error
        log.warn({ api: error.api, errcode: error.errcode }, 'contact could not be read again')
        whole = false
      }
    }
    return whole
  }

  /** Members who may no longer have customers. Who could not be looked at stays in the directory, for the next run. */
  async function recheckFormer(userids: readonly string[]): Promise<void> {
    const present = new Set(userids.map(staffId))
    const former = (await staffDirectory.all()).filter((member) => !present.has(member.staffId))
    const owed: string[] = []
    for (const member of former) {
      if (!(await recheckOrLog(member.staffId))) owed.push(member.userid)
    }
    await staffDirectory.replaceAll([...userids, ...owed], clock.now())
  }

  async function recheckOrLog(member: StaffId): Promise<boolean> {
    try {
      return await recheckMissing(member, new Set())
    } catch (error) {
      if (!(error instanceof TencentRefused) && !(error instanceof TencentUnreachable)) throw error
      log.warn({ api: error.api, code: error.code }, 'contacts of a former member not looked at')
      return false
    }
  }

  /** @throws TencentUnreachable, and TencentRefused when it may pass; any other refusal is logged and ends the reading */
  async function readAll(): Promise<{ members: number; contacts: number }> {
    const read = { members: 0, contacts: 0 }
    try {
      const userids = await directory.followUsers()
      await staffDirectory.add(userids, clock.now())
      for (let start = 0; start < userids.length; start += membersAtOnce) {
        read.contacts += await syncMembers(userids.slice(start, start + membersAtOnce))
      }
      read.members = userids.length
      await recheckFormer(userids)
    } catch (error) {
      if (!(error instanceof TencentRefused) || refusalKind(error.errcode) === 'retry-later') throw error
      log.warn({ api: error.api, errcode: error.errcode }, 'contacts could not be read')
    }
    return read
  }

  /**
   * Names come last: nothing else waits for them.
   * @returns how many contacts were read. @throws TencentUnreachable, and TencentRefused when it may pass
   */
  return async function syncContacts(): Promise<{ members: number; contacts: number }> {
    const startedAt = clock.now().getTime()
    const read = await readAll()
    await learnNames.ofNameless()
    log.info({ ...read, ms: clock.now().getTime() - startedAt }, 'contacts read')
    return read
  }
}

function isPermanent(error: unknown): error is TencentRefused {
  return error instanceof TencentRefused && refusalKind(error.errcode) === 'permanent'
}

import { TencentRefused, TencentUnreachable } from '../domain/errors.ts'
import { staffId, type ExternalUserId, type StaffId } from '../domain/ids.ts'
import type { Contact } from '../domain/person.ts'
import { refusalKind } from '../domain/refusal.ts'
import type { ContactAnswer, ContactDirectory, Contacts } from '../ports/contacts.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { StaffDirectory } from '../ports/staff.ts'
import { inParallelToTheEnd } from './in-parallel.ts'
import type { LearnNames } from './learn-names.ts'
import { looseStageRun, type StageRun } from './sync-stage.ts'
import type { UpdateContact } from './update-contact.ts'

export interface SyncContactsDeps {
  directory: ContactDirectory
  contacts: Contacts
  staffDirectory: StaffDirectory
  updateContact: UpdateContact
  learnNames: Pick<LearnNames, 'ofNameless'>
  /** What a changed contact means for people and alerts. */
  onChanges: (changed: readonly Contact[]) => Promise<void>
  clock: Clock
  log: Log
}

/** Who has whom, by WeCom's word. */
type Listed = Map<StaffId, Set<ExternalUserId>>

/** What one question may name. */
const mostMembersAPart = 100
const fewestMembersAPart = 20
const partsAtOnce = 3
/** Enough for a guess of the total. */
const membersCounted = 10
/** Part of the checkpoint that names the members of this run. */
const membersPart = 'members'

/** Reads who follows whom from WeCom: at start, nightly, and at once after an outage (A10, C1). */
export function createSyncContacts(deps: SyncContactsDeps) {
  const { directory, contacts, staffDirectory, updateContact, learnNames, onChanges, clock, log } = deps

  /** Whom each of these members has; page by page, each kept and noted before the next is asked for. */
  async function readMembers(userids: readonly string[], part: string, run: StageRun): Promise<Listed> {
    const listed: Listed = new Map(userids.map((userid) => [staffId(userid), new Set<ExternalUserId>()]))
    const before = await run.pages(part)
    for (const page of before) {
      run.count(addTo(listed, page.listed), page.changed)
    }
    let cursor = before.at(-1)?.cursor ?? ''
    if (before.length > 0 && cursor === '') return listed
    let number = before.length
    do {
      const page = await directory.page(userids, cursor)
      const changed = await updateContact.keep(page.contacts)
      await onChanges(changed)
      const rows = rowsOf(page.contacts)
      await run.addPage(part, { number: number++, cursor: page.nextCursor, listed: rows, changed: changed.length })
      run.count(addTo(listed, rows), changed.length)
      cursor = page.nextCursor
    } while (cursor !== '')
    return listed
  }

  /** A cursor of before a restart may be none any more (50100): then the part begins anew. */
  async function readPart(userids: readonly string[], part: string, run: StageRun): Promise<Listed> {
    try {
      return await readMembers(userids, part, run)
    } catch (error) {
      if (!(error instanceof TencentRefused) || error.errcode !== 50100) throw error
      await run.dropPart(part)
      return await readMembers(userids, part, run)
    }
  }

  /** One member whom WeCom refuses hides nobody else: the question is halved until that member stands alone. */
  async function syncMembers(userids: readonly string[], part: string, run: StageRun): Promise<number> {
    try {
      let count = 0
      for (const [member, listed] of await readPart(userids, part, run)) {
        count += listed.size
        await recheckMissing(member, listed)
      }
      return count
    } catch (error) {
      if (!isPermanent(error)) throw error
      if (userids.length === 1) log.warn({ api: error.api, errcode: error.errcode }, 'contacts of one member refused')
      if (userids.length === 1) run.refuse(error, userids[0] ?? null)
      if (userids.length <= 1) return 0
      await run.dropPart(part)
      const half = Math.ceil(userids.length / 2)
      const first = await syncMembers(userids.slice(0, half), `${part}a`, run)
      return first + (await syncMembers(userids.slice(half), `${part}b`, run))
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

  /** Asked once a run: after a restart the parts are the same. */
  async function membersOf(run: StageRun): Promise<readonly string[]> {
    const [known] = await run.pages(membersPart)
    if (known) return known.listed
    const userids = await directory.followUsers()
    await run.addPage(membersPart, { number: 0, cursor: '', listed: userids, changed: 0 })
    return userids
  }

  /** From a few members whose customers are counted: whoever watches wants to know how long it takes. */
  async function guessTotal(userids: readonly string[], run: StageRun): Promise<void> {
    if (!run.wantsTotal() || userids.length === 0) return
    const step = Math.max(1, Math.floor(userids.length / membersCounted))
    const some = userids.filter((_, index) => index % step === 0).slice(0, membersCounted)
    try {
      const counts = await inParallelToTheEnd(partsAtOnce, some, (userid) => directory.countOf(userid))
      run.expect(Math.round((counts.reduce((sum, count) => sum + count, 0) / some.length) * userids.length))
    } catch (error) {
      if (!(error instanceof TencentRefused)) throw error
      log.info({ api: error.api, errcode: error.errcode }, 'how many contacts there are is not known')
    }
  }

  /** @throws TencentUnreachable, and TencentRefused when it may pass; any other refusal is noted and ends the reading */
  async function readAll(run: StageRun): Promise<{ members: number; contacts: number }> {
    const read = { members: 0, contacts: 0 }
    try {
      const userids = await membersOf(run)
      await staffDirectory.add(userids, clock.now())
      await guessTotal(userids, run)
      const counts = await inParallelToTheEnd(partsAtOnce, partsOf(userids), ([part, members]) => syncMembers(members, part, run))
      read.contacts = counts.reduce((sum, count) => sum + count, 0)
      read.members = userids.length
      await recheckFormer(userids)
    } catch (error) {
      if (!(error instanceof TencentRefused) || refusalKind(error.errcode) === 'retry-later') throw error
      log.warn({ api: error.api, errcode: error.errcode }, 'contacts could not be read')
      run.refuse(error, null)
    }
    return read
  }

  /**
   * Names come last: nothing else waits for them.
   * @returns how many contacts were read. @throws TencentUnreachable, and TencentRefused when it may pass
   */
  return async function syncContacts(run = looseStageRun(clock.now())): Promise<{ members: number; contacts: number }> {
    const startedAt = clock.now().getTime()
    const read = await readAll(run)
    await learnNames.ofNameless()
    log.info({ ...read, ms: clock.now().getTime() - startedAt }, 'contacts read')
    return read
  }
}

/** As many parts in every round as are read at once; none larger than one question may be. */
function partsOf(userids: readonly string[]): [string, readonly string[]][] {
  const rounds = Math.max(1, Math.ceil(userids.length / (partsAtOnce * mostMembersAPart)))
  const size = Math.max(fewestMembersAPart, Math.ceil(userids.length / (partsAtOnce * rounds)))
  return Array.from({ length: Math.ceil(userids.length / size) }, (_, index) => [
    String(index),
    userids.slice(index * size, (index + 1) * size),
  ])
}

/** `mei wmA wmB`: a member's row of one page, as the checkpoint keeps it. Neither id can hold a space. */
function rowsOf(answers: readonly ContactAnswer[]): string[] {
  const rows = new Map<StaffId, ExternalUserId[]>()
  for (const { externalUserId, follows } of answers) {
    for (const follow of follows) rows.set(follow.staffId, [...(rows.get(follow.staffId) ?? []), externalUserId])
  }
  return [...rows].map(([member, ids]) => [member, ...ids].join(' '))
}

/** How many were listed. */
function addTo(listed: Listed, rows: readonly string[]): number {
  let count = 0
  for (const row of rows) {
    const [member, ...ids] = row.split(' ')
    const theirs = listed.get(member as StaffId)
    for (const id of ids) theirs?.add(id as ExternalUserId)
    count += ids.length
  }
  return count
}

function isPermanent(error: unknown): error is TencentRefused {
  return error instanceof TencentRefused && refusalKind(error.errcode) === 'permanent'
}

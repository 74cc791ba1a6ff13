import { TencentRefused } from '../domain/errors.ts'
import type { StaffId } from '../domain/ids.ts'
import { refusalKind } from '../domain/refusal.ts'
import type { CompanyDirectory, Member, Members } from '../ports/members.ts'
import type { StaffDirectory } from '../ports/staff.ts'
import { inParallelToTheEnd } from './in-parallel.ts'
import type { LearnNames } from './learn-names.ts'
import type { StageRun } from './sync-stage.ts'

export interface SyncMembersDeps {
  companyDirectory: CompanyDirectory
  members: Members
  staffDirectory: StaffDirectory
  learnNames: Pick<LearnNames, 'ofNameless'>
}

const askedAtOnce = 3
const part = 'departments'

/**
 * Members and departments, as far as the app's visible range allows (A10). A department that is refused hides no other;
 * but then nobody is taken to have gone.
 */
export function createSyncMembers({ companyDirectory, members, staffDirectory, learnNames }: SyncMembersDeps) {
  /** Null: WeCom does not show us these. */
  async function allowed<Answer>(run: StageRun, about: string | null, ask: () => Promise<Answer>): Promise<Answer | null> {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof TencentRefused) || refusalKind(error.errcode) === 'retry-later') throw error
      if (about === null || refusalKind(error.errcode) === 'configuration') throw error
      run.refuse(error, about)
      return null
    }
  }

  async function keep(list: readonly Member[], run: StageRun): Promise<number> {
    const changed = await members.put(list)
    run.count(list.length, changed)
    return changed
  }

  /** One department a page; userids of those that were read, and whether all could be. */
  async function readDepartments(ids: readonly number[], run: StageRun): Promise<{ listed: Set<StaffId>; whole: boolean }> {
    const listed = new Set<StaffId>()
    const before = await run.pages(part)
    for (const page of before) {
      for (const id of page.listed) listed.add(id as StaffId)
      run.count(page.listed.length, page.changed)
    }
    const done = new Set(before.map(({ number }) => number))
    let whole = true
    await inParallelToTheEnd(askedAtOnce, ids.filter((id) => !done.has(id)), async (id) => {
      const list = await allowed(run, `department ${id}`, () => companyDirectory.membersOf(id))
      if (list === null) return void (whole = false)
      const changed = await keep(list, run)
      const staffIds = list.map(({ staffId }) => staffId)
      await run.addPage(part, { number: id, cursor: '', listed: staffIds, changed })
      for (const staffId of staffIds) listed.add(staffId)
    })
    return { listed, whole }
  }

  /** Members with customers who stand in no visible department may be visible one by one. */
  async function readSingles(listed: Set<StaffId>, run: StageRun): Promise<void> {
    const singles = (await staffDirectory.all()).filter(({ staffId }) => !listed.has(staffId))
    await inParallelToTheEnd(askedAtOnce, singles, async ({ userid }) => {
      const member = await allowed(run, userid, () => companyDirectory.member(userid))
      if (!member) return
      await keep([member], run)
      listed.add(member.staffId)
    })
  }

  /** Names of those who have customers, where the directory knows better. */
  async function nameStaff(): Promise<void> {
    const staff = await staffDirectory.all()
    const known = await members.many(staff.map(({ staffId }) => staffId))
    for (const { staffId, name } of staff) {
      const told = known.get(staffId)?.name
      if (told && told !== name) await staffDirectory.setName(staffId, told)
    }
  }

  async function readAll(run: StageRun): Promise<void> {
    const departments = await companyDirectory.departments()
    await members.putDepartments(departments)
    const ids = departments.map(({ id }) => id)
    const { listed, whole } = await readDepartments(ids, run)
    await readSingles(listed, run)
    await nameStaff()
    if (!whole) return
    await members.keepOnlyDepartments(ids)
    await members.keepOnly([...listed])
  }

  /** @throws TencentUnreachable, and TencentRefused when it may pass; any other refusal is noted and ends the reading */
  return async function syncMembers(run: StageRun): Promise<void> {
    try {
      await readAll(run)
    } catch (error) {
      if (!(error instanceof TencentRefused) || refusalKind(error.errcode) === 'retry-later') throw error
      run.refuse(error, null)
    }
    await learnNames.ofNameless()
  }
}

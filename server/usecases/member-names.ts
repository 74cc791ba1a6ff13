import type { StaffId } from '../domain/ids.ts'
import type { StaffDirectory } from '../ports/staff.ts'

/** What these members are called: the name, else the userid as WeCom spells it, else the id. */
export async function namesOf(directory: Pick<StaffDirectory, 'get'>, ids: readonly StaffId[]): Promise<ReadonlyMap<StaffId, string>> {
  const known = [...new Set(ids)].map(async (id) => {
    const member = await directory.get(id)
    return [id, member?.name ?? member?.userid ?? id] as const
  })
  return new Map(await Promise.all(known))
}

import { z } from 'zod'
import { TencentRefused } from '../../domain/errors.ts'
import { staffId } from '../../domain/ids.ts'
import { isOutsideRange, refusalKind } from '../../domain/refusal.ts'
import type { CompanyDirectory, Department, Member } from '../../ports/members.ts'
import type { TencentApi } from '../tencent/api.ts'
import { optionalText, whole } from '../tencent/words.ts'

const numbers = z.array(whole).nullish()
const texts = z.array(z.string()).nullish()
const department = z.object({ id: whole, name: optionalText, parentid: whole.nullish(), department_leader: texts })
const departmentList = z.object({ department: z.array(department).nullish() })
const departmentIds = z.object({ department_id: z.array(z.object({ id: whole })).nullish() })
const oneDepartment = z.object({ department })
const member = z.object({
  userid: z.string().min(1),
  name: optionalText,
  department: numbers,
  is_leader_in_dept: numbers,
  status: whole.nullish(),
})
const userList = z.object({ userlist: z.array(member).nullish() })

const tooLarge = 45029
const noSuchMember = 60111
/** WeCom's word for a member who has left the company (document/path/90196). */
const left = 5

/** Members and departments as the app sees them; `api` under the app's own secret (document/path/90208, 95350, 90201). */
export function weComDirectory({ api }: { api: TencentApi }): CompanyDirectory {
  /** Where the whole list is too large for one answer: their ids, then one after the other, as the manual prefers. */
  async function oneByOne(): Promise<readonly Department[]> {
    const { department_id: ids } = await api.get('/cgi-bin/department/simplelist', {}, departmentIds)
    const departments: Department[] = []
    for (const { id } of ids ?? []) {
      const answer = await api.get('/cgi-bin/department/get', { id: String(id) }, oneDepartment)
      departments.push(toDepartment(answer.department))
    }
    return departments
  }

  return {
    async departments() {
      try {
        const answer = await api.get('/cgi-bin/department/list', {}, departmentList)
        return (answer.department ?? []).map(toDepartment)
      } catch (error) {
        if (!isRefusal(error) || error.errcode !== tooLarge) throw error
        return oneByOne()
      }
    },

    /** user/list tells leaders too; where it is refused or too large, user/simplelist tells at least who there is. */
    async membersOf(departmentId) {
      const query = { department_id: String(departmentId) }
      try {
        return toMembers(await api.get('/cgi-bin/user/list', query, userList))
      } catch (error) {
        if (!isRefusal(error) || (error.errcode !== tooLarge && refusalKind(error.errcode) === 'retry-later')) throw error
        if (isOutsideRange(error)) throw error
        return toMembers(await api.get('/cgi-bin/user/simplelist', query, userList))
      }
    },

    async member(userid) {
      try {
        return toMember(await api.get('/cgi-bin/user/get', { userid }, member))
      } catch (error) {
        if (isRefusal(error) && (error.errcode === noSuchMember || isOutsideRange(error))) return null
        throw error
      }
    },
  }
}

function isRefusal(error: unknown): error is TencentRefused {
  return error instanceof TencentRefused
}

function toDepartment({ id, name, parentid, department_leader: leaders }: z.infer<typeof department>): Department {
  return { id, name, parentId: parentid ?? 0, leaders: (leaders ?? []).map(staffId) }
}

function toMembers({ userlist }: z.infer<typeof userList>): readonly Member[] {
  return (userlist ?? []).filter(({ status }) => status !== left).map(toMember)
}

/** `is_leader_in_dept` is a list beside `department`, place by place (document/path/90196). */
function toMember({ userid, name, department: departments, is_leader_in_dept: flags }: z.infer<typeof member>): Member {
  const own = departments ?? []
  return { staffId: staffId(userid), userid, name, departments: own, leads: own.filter((_, place) => flags?.[place] === 1) }
}

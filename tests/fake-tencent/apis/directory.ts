import { z } from 'zod'
import { getApi, Refusal, type Api, type Desk } from '../api.ts'
import { consoleOf } from '../console.ts'
import { customerBy, staffOf, type StaffRecord } from '../world.ts'
import { useCode } from './oauth.ts'

const none = z.strictObject({})
const id = z.string().regex(/^\d+$/)

/** The member behind a code, or the visitor who is none. Source: document/path/91023. */
const getUserInfo = getApi(['agent'], z.strictObject({ code: z.string() }), (desk, { query }) => {
  const { actor } = useCode(desk, 'corp', query.code, { unknown: 40029, used: 42022, expired: 42003 })
  const [kind, name = ''] = actor.split(':')
  if (kind === 'staff') return { userid: staffOf(desk.world, name)?.userid }
  const customer = customerBy(desk.world, (one) => one.id === name)
  const follows = desk.world.follows.some((one) => one.externalUserId === customer?.externalUserId && !one.endedBy)
  return {
    openid: customer?.openIds.account,
    ...(follows ? { external_userid: customer?.externalUserId } : {}),
  }
})

const userGet = getApi(['agent', 'contact'], z.strictObject({ userid: z.string() }), (desk, { query }) => {
  const staff = staffOf(desk.world, query.userid)
  if (!staff) throw new Refusal(60111, 'userid not found')
  if (!staff.inVisibleRange) throw new Refusal(60011, 'no privilege to access/modify contact/party/agent')
  return fullRow(desk, staff)
})

function fullRow(desk: Desk, staff: StaffRecord) {
  const leads = staff.departments.map((one) =>
    desk.world.departments.find(({ id: other }) => other === one)?.leaders.includes(staff.userid) ? 1 : 0,
  )
  return {
    userid: staff.userid,
    name: staff.name,
    department: staff.departments,
    order: staff.departments.map(() => 0),
    position: '',
    is_leader_in_dept: leads,
    direct_leader: [],
    main_department: staff.departments[0],
    status: 1,
  }
}

/** The app's own settings. Source: document/path/90227. */
const agentGet = getApi(['agent'], z.strictObject({ agentid: id }), (desk, { query }) => {
  if (Number(query.agentid) !== desk.brand.agentId) throw new Refusal(301002, 'not allow operate another agent with this accesstoken', true)
  const { closed, trustedDomain = desk.publicHost() } = consoleOf(desk.world)
  const seen = Object.values(desk.world.staff).filter((one) => one.inVisibleRange)
  return {
    agentid: desk.brand.agentId,
    name: '线索动态',
    square_logo_url: '',
    description: '',
    allow_userinfos: { user: seen.map(({ userid }) => ({ userid })) },
    allow_partys: { partyid: [] },
    allow_tags: { tagid: [] },
    close: closed ? 1 : 0,
    redirect_domain: trustedDomain ?? '',
    report_location_flag: 0,
    isreportenter: 0,
    home_url: '',
    customized_publish_status: 1,
  }
})

const inDepartment = z.strictObject({ department_id: id })

function members(desk: Desk, department: string): StaffRecord[] {
  return Object.values(desk.world.staff).filter(
    (one) => one.inVisibleRange && one.departments.includes(Number(department)),
  )
}

function departmentsBelow(desk: Desk, root: string | undefined) {
  const all = desk.world.departments
  if (root === undefined) return all
  const wanted = new Set([Number(root)])
  for (const one of all) if (wanted.has(one.parentid)) wanted.add(one.id)
  return all.filter((one) => wanted.has(one.id))
}

const optionalId = z.strictObject({ id: id.optional() })
const listed = (one: { id: number; name: string; parentid: number; leaders: string[] }) => ({
  id: one.id,
  name: one.name,
  name_en: '',
  department_leader: one.leaders,
  parentid: one.parentid,
  order: 1,
})

export const directory: Record<string, Api> = {
  '/cgi-bin/auth/getuserinfo': getUserInfo,
  '/cgi-bin/agent/get': agentGet,
  '/cgi-bin/user/get': userGet,
  '/cgi-bin/user/simplelist': getApi(['agent', 'contact'], inDepartment, (desk, { query }) => ({
    userlist: members(desk, query.department_id).map(({ userid, name, departments }) => ({
      userid,
      name,
      department: departments,
    })),
  })),
  '/cgi-bin/user/list': getApi(['agent', 'contact'], inDepartment, (desk, { query }) => ({
    userlist: members(desk, query.department_id).map((one) => fullRow(desk, one)),
  })),
  '/cgi-bin/department/simplelist': getApi(['agent', 'contact'], optionalId, (desk, { query }) => ({
    department_id: departmentsBelow(desk, query.id).map((one) => ({ id: one.id, parentid: one.parentid, order: 1 })),
  })),
  '/cgi-bin/department/list': getApi(['agent', 'contact'], optionalId, (desk, { query }) => ({
    department: departmentsBelow(desk, query.id).map(listed),
  })),
  '/cgi-bin/department/get': getApi(['agent', 'contact'], z.strictObject({ id }), (desk, { query }) => {
    const found = desk.world.departments.find((one) => one.id === Number(query.id))
    if (!found) throw new Refusal(60003, 'department not found')
    return { department: listed(found) }
  }),
  '/cgi-bin/externalcontact/get_follow_user_list': getApi(['agent', 'contact'], none, (desk) => ({
    follow_user: Object.values(desk.world.staff)
      .filter((one) => one.contacts && one.inVisibleRange)
      .map((one) => one.userid),
  })),
}

import { staffRecord } from './roster.ts'
import type { CustomerRecord, FollowRecord, World } from './world.ts'

/** Customers and followers whom nobody plays: made when they are asked for, so that a hundred thousand cost nothing. */
export interface CrowdRecord {
  /** userids of the members among whom the contacts are dealt out, one after the other. */
  members: string[]
  contacts: number
  followers: number
  /** Followers who left, by number. */
  gone: number[]
  /** Contacts whose name has changed, by number. */
  renamed: Record<string, string>
}

/** How large; contacts and followers of the same number are the same person. */
export interface Crowd {
  members: number
  contacts: number
  followers?: number
}

const mostDepartments = 20
const membersEach = 5
const firstDepartment = 1001
/** When the whole crowd followed and was added: long ago. */
const sinceMs = Date.parse('2025-01-05T10:00:00+08:00')

/** Makes the crowd, or makes it larger. Its members stand in up to twenty stores, each led by the first who is in it. */
export function fillCrowd(world: World, { members, contacts, followers = 0 }: Crowd): CrowdRecord {
  const userids = Array.from({ length: members }, (_, index) => `crowd${number(index, 4)}`)
  const departments = Math.min(mostDepartments, Math.ceil(members / membersEach))
  for (const [index, userid] of userids.entries()) {
    staffRecord(world, userid, { name: `导购${index}`, departments: [firstDepartment + (index % departments)] })
  }
  for (let index = 0; index < departments; index += 1) {
    const id = firstDepartment + index
    if (!world.departments.some((one) => one.id === id)) {
      world.departments.push({ id, name: `${index} 号店`, parentid: 1, leaders: [userids[index] ?? ''] })
    }
  }
  world.crowd = { gone: [], renamed: {}, ...world.crowd, members: userids, contacts, followers }
  return world.crowd
}

/** How many contacts these members have in all, and any stretch of them, member by member. */
export function crowdFollows(world: World, userids: readonly string[]): { count: number; slice(from: number, until: number): FollowRecord[] } {
  const { crowd } = world
  if (!crowd) return { count: 0, slice: () => [] }
  const wanted = userids.map((one) => crowd.members.indexOf(one)).filter((index) => index >= 0)
  const counts = wanted.map((index) => countOf(crowd, index))
  return {
    count: counts.reduce((sum, count) => sum + count, 0),
    slice(from, until) {
      const rows: FollowRecord[] = []
      let before = 0
      for (const [place, index] of wanted.entries()) {
        const count = counts[place] ?? 0
        const first = Math.max(from - before, 0)
        const last = Math.min(until - before, count)
        for (let one = first; one < last; one += 1) rows.push(followOf(crowd, index, one))
        before += count
      }
      return rows
    },
  }
}

function countOf(crowd: CrowdRecord, member: number): number {
  return Math.max(0, Math.ceil((crowd.contacts - member) / crowd.members.length))
}

function followOf(crowd: CrowdRecord, member: number, one: number): FollowRecord {
  const contact = member + one * crowd.members.length
  return { userid: crowd.members[member] ?? '', externalUserId: externalId(contact), createdAtMs: sinceMs, state: null, addWay: 1, remark: '', endedBy: null }
}

/** The members who have this contact of the crowd. */
export function crowdFollowsOf(world: World, externalUserId: string): FollowRecord[] {
  const contact = numberIn(externalUserId, 'wmcrowd')
  const { crowd } = world
  if (!crowd || contact === null || contact >= crowd.contacts) return []
  return [followOf(crowd, contact % crowd.members.length, Math.floor(contact / crowd.members.length))]
}

/** The person behind an external_userid or openid of the crowd. */
export function crowdCustomer(world: World, id: string): CustomerRecord | null {
  const { crowd } = world
  const index = numberIn(id, 'wmcrowd') ?? numberIn(id, 'oAcrowd')
  if (!crowd || index === null || index >= Math.max(crowd.contacts, crowd.followers)) return null
  return {
    id: `crowd ${index}`,
    name: crowd.renamed[index] ?? `客户${index}`,
    unionId: `oUcrowd${number(index, 21)}`,
    externalUserId: externalId(index),
    openIds: { account: openId(index), miniProgram: `oMcrowd${number(index, 21)}`, shop: `oPcrowd${number(index, 21)}` },
    follows: index < crowd.followers && !crowd.gone.includes(index),
    followedAtMs: sinceMs,
    followScene: '',
    snapshot: false,
  }
}

/** openids of the crowd's followers after this one (null: all), at most so many. */
export function crowdOpenIds(world: World, after: string | null, limit: number): string[] {
  const { crowd } = world
  if (!crowd) return []
  const gone = new Set(crowd.gone)
  const openIds: string[] = []
  const start = after === null ? 0 : (numberIn(after, 'oAcrowd') ?? -1) + 1
  for (let index = start; index < crowd.followers && openIds.length < limit; index += 1) {
    if (!gone.has(index)) openIds.push(openId(index))
  }
  return openIds
}

function externalId(index: number): string {
  return `wmcrowd${number(index, 25)}`
}

function openId(index: number): string {
  return `oAcrowd${number(index, 21)}`
}

function number(index: number, digits: number): string {
  return String(index).padStart(digits, '0')
}

function numberIn(id: string, prefix: string): number | null {
  return id.startsWith(prefix) ? Number(id.slice(prefix.length)) : null
}

import { z } from 'zod'
import { getApi, postApi, Refusal, type Api, type Desk } from '../api.ts'
import { consoleOf } from '../console.ts'
import { crowdCustomer, crowdFollows, crowdFollowsOf } from '../crowd.ts'
import { customerBy, staffOf, unionIdOf, type CustomerRecord, type FollowRecord } from '../world.ts'

const tokens = ['agent', 'contact'] as const

/** Present relations as WeCom lists them: a customer who deleted the member is listed still (document/path/92114). */
function listed(desk: Desk, follow: FollowRecord): boolean {
  if (desk.world.listsDeleted) return true
  return follow.endedBy !== 'staff' && staffOf(desk.world, follow.userid)?.inVisibleRange === true
}

function contactRow(desk: Desk, customer: CustomerRecord) {
  const unionid = consoleOf(desk.world).companyBound ? unionIdOf(desk.world, customer) : null
  return {
    external_userid: customer.externalUserId,
    name: customer.name,
    type: 1,
    gender: customer.gender ?? 0,
    ...(unionid ? { unionid } : {}),
  }
}

function followHead(follow: FollowRecord) {
  return {
    userid: follow.userid,
    remark: follow.remark ?? '',
    description: '',
    createtime: Math.floor(follow.createdAtMs / 1000),
    remark_mobiles: [],
    oper_userid: follow.userid,
    add_way: follow.addWay,
    ...(follow.state === null ? {} : { state: follow.state }),
  }
}

/** Corp tags as `get` names them: with group, name and id, type 1. */
function tagsOf(desk: Desk, { tags = [] }: FollowRecord) {
  const known = (desk.world.tagGroups ?? []).flatMap((group) => group.tags.map((tag) => ({ group_name: group.name, tag_name: tag.name, tag_id: tag.id, type: 1 })))
  return known.filter(({ tag_id }) => tags.includes(tag_id))
}

const oneContact = z.strictObject({ external_userid: z.string().min(1), cursor: z.string().optional() })

/** Source: document/path/92114. */
const get = getApi(tokens, oneContact, (desk, { query }) => {
  const id = query.external_userid
  const customer = crowdCustomer(desk.world, id) ?? customerBy(desk.world, (one) => one.externalUserId === id)
  const own = desk.world.follows.filter((one) => one.externalUserId === id)
  const follows = [...own, ...crowdFollowsOf(desk.world, id)].filter((one) => listed(desk, one))
  if (!customer || follows.length === 0) throw new Refusal(84061, 'not external contact')
  return {
    external_contact: contactRow(desk, customer),
    follow_user: follows.map((one) => ({ ...followHead(one), tags: tagsOf(desk, one) })),
  }
})

const page = z.strictObject({
  userid_list: z.array(z.string().min(1)).min(1).max(100),
  cursor: z.string().optional(),
  limit: z.number().int().min(1).max(100).optional(),
})

/** Paged by an offset that only we can read. Source: document/path/92994. */
const batch = postApi(tokens, z.strictObject({}), page, (desk, { body }) => {
  const wanted = new Set(body.userid_list.map((one) => one.toLowerCase()))
  const rows = desk.world.follows.filter((one) => wanted.has(one.userid.toLowerCase()) && listed(desk, one))
  const from = offsetOf(body.cursor ?? '')
  const until = from + (body.limit ?? 50)
  const crowd = crowdFollows(desk.world, body.userid_list)
  const follows = [...rows.slice(from, until), ...crowd.slice(Math.max(from - rows.length, 0), Math.max(until - rows.length, 0))]
  return {
    external_contact_list: follows.map((follow) => ({
      external_contact: contactRow(desk, customerOf(desk, follow)),
      follow_info: { ...followHead(follow), tag_id: follow.tags ?? [] },
    })),
    next_cursor: until < rows.length + crowd.count ? Buffer.from(`from:${until}`).toString('base64url') : '',
  }
})

function offsetOf(cursor: string): number {
  if (cursor === '') return 0
  const match = /^from:(\d+)$/.exec(Buffer.from(cursor, 'base64url').toString())
  if (!match) throw new Refusal(50100, 'invalid cursor', true)
  return Number(match[1])
}

function customerOf(desk: Desk, follow: FollowRecord): CustomerRecord {
  const found = crowdCustomer(desk.world, follow.externalUserId) ?? customerBy(desk.world, (one) => one.externalUserId === follow.externalUserId)
  if (!found) throw new Refusal(-1, 'system busy')
  return found
}

const list = getApi(tokens, z.strictObject({ userid: z.string().min(1) }), (desk, { query }) => {
  const rows = desk.world.follows.filter(
    (one) => one.userid.toLowerCase() === query.userid.toLowerCase() && listed(desk, one),
  )
  const crowd = crowdFollows(desk.world, [query.userid])
  const all = [...rows, ...crowd.slice(0, crowd.count)]
  if (all.length === 0) throw new Refusal(84061, 'not external contact')
  return { external_userid: all.map((one) => one.externalUserId) }
})

const tagFilter = z.strictObject({ tag_id: z.array(z.string()).optional(), group_id: z.array(z.string()).optional() })

/** Both filters empty: all; group_id wins. Source: document/path/92117. */
const corpTags = postApi(tokens, z.strictObject({}), tagFilter, (desk, { body }) => {
  const groups = desk.world.tagGroups ?? []
  const { group_id: groupIds = [], tag_id: tagIds = [] } = body
  const inGroups = groupIds.length > 0 ? groups.filter(({ id }) => groupIds.includes(id)) : groups
  const wanted = (tagId: string) => groupIds.length > 0 || tagIds.length === 0 || tagIds.includes(tagId)
  return {
    tag_group: inGroups.map(({ id, name, order, tags }) => ({
      group_id: id,
      group_name: name,
      create_time: 1557838797,
      order,
      tag: tags.filter((one) => wanted(one.id)).map((one) => ({ ...one, create_time: 1557838797 })),
    })),
  }
})

const marking = z.strictObject({
  userid: z.string().min(1),
  external_userid: z.string().min(1),
  add_tag: z.array(z.string().min(1)).min(1).optional(),
  remove_tag: z.array(z.string().min(1)).min(1).optional(),
})

/** Tags of the pair of member and customer; both lists empty is no request. Source: document/path/92118. */
const markTag = postApi(tokens, z.strictObject({}), marking, (desk, { body }) => {
  const { add_tag: add = [], remove_tag: remove = [] } = body
  if (add.length + remove.length === 0) throw new Refusal(40058, 'add_tag and remove_tag are both empty', true)
  const follow = desk.world.follows.find((one) => one.userid.toLowerCase() === body.userid.toLowerCase() && one.externalUserId === body.external_userid)
  if (!follow || !listed(desk, follow)) throw new Refusal(84061, 'not external contact')
  const known = new Set((desk.world.tagGroups ?? []).flatMap((group) => group.tags.map(({ id }) => id)))
  if (add.some((id) => !known.has(id))) throw new Refusal(40068, 'invalid tagid')
  follow.tags = [...new Set([...(follow.tags ?? []).filter((id) => !remove.includes(id)), ...add])]
  return {}
})

const groupChat = z.strictObject({ chat_id: z.string().min(1), need_name: z.literal([0, 1]).optional() })

/** A customer group with everybody in it; type 1: members, 2: people from outside. Source: document/path/92122. */
const getGroupChat = postApi(tokens, z.strictObject({}), groupChat, (desk, { body }) => {
  const chat = desk.world.groupChats?.[body.chat_id]
  if (!chat) throw new Refusal(86001, 'chatid not exist')
  const joined = { join_time: 1572505490, join_scene: 1 }
  return {
    group_chat: {
      chat_id: body.chat_id,
      name: chat.name,
      owner: chat.owner,
      create_time: 1572505490,
      notice: '',
      member_list: [
        ...chat.members.map((userid) => ({ userid, type: 1, ...joined, invitor: { userid: chat.owner } })),
        ...chat.customers.map((userid) => ({ userid, type: 2, ...joined, invitor: { userid: chat.owner } })),
      ],
      admin_list: [],
    },
  }
})

export const contacts: Record<string, Api> = {
  '/cgi-bin/externalcontact/get_corp_tag_list': corpTags,
  '/cgi-bin/externalcontact/mark_tag': markTag,
  '/cgi-bin/externalcontact/groupchat/get': getGroupChat,
  '/cgi-bin/externalcontact/get': get,
  '/cgi-bin/externalcontact/batch/get_by_user': batch,
  '/cgi-bin/externalcontact/list': list,
}

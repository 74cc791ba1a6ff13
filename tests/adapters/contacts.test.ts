import { readFileSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { tencentHttp } from '../../server/adapters/tencent/http.ts'
import { weComApi } from '../../server/adapters/wecom/api.ts'
import { weComContacts } from '../../server/adapters/wecom/contacts.ts'
import type { ExternalUserId } from '../../server/domain/ids.ts'
import { heldClock, keptLog, openDouble, say, type Heard } from './double.ts'
import { memoryLeases, memoryTokens } from './memory-tokens.ts'

interface Row {
  external_contact: { external_userid: string }
  follow_info: { userid: string }
}

function fixture(name: string): Record<string, unknown> {
  const file = new URL(`../fixtures/tencent-api/${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
}

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A directory whose contact calls `answer` answers. */
async function directory(answer: (heard: Heard) => unknown) {
  const double = await openDouble((heard, response) => {
    const token = { errcode: 0, access_token: 'T', expires_in: 7200 }
    say(response, heard.path === '/cgi-bin/gettoken' ? token : answer(heard))
  })
  closing.push(double.close)
  const shared = { tokens: memoryTokens(), leases: memoryLeases(), clock: heldClock(), log: keptLog(), holder: 'one' }
  const api = weComApi({ ...shared, http: tencentHttp(), base: double.base }, { corpId: 'ww1', secret: 's' })
  return { contacts: weComContacts({ api }), double }
}

const lisi = 'wmCUSTOMER0001' as ExternalUserId

test('C1: a contact is read page by page, with everybody who follows', async () => {
  const pages = fixture('externalcontact-get')
  const last = { ...pages, follow_user: [{ userid: 'wangwu', createtime: 1600000000 }], next_cursor: '' }
  const { contacts, double } = await directory(({ query }) => (query.get('cursor') === 'NEXT_CURSOR' ? last : pages))
  expect(await contacts.read(lisi)).toEqual({
    externalUserId: 'wmCUSTOMER0001',
    name: '李四',
    avatar: 'https://wx.qlogo.cn/mmhead/lisi/0',
    unionId: 'oUNIONID0001',
    gender: 'male',
    follows: [
      {
        staffId: 'zhangsan', userid: 'ZhangSan', since: new Date(1525779812_000), remark: '李部长',
        contactWay: 'store_012', addWay: 1, tags: ['etVIP'],
      },
      { staffId: 'lisi', userid: 'lisi', since: new Date(1525881637_000), remark: null, contactWay: null, addWay: 10 },
      {
        staffId: 'wangwu', userid: 'wangwu', since: new Date(1600000000_000), remark: null,
        contactWay: null, addWay: null,
      },
    ],
    complete: true,
  })
  expect(double.count('/cgi-bin/externalcontact/get')).toBe(2)
})

test('C1: pages that never end are given up', async () => {
  const { contacts } = await directory(() => fixture('externalcontact-get'))
  await expect(contacts.read(lisi)).rejects.toMatchObject({ code: 'tencent-unreachable' })
})

test.each([84061, 40096])('C1: errcode %i is a contact that WeCom does not know', async (errcode) => {
  const { contacts } = await directory(() => ({ errcode, errmsg: 'x' }))
  expect(await contacts.read(lisi)).toBeNull()
})

test('C1: any other refusal is one', async () => {
  const { contacts } = await directory(() => ({ errcode: 48002, errmsg: 'x' }))
  await expect(contacts.read(lisi)).rejects.toMatchObject({ code: 'tencent-refused', errcode: 48002 })
})

test('C1: an answer without the promised shape is no answer, and its content stays out of the error', async () => {
  const { contacts } = await directory(() => ({ errcode: 0, external_contact: { name: '李四' } }))
  const error: unknown = await contacts.read(lisi).catch((caught: unknown) => caught)
  expect(error).toMatchObject({ code: 'tencent-unreachable', api: '/cgi-bin/externalcontact/get' })
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('李四')
})

test('C1: a page of many contacts tells one follower each, in the other shape of this call', async () => {
  const { contacts, double } = await directory(() => fixture('batch-get-by-user'))
  const page = await contacts.page(['ZhangSan', 'lisi'], '')
  expect(page.contacts).toMatchObject([
    { externalUserId: lisi, unionId: 'oUNIONID0001', avatar: null, follows: [{ staffId: 'zhangsan' }] },
    { externalUserId: 'wmCUSTOMER0002', unionId: null, avatar: null, follows: [{ staffId: 'lisi' }] },
  ])
  expect(page.contacts.map((one) => one.complete)).toEqual([false, false])
  await contacts.page(['ZhangSan', 'lisi'], page.nextCursor)
  const asked = double.heard.filter((one) => one.method === 'POST').map((one) => JSON.parse(one.body) as unknown)
  expect(asked).toEqual([
    { userid_list: ['ZhangSan', 'lisi'], cursor: '', limit: 100 },
    { userid_list: ['ZhangSan', 'lisi'], cursor: 'PAGE2', limit: 100 },
  ])
})

/** Every member has one customer, except those without; the call as it might answer for them. */
function memberAnswers(without: readonly string[]) {
  const [row] = fixture('batch-get-by-user')['external_contact_list'] as [Row]
  return ({ body }: Heard) => {
    const { userid_list: asked } = JSON.parse(body) as { userid_list: string[] }
    if (asked.length > 100) return { errcode: 40032, errmsg: 'too long' }
    if (asked.some((one) => without.includes(one))) return { errcode: 84061, errmsg: 'not external contact' }
    const list = asked.map((userid) => ({
      external_contact: { ...row.external_contact, external_userid: `wm-${userid}` },
      follow_info: { ...row.follow_info, userid },
    }))
    return { errcode: 0, external_contact_list: list, next_cursor: '' }
  }
}

test.each<[string, readonly string[], number]>([
  ['250 members, a hundred a call', [], 3],
  ['members without customers hide nobody', ['m7', 'm120', 'm249'], 40],
])('C1: %s', async (_name, without, mostCalls) => {
  const { contacts, double } = await directory(memberAnswers(without))
  const members = Array.from({ length: 250 }, (_, index) => `m${index}`)
  const seen: string[] = []
  let cursor = ''
  do {
    const page = await contacts.page(members, cursor)
    seen.push(...page.contacts.map((one) => one.externalUserId))
    cursor = page.nextCursor
  } while (cursor !== '')
  expect(seen).toEqual(members.filter((one) => !without.includes(one)).map((one) => `wm-${one}`))
  expect(double.count('/cgi-bin/externalcontact/batch/get_by_user')).toBeLessThanOrEqual(mostCalls)
})

test('C1: nobody to ask about costs no call', async () => {
  const { contacts, double } = await directory(() => ({ errcode: 0 }))
  expect(await contacts.page([], '')).toEqual({ contacts: [], nextCursor: '' })
  expect(double.heard).toEqual([])
})

test('F1: the members with customer contact are read as WeCom spells them', async () => {
  const { contacts } = await directory(() => ({ errcode: 0, follow_user: ['ZhangSan', 'lisi'] }))
  expect(await contacts.followUsers()).toEqual(['ZhangSan', 'lisi'])
})

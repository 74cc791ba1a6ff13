import { z } from 'zod'
import { getApi, postApi, Refusal, type Answer, type Api, type Desk } from '../api.ts'
import { consoleOf } from '../console.ts'
import { crowdCustomer, crowdOpenIds } from '../crowd.ts'
import { customerBy, idFor, nextId, unionIdOf, type CustomerRecord } from '../world.ts'
import { useCode } from './oauth.ts'

const grant = z.literal('authorization_code')
const codeErrors = { unknown: 40029, used: 40163, expired: 40029 }

function byAccountOpenId(desk: Desk, openid: string): CustomerRecord {
  const found = crowdCustomer(desk.world, openid) ?? customerBy(desk.world, (one) => one.openIds.account === openid)
  if (!found) throw new Refusal(40003, 'invalid openid', true)
  return found
}

function infoRow(desk: Desk, customer: CustomerRecord): Answer {
  if (!customer.follows) return { subscribe: 0, openid: customer.openIds.account }
  const unionid = accountUnionId(desk, customer)
  return {
    subscribe: 1,
    openid: customer.openIds.account,
    language: 'zh_CN',
    subscribe_time: Math.floor((customer.followedAtMs ?? 0) / 1000),
    ...(unionid ? { unionid } : {}),
    remark: '',
    groupid: 0,
    tagid_list: [],
    subscribe_scene: customer.followScene ? 'ADD_SCENE_QR_CODE' : 'ADD_SCENE_SEARCH',
    qr_scene: 0,
    qr_scene_str: customer.followScene,
  }
}

/** unionid is per Open Platform account: under another one the same person has another. */
function accountUnionId({ world }: Desk, customer: CustomerRecord): string | null {
  const { accountBound, accountApart } = consoleOf(world)
  const unionid = accountBound ? unionIdOf(world, customer) : null
  return unionid && accountApart ? idFor('oX', `apart ${unionid}`, 28) : unionid
}

const lang = z.enum(['zh_CN', 'zh_TW', 'en']).optional()

const userInfo = getApi(['account'], z.strictObject({ openid: z.string().min(1), lang }), (desk, { query }) =>
  infoRow(desk, byAccountOpenId(desk, query.openid)),
)

const batchInfo = postApi(
  ['account'],
  z.strictObject({}),
  z.strictObject({
    user_list: z
      .array(z.strictObject({ openid: z.string(), lang }))
      .min(1)
      .max(100),
  }),
  (desk, { body }) => ({
    user_info_list: body.user_list.map(({ openid }) => infoRow(desk, byAccountOpenId(desk, openid))),
  }),
)

const mostListed = 10_000

/** At most 10,000 a page; the last page names its last openid, after which nobody comes. Contract section 8. */
const followers = getApi(['account'], z.strictObject({ next_openid: z.string().optional() }), (desk, { query }) => {
  const { customers, crowd } = desk.world
  const played = Object.values(customers).filter((one) => one.follows)
  const own = played.map((one) => one.openIds.account)
  const place = query.next_openid ? own.indexOf(query.next_openid) : -1
  const inCrowd = query.next_openid !== undefined && place === -1
  const first = inCrowd ? [] : own.slice(place + 1, place + 1 + mostListed)
  const openid = [...first, ...crowdOpenIds(desk.world, inCrowd ? (query.next_openid ?? null) : null, mostListed - first.length)]
  const total = own.length + (crowd ? crowd.followers - crowd.gone.length : 0)
  return { total, count: openid.length, ...(openid.length > 0 ? { data: { openid } } : {}), next_openid: openid.at(-1) ?? '' }
})

/** Web OAuth. unionid only for snsapi_userinfo; a snapshot page gets a virtual identity. Contract section 12. */
const exchange = getApi(
  null,
  z.strictObject({ appid: z.string(), secret: z.string(), code: z.string(), grant_type: grant }),
  (desk, { query }) => {
    checkApp(query, desk.brand.account)
    const code = useCode(desk, 'account', query.code, codeErrors)
    const customer = named(desk, code.actor)
    const unionid = code.scope === 'snsapi_userinfo' ? unionIdOf(desk.world, customer) : null
    return {
      access_token: webToken(desk, code.actor, code.scope),
      expires_in: 7200,
      refresh_token: nextId(desk.world, 'refresh'),
      openid: customer.snapshot ? idFor('oS', `snapshot ${customer.id}`, 28) : customer.openIds.account,
      scope: code.scope,
      ...(customer.snapshot ? { is_snapshotuser: 1 } : {}),
      ...(unionid ? { unionid: customer.snapshot ? idFor('oV', `snapshot ${customer.id}`, 28) : unionid } : {}),
    }
  },
)

function checkApp(asked: { appid: string; secret: string }, app: { appId: string; secret: string }): void {
  if (asked.appid !== app.appId) throw new Refusal(40013, 'invalid appid', true)
  if (asked.secret !== app.secret) throw new Refusal(40125, 'invalid appsecret', true)
}

function named(desk: Desk, actor: string): CustomerRecord {
  const found = desk.world.customers[actor.replace(/^customer:/, '')]
  if (!found) throw new Refusal(40029, 'invalid code')
  return found
}

function webToken(desk: Desk, actor: string, scope: string): string {
  const text = nextId(desk.world, 'web')
  const nowMs = desk.now().getTime()
  desk.world.tokens[text] = {
    kind: 'web',
    issuedAtMs: nowMs,
    expiresAtMs: nowMs + 7200_000,
    revoked: false,
    actor,
    scope,
  }
  return text
}

const profile = getApi(['web'], z.strictObject({ openid: z.string(), lang }), (desk, { query, token }) => {
  if (token?.scope !== 'snsapi_userinfo') throw new Refusal(48001, 'api unauthorized', true)
  const customer = named(desk, token.actor ?? '')
  if (!customer.snapshot && query.openid !== customer.openIds.account) throw new Refusal(40003, 'invalid openid', true)
  const unionid = unionIdOf(desk.world, customer)
  return {
    openid: query.openid,
    nickname: customer.name,
    sex: 0,
    headimgurl: '',
    privilege: [],
    ...(unionid ? { unionid } : {}),
  }
})

/** wx.login. Contract section 7. */
const codeToSession = getApi(
  null,
  z.strictObject({ appid: z.string(), secret: z.string(), js_code: z.string(), grant_type: grant }),
  (desk, { query }) => {
    checkApp(query, desk.brand.miniProgram)
    const customer = named(desk, useCode(desk, 'mini-program', query.js_code, codeErrors).actor)
    const unionid = unionIdOf(desk.world, customer)
    return {
      openid: customer.openIds.miniProgram,
      session_key: Buffer.from(nextId(desk.world, 'key').slice(0, 16)).toString('base64'),
      ...(unionid ? { unionid } : {}),
    }
  },
)

/** The phone button; a code is another than wx.login's, good once, for 5 minutes. Contract wechat-shop.md section 7. */
const phoneNumber = postApi(
  ['mini-program'],
  z.strictObject({}),
  z.strictObject({ code: z.string() }),
  (desk, { body }) => {
    const { phone } = useCode(desk, 'phone', body.code, { unknown: 40029, used: 40029, expired: 40029 })
    const { countryCode = '86', number = '' } = phone ?? {}
    return {
      phone_info: {
        phoneNumber: countryCode === '86' ? number : `+${countryCode} ${number}`,
        purePhoneNumber: number,
        countryCode,
        watermark: { timestamp: Math.floor(desk.now().getTime() / 1000), appid: desk.brand.miniProgram.appId },
      },
    }
  },
)

export const weChat: Record<string, Api> = {
  '/cgi-bin/user/info': userInfo,
  '/cgi-bin/user/info/batchget': batchInfo,
  '/cgi-bin/user/get': followers,
  '/sns/oauth2/access_token': exchange,
  '/sns/userinfo': profile,
  '/sns/jscode2session': codeToSession,
  '/wxa/business/getuserphonenumber': phoneNumber,
}

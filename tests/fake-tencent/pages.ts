import type { Desk } from './api.ts'
import { giveCode } from './apis/oauth.ts'
import { staffOf } from './world.ts'

/** Header by which a browser of ours says whose it is; a real WeChat knows its user by itself. */
export const actorHeader = 'x-wechat-actor'

export interface PageAnswer {
  status: number
  location: string | null
  html: string
}

interface Visit {
  url: URL
  /** `staff:mei` or `customer:lin`; null when the browser does not say. */
  actor: string | null
  userAgent: string
  /** Origins to which a code may be sent: 网页授权域名 and 可信域名. */
  trusted: readonly string[]
}

/**
 * The OAuth pages: open.weixin.qq.com for both kinds (told apart by appid) and WeCom's desktop sign-in.
 * Source: document/path/91022, 98152; Official Account contract section 12.
 */
export function signInPage(desk: Desk, visit: Visit): PageAnswer {
  const { url } = visit
  if (url.pathname === '/wwlogin/sso/login') return desktop(desk, visit)
  if (url.pathname !== '/connect/oauth2/authorize') return refuse(desk, visit, `unknown page ${url.pathname}`, 404)
  const isCorp = url.searchParams.get('appid') === desk.brand.corpId
  return isCorp ? inWeCom(desk, visit) : inWeChat(desk, visit)
}

const base = ['appid', 'redirect_uri']

function inWeCom(desk: Desk, visit: Visit): PageAnswer {
  const fault =
    unexpected(visit, [...base, 'response_type', 'scope', 'state', 'agentid']) ??
    wrongCommon(visit) ??
    wrongScope(visit, ['snsapi_base', 'snsapi_privateinfo'])
  if (fault) return refuse(desk, visit, fault)
  if (!/wxwork\//i.test(visit.userAgent)) return refuse(desk, visit, 'corp sign-in opened outside WeCom')
  return grant(desk, visit, 'corp')
}

function desktop(desk: Desk, visit: Visit): PageAnswer {
  const { searchParams } = visit.url
  const fault =
    unexpected(visit, [...base, 'login_type', 'agentid', 'state', 'lang']) ??
    wrongRedirect(visit) ??
    (searchParams.get('login_type') === 'CorpApp' ? null : 'login_type must be CorpApp') ??
    (searchParams.get('appid') === desk.brand.corpId ? null : 'appid must be the corpid') ??
    (searchParams.get('agentid') === String(desk.brand.agentId) ? null : 'agentid is not the app')
  return fault ? refuse(desk, visit, fault) : grant(desk, visit, 'corp')
}

function inWeChat(desk: Desk, visit: Visit): PageAnswer {
  const fault =
    unexpected(visit, [
      ...base,
      'response_type',
      'scope',
      'state',
      'connect_redirect',
      'forcePopup',
      'forceSnapShot',
    ]) ??
    (visit.url.searchParams.get('appid') === desk.brand.account.appId ? null : 'unknown appid') ??
    wrongCommon(visit) ??
    wrongScope(visit, ['snsapi_base', 'snsapi_userinfo'])
  if (fault) return refuse(desk, visit, fault)
  if (/wxwork\//i.test(visit.userAgent))
    return refuse(desk, visit, 'Official Account sign-in does not open inside WeCom')
  if (!/micromessenger/i.test(visit.userAgent)) return refuse(desk, visit, '请在微信客户端打开链接')
  return grant(desk, visit, 'account')
}

function grant(desk: Desk, visit: Visit, kind: 'corp' | 'account'): PageAnswer {
  const { actor } = visit
  if (actor === null || !known(desk, actor)) return refuse(desk, visit, `nobody known opened this page: ${actorHeader}`)
  if (kind === 'account' && !actor.startsWith('customer:')) return refuse(desk, visit, 'a member has no openid here')
  const scope = visit.url.searchParams.get('scope') ?? 'snsapi_base'
  const target = new URL(visit.url.searchParams.get('redirect_uri') ?? '')
  target.searchParams.set('code', giveCode(desk, { kind, actor, scope }))
  target.searchParams.set('state', visit.url.searchParams.get('state') ?? '')
  return { status: 302, location: target.href, html: '' }
}

function known(desk: Desk, actor: string): boolean {
  const [kind, name = ''] = actor.split(':')
  return kind === 'staff' ? staffOf(desk.world, name) !== null : desk.world.customers[name] !== undefined
}

function unexpected({ url }: Visit, allowed: readonly string[]): string | null {
  const foreign = [...url.searchParams.keys()].filter((name) => !allowed.includes(name))
  return foreign.length > 0 ? `unknown parameter ${foreign.join(', ')}` : null
}

function wrongCommon(visit: Visit): string | null {
  const { searchParams } = visit.url
  if (searchParams.get('response_type') !== 'code') return 'response_type must be code'
  if (!/^[A-Za-z0-9]{0,128}$/.test(searchParams.get('state') ?? '')) return 'state: letters and digits, at most 128'
  return wrongRedirect(visit)
}

function wrongRedirect({ url, trusted }: Visit): string | null {
  const target = url.searchParams.get('redirect_uri') ?? ''
  if (!URL.canParse(target)) return 'redirect_uri is no URL'
  return trusted.includes(new URL(target).origin) ? null : 'redirect_uri参数错误: not a trusted domain'
}

function wrongScope({ url }: Visit, allowed: readonly string[]): string | null {
  return allowed.includes(url.searchParams.get('scope') ?? '') ? null : `scope must be one of ${allowed.join(', ')}`
}

function refuse(desk: Desk, visit: Visit, text: string, status = 200): PageAnswer {
  desk.problem(`sign-in page ${visit.url.pathname}: ${text}`)
  return { status, location: null, html: `<!doctype html><meta charset="utf-8"><title>出错了</title><p>${text}</p>` }
}

import { z } from 'zod'
import { TencentRefused } from '../../domain/errors.ts'
import type { StaffSignIn } from '../../ports/staff.ts'
import type { TencentApi } from '../tencent/api.ts'
import { optionalText } from '../tencent/words.ts'

export interface SignInDeps {
  /** Under the app's own secret. */
  api: TencentApi
  corpId: string
  agentId: number
  bases: { weChatOpen: string; weComLogin: string }
}

/** Lower-case keys; a visitor who is no member has `openid` instead (document/path/91023). */
const visitor = z.object({ userid: optionalText })
const member = z.object({ name: optionalText })

/** Unknown, left, or outside the visible range of the app (document/path/90313). */
const hiddenMember: ReadonlySet<number> = new Set([40003, 60011, 60021, 60030, 60111, 92000])

/** WeCom's web sign-in: silent inside WeCom (snsapi_base), a QR page on a desktop (document/path/91022, 98152). */
export function weComSignIn({ api, corpId, agentId, bases }: SignInDeps): StaffSignIn {
  return {
    authorizeUrl(redirectUri, state, where) {
      const agentid = String(agentId)
      if (where === 'desktop') {
        const query = { login_type: 'CorpApp', appid: corpId, agentid, redirect_uri: redirectUri, state }
        return `${bases.weComLogin}/wwlogin/sso/login?${queryText(query)}`
      }
      const wish = { redirect_uri: redirectUri, response_type: 'code', scope: 'snsapi_base', state }
      const query = { appid: corpId, ...wish, agentid }
      return `${bases.weChatOpen}/connect/oauth2/authorize?${queryText(query)}#wechat_redirect`
    },

    async exchange(code) {
      const { userid } = await api.get('/cgi-bin/auth/getuserinfo', { code }, visitor)
      return userid === null ? null : { userid }
    },

    async nameOf(userid) {
      try {
        return (await api.get('/cgi-bin/user/get', { userid }, member)).name
      } catch (error) {
        if (error instanceof TencentRefused && hiddenMember.has(error.errcode)) return null
        throw error
      }
    },
  }
}

function queryText(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')
}

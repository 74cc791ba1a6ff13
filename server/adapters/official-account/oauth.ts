import { z } from 'zod'
import { TencentRefused, TencentUnreachable } from '../../domain/errors.ts'
import type { OpenId, UnionId } from '../../domain/ids.ts'
import type { AccountOAuth } from '../../ports/identities.ts'
import type { Log } from '../../ports/log.ts'
import { answerOf } from '../tencent/api.ts'
import type { TencentHttp } from '../tencent/http.ts'
import type { AppSecret } from '../tencent/stable-token.ts'
import { optionalText, whole } from '../tencent/words.ts'

export interface OAuthDeps extends AppSecret {
  http: TencentHttp
  bases: { weChatApi: string; weChatOpen: string }
  log: Log
}

/** This access_token is the visitor's and lives in this file only; it is not the account's. */
const codeAnswer = z.object({
  access_token: z.string().min(1),
  openid: z.string().min(1),
  scope: z.string().default(''),
  unionid: optionalText,
  is_snapshotuser: whole.nullish(),
})
const userAnswer = z.object({ unionid: optionalText })

/** Web OAuth of the Official Account, only useful inside WeChat (Official Account, web development). */
export function accountOAuth({ http, bases, appId, appSecret, log }: OAuthDeps): AccountOAuth {
  async function byCode(code: string): Promise<z.infer<typeof codeAnswer>> {
    const api = '/sns/oauth2/access_token'
    const query = { appid: appId, secret: appSecret, code, grant_type: 'authorization_code' }
    return answerOf(api, await http({ base: bases.weChatApi, api, query }), codeAnswer)
  }

  /** The code is spent by now: without this answer the visitor is still known by openid. */
  async function unionIdBehind(token: string, openId: string): Promise<string | null> {
    const api = '/sns/userinfo'
    const query = { access_token: token, openid: openId, lang: 'zh_CN' }
    try {
      return answerOf(api, await http({ base: bases.weChatApi, api, query }), userAnswer).unionid
    } catch (error) {
      if (!(error instanceof TencentRefused || error instanceof TencentUnreachable)) throw error
      log.warn({ api, code: error.code }, 'a visitor stays known by openid only')
      return null
    }
  }

  return {
    /** WeChat wants the parameters in just this order. */
    authorizeUrl(redirectUri, scope, state) {
      const to = encodeURIComponent(redirectUri)
      const wish = `redirect_uri=${to}&response_type=code&scope=${scope}&state=${encodeURIComponent(state)}`
      return `${bases.weChatOpen}/connect/oauth2/authorize?appid=${appId}&${wish}#wechat_redirect`
    },

    /** The ids of a snapshot page are virtual: its unionid stays here (notice 000c2c34068880629ced91a2f56001). */
    async exchange(code) {
      const answer = await byCode(code)
      const openId = answer.openid as OpenId
      if (answer.is_snapshotuser === 1) return { openId, unionId: null, snapshot: true }
      const wantsUser = answer.unionid === null && answer.scope.split(',').includes('snsapi_userinfo')
      const unionId = wantsUser ? await unionIdBehind(answer.access_token, answer.openid) : answer.unionid
      return { openId, unionId: unionId as UnionId | null, snapshot: false }
    },
  }
}
